/** A byte stream as it would be over a worse line: slower, later, with the stalls that lost segments make. */

import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { Wakeup } from "../base/wakeup.ts";
import { KIB } from "../protocol/limits.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { LineSimulation } from "./line_simulation.ts";
import { SimulatedWay } from "./simulated_way.ts";

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
