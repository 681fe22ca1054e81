/** A byte stream as it would be over a worse line: slower, later, with the stalls that lost segments make. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { KIB, MIB } from "../../protocol/limits.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { LineSimulation } from "./line_simulation.ts";

/** At once from and to the real stream. */
const PIECE_BYTES = 16 * KIB;

/** Whose time and chance. */
export interface SimulationOptions {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
}

/** `stream`, over the line if there is one to simulate. Both ways are simulated here, whatever the other side does. */
export function overLine(
  stream: ByteStream,
  line: LineSimulation | undefined,
  options: SimulationOptions,
): ByteStream {
  return line === undefined ? stream : new SimulatedStream(stream, line, options);
}

/** Owns the real stream. */
class SimulatedStream implements ByteStream {
  readonly #real: ByteStream;
  readonly #clock: Clock;
  readonly #in: SimulatedWay;
  readonly #out: SimulatedWay;
  readonly #changed = new Wakeup();
  readonly #closing = new AbortController();
  /** Why reading or writing cannot go on. */
  #readFailure: { readonly error: unknown } | undefined;
  #writeFailure: { readonly error: unknown } | undefined;
  #isEnded = false;
  #isReading = false;
  #isWriting = false;
  #wantsCloseWrite = false;

  constructor(real: ByteStream, line: LineSimulation, { clock, random }: SimulationOptions) {
    this.#real = real;
    this.#clock = clock;
    this.#in = new SimulatedWay(line, random);
    this.#out = new SimulatedWay(line, random);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      this.#fill();
      const count = this.#in.take(buffer, this.#clock.monotonicMs());
      if (count > 0) return count;
      const { dueMs } = this.#in;
      if (dueMs === undefined) {
        if (this.#readFailure !== undefined) throw this.#readFailure.error;
        if (this.#isEnded) return null;
      }
      const untilMs = this.#canFill ? Math.min(dueMs ?? Infinity, this.#roomAtMs()) : dueMs;
      await this.#changed.waitUntil(this.#clock, untilMs, this.#closing.signal);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      if (this.#writeFailure !== undefined) throw this.#writeFailure.error;
      const nowMs = this.#clock.monotonicMs();
      const room = this.#out.room(nowMs);
      if (room > 0) {
        const taken = bytes.subarray(0, room);
        this.#out.put(taken, nowMs);
        this.#drain();
        return taken.length;
      }
      const untilMs = this.#out.roomAtMs(nowMs);
      await this.#changed.waitUntil(this.#clock, untilMs, this.#closing.signal);
    }
  }

  /** Behind what is on its way. */
  async closeWrite(): Promise<void> {
    this.#wantsCloseWrite = true;
    this.#drain();
    while (this.#isWriting && !this.#closing.signal.aborted) {
      await this.#changed.waitUntil(this.#clock, undefined, this.#closing.signal);
    }
    if (this.#writeFailure !== undefined) throw this.#writeFailure.error;
  }

  close(): void {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort(new DOMException("The stream is closed", "AbortError"));
    }
    this.#real.close();
  }

  get #canFill(): boolean {
    const isOver = this.#isEnded || this.#readFailure !== undefined;
    return !this.#isReading && !isOver && !this.#closing.signal.aborted;
  }

  #roomAtMs(): number {
    return this.#in.roomAtMs(this.#clock.monotonicMs());
  }

  /** Reads from the real stream while the line has room. One read at a time; who reads here hears of its end. */
  #fill(): void {
    if (!this.#canFill) return;
    const room = this.#in.room(this.#clock.monotonicMs());
    if (room === 0) return;
    const buffer = new Uint8Array(Math.min(PIECE_BYTES, room));
    this.#isReading = true;
    this.#real.read(buffer).then(
      (count) => {
        if (count === null) this.#isEnded = true;
        else this.#in.put(buffer.subarray(0, count), this.#clock.monotonicMs());
      },
      (error) => this.#readFailure = { error },
    ).finally(() => {
      this.#isReading = false;
      this.#fill();
      this.#changed.wake();
    });
  }

  /** Writes to the real stream what has arrived at its end. One task at a time. */
  #drain(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#deliver().catch((error) => this.#writeFailure = { error }).finally(() => {
      this.#isWriting = false;
      this.#changed.wake();
    });
  }

  async #deliver(): Promise<void> {
    const buffer = new Uint8Array(PIECE_BYTES);
    for (let { dueMs } = this.#out; dueMs !== undefined; { dueMs } = this.#out) {
      const waitMs = dueMs - this.#clock.monotonicMs();
      if (waitMs > 0) await this.#clock.sleep(waitMs, { signal: this.#closing.signal });
      const count = this.#out.take(buffer, this.#clock.monotonicMs());
      for (let at = 0; at < count;) at += await this.#real.write(buffer.subarray(at, count));
      this.#changed.wake();
    }
    if (this.#wantsCloseWrite) await this.#real.closeWrite();
  }
}

