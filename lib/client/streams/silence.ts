/** Whether a stream still comes, and for how long it did not. Pure. */

import type { TransportPause } from "./live_media.ts";

/** Without a word for so long it is told: more than a camera takes that begins anew in another size. */
const STILL_MS = 5_000;
/** Without a word for so long it is over: a sender says something once a second. */
export const SILENCE_MS = 30_000;

/** Of one stream, from its first unit on. */
export class Silence {
  #cameMs = 0;
  /** Since when it may be silent. */
  #lastMs: number | undefined;
  #pause: TransportPause | undefined;

  /** When something of the sender came last; 0 before. */
  get lastMs(): number {
    return this.#cameMs;
  }

  /** Something of the sender came. */
  came(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#cameMs = nowMs;
  }

  /** What the transport says: while nothing can come, nobody is silent. */
  paused(pause: TransportPause | undefined, nowMs: number): void {
    this.#pause = pause;
    if (this.#lastMs !== undefined) this.#lastMs = nowMs;
  }

  /** Undefined while it comes. */
  state(nowMs: number): TransportPause | "over" | undefined {
    if (this.#pause !== undefined || this.#lastMs === undefined) return this.#pause;
    const silentMs = nowMs - this.#lastMs;
    if (silentMs > SILENCE_MS) return "over";
    return silentMs > STILL_MS ? "silence" : undefined;
  }
}
