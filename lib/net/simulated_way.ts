/** One direction of a simulated line: what is put in comes out later, in order. A pure machine. */

import type { Random } from "../base/random.ts";
import { KIB, MIB } from "../protocol/limits.ts";
import type { LineSimulation } from "./line_simulation.ts";

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