// One direction of a simulated line: what is put in comes out later, in order. A pure machine.

/** Payload of a TCP segment on Ethernet, with timestamps (RFC 9293 §3.7.1): what is lost at once. */
const SEGMENT_BYTES = 1448;
/** What a socket of Linux takes at first beyond what has left. A fast line has what is on its way, too. */
const SEND_BUFFER_BYTES = 16 * KIB;
/** Where the rate is not limited: the window that Linux stops at. */
const HELD_MAX_BYTES = 4 * MIB;
/** The least that Linux adds to a round trip before it sends a segment again; doubled each time (RFC 6298 §5.5). */
const RETRANSMIT_MIN_MS = 200;
const RETRANSMITS_MAX = 5;

interface Segment {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/** What waits in it is bounded: whoever puts something in asks for `room` before. */
export class SimulatedWay {
  readonly #line: LineSimulation;
  readonly #random: Pick<Random, "fraction">;
  readonly #segments: Segment[] = [];
  #heldBytes = 0;
  /** When the last segment so far has left. */
  #freeAtMs = -Infinity;
  #latestDueMs = -Infinity;

  constructor(line: LineSimulation, random: Pick<Random, "fraction">) {
    this.#line = line;
    this.#random = random;
  }

  /** When the next bytes come out; undefined when there are none. */
  get dueMs(): number | undefined {
    return this.#segments[0]?.dueMs;
  }

  /** How many bytes may be put in now: none or a segment at least, so that no piece is cut smaller than it came. */
  room(nowMs: number): number {
    const held = HELD_MAX_BYTES - this.#heldBytes;
    const { bytesPerSecond, roundTripMs } = this.#line;
    let room = held;
    if (bytesPerSecond !== undefined) {
      const buffer = Math.max(SEND_BUFFER_BYTES, bytesPerSecond * roundTripMs / 1000);
      const unsent = Math.max(0, this.#freeAtMs - nowMs) * bytesPerSecond / 1000;
      room = Math.floor(Math.min(held, buffer - unsent));
    }
    return room < SEGMENT_BYTES ? 0 : room;
  }

  /** When there is room for a segment or, where all is held back by what waits to come out, when that has come out. */
  roomAtMs(nowMs: number): number {
    const { bytesPerSecond } = this.#line;
    if (bytesPerSecond === undefined || this.#heldBytes >= HELD_MAX_BYTES) {
      return this.dueMs ?? nowMs;
    }
    return nowMs + Math.ceil(1000 * SEGMENT_BYTES / bytesPerSecond) + 1;
  }

  /** Puts bytes in, at most `room`. They are copied. */
  put(bytes: Uint8Array, nowMs: number): void {
    const { bytesPerSecond, roundTripMs } = this.#line;
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      const segment = bytes.slice(at, at + SEGMENT_BYTES);
      const sendMs = bytesPerSecond === undefined ? 0 : 1000 * segment.length / bytesPerSecond;
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + sendMs;
      // What is behind a lost segment has come, and waits for it: a reader sees a stall, and then all of it at once.
      const arrivesMs = Math.ceil(this.#freeAtMs + roundTripMs / 2 + this.#stallMs());
      this.#latestDueMs = Math.max(this.#latestDueMs, arrivesMs);
      this.#segments.push({ bytes: segment, dueMs: this.#latestDueMs });
      this.#heldBytes += segment.length;
    }
  }

  /** Fills `buffer` with what has arrived; returns how much that was. */
  take(buffer: Uint8Array, nowMs: number): number {
    let count = 0;
    while (count < buffer.length) {
      const segment = this.#segments[0];
      if (segment === undefined || segment.dueMs > nowMs) break;
      const taken = segment.bytes.subarray(0, buffer.length - count);
      buffer.set(taken, count);
      count += taken.length;
      if (taken.length === segment.bytes.length) this.#segments.shift();
      else this.#segments[0] = { ...segment, bytes: segment.bytes.subarray(taken.length) };
    }
    this.#heldBytes -= count;
    return count;
  }

  /** How long the segments behind a lost one wait until it has come after all. */
  #stallMs(): number {
    const { loss, roundTripMs } = this.#line;
    let stallMs = 0;
    let timeoutMs = roundTripMs + RETRANSMIT_MIN_MS;
    for (let i = 0; i < RETRANSMITS_MAX && this.#random.fraction() < loss; i++) {
      stallMs += timeoutMs;
      timeoutMs *= 2;
    }
    return stallMs;
  }
}
