/**
 * Between network and decoder: which received frame is shown when. A pure machine. The newest frame that is due wins, older ones are dropped;
 * frames of another epoch are discarded at once. TCP keeps the order, so a frame that goes back is discarded too.
 */

import { UsageError } from "../../base/errors.ts";
import { PlaybackClock } from "./playback_clock.ts";

/** What the buffer must know of a frame; the rest is the caller's. */
export interface BufferedFrame {
  readonly epoch: number;
  /** Place in the stream. */
  readonly index: number;
  readonly ptsMs: number;
  readonly sizeBytes: number;
}

/** What to do now. */
export type JitterStep<T> =
  /** Show it now. `dropped` frames before it are never shown. */
  | { readonly action: "show"; readonly frame: T; readonly dropped: number }
  | { readonly action: "wait"; readonly untilMs: number }
  | { readonly action: "empty" };

/** How a buffer keeps time, and how much it holds. */
export interface JitterBufferOptions {
  /** When what is due. Whoever changes it begins an epoch. Left out, frames are shown at their own pace. */
  readonly playback?: PlaybackClock;
  /** How much later than its time a frame is shown: evens out a network of uneven delay. Sound that leads has a reserve of its own. */
  readonly delayMs?: number;
  /**
   * How long a frame may wait here for its time, the delay not counted. When the first frame came late, all others would wait for that long
   * for ever; beyond this the clock catches up. Small for live pictures.
   */
  readonly maxWaitMs?: number;
  /** What is held at most; beyond it the oldest are dropped. */
  readonly maxFrames?: number;
  readonly maxBytes?: number;
}

/** Holds what came too early. Its user asks `next` after each `push` and when a wait is over. */
export class JitterBuffer<T extends BufferedFrame> {
  readonly #delayMs: number;
  readonly #maxWaitMs: number;
  readonly #maxFrames: number;
  readonly #maxBytes: number;
  readonly #playback: PlaybackClock;
  #epoch = 0;
  #frames: T[] = [];
  #bytes = 0;
  #lastIndex = -1;
  #dropped = 0;
  #discarded = 0;

  constructor(options: JitterBufferOptions = {}) {
    this.#playback = options.playback ?? new PlaybackClock(1);
    this.#delayMs = options.delayMs ?? 0;
    this.#maxWaitMs = options.maxWaitMs ?? 250;
    this.#maxFrames = options.maxFrames ?? 64;
    this.#maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get size(): number {
    return this.#frames.length;
  }

  /** How many of them wait for whoever shows them, and not for their time. */
  dueBy(nowMs: number): number {
    return this.#frames.filter(({ ptsMs }) => this.#playback.dueMs(ptsMs) <= nowMs).length;
  }

  /** When the last one that is held is due; undefined while none is. */
  get endMs(): number | undefined {
    return this.#frames.at(-1)?.ptsMs;
  }

  /** Frames of the running epoch that were never shown, in all. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Frames of another epoch, or out of order. */
  get discarded(): number {
    return this.#discarded;
  }

  /** Takes a received frame. False when it was discarded. */
  push(frame: T, nowMs: number): boolean {
    if (frame.epoch !== this.#epoch || frame.index <= this.#lastIndex) {
      this.#discarded++;
      return false;
    }
    this.#lastIndex = frame.index;
    this.#frames.push(frame);
    this.#bytes += frame.sizeBytes;
    this.#playback.arrived(frame.ptsMs, nowMs, this.#maxWaitMs);
    // The frame that just came always stays: a single one may be larger than the limit.
    while (this.#frames.length > 1 && this.#isFull()) {
      this.#shift();
      this.#dropped++;
    }
    return true;
  }

  /** What to show now. */
  next(nowMs: number): JitterStep<T> {
    let newest: T | undefined;
    let dropped = 0;
    for (let first = this.#frames[0]; first !== undefined; first = this.#frames[0]) {
      const delayMs = this.#playback.isLed ? 0 : this.#delayMs;
      const dueMs = this.#playback.dueMs(first.ptsMs) + delayMs;
      if (dueMs > nowMs) {
        if (newest === undefined) return { action: "wait", untilMs: dueMs };
        break;
      }
      if (newest !== undefined) dropped++;
      newest = first;
      this.#shift();
    }
    this.#dropped += dropped;
    return newest === undefined ? { action: "empty" } : { action: "show", frame: newest, dropped };
  }

  /** A new epoch, which we asked the server for: everything received is void. */
  begin(epoch: number): void {
    if (epoch <= this.#epoch) {
      throw new UsageError(
        "epoch",
        `Cannot begin epoch ${epoch}: the current one is ${this.#epoch}`,
      );
    }
    this.#epoch = epoch;
    this.#discarded += this.#frames.length;
    this.#frames = [];
    this.#bytes = 0;
    this.#lastIndex = -1;
  }

  #isFull(): boolean {
    return this.#frames.length > this.#maxFrames || this.#bytes > this.#maxBytes;
  }

  #shift(): void {
    this.#bytes -= this.#frames.shift()?.sizeBytes ?? 0;
  }
}
