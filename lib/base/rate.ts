/** A token bucket on a given clock: so many at once, then so many per second. */

import type { Clock } from "./clock.ts";

/** How much, and how fast it comes back. */
export interface RateLimit {
  /** What may be taken at once after a quiet time. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Full at first. Keeps no timer: it counts what came back when it is asked. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAtMs: number;

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock;
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Takes `count` tokens, or none and returns false. */
  take(count = 1): boolean {
    this.#refill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Takes `count` tokens that were used already, whether they are there or not: a debt comes back like all others. */
  charge(count: number): void {
    this.#refill();
    this.#tokens -= count;
  }

  /** Milliseconds until `count` tokens will be there; 0 when they are. More than `burst` will never be there. */
  waitMs(count = 1): number {
    this.#refill();
    return Math.max(0, (count - this.#tokens) / this.#limit.perSecond * 1000);
  }

  /** True when the bucket is full again: its owner may forget it. */
  get idle(): boolean {
    this.#refill();
    return this.#tokens >= this.#limit.burst;
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    const gained = (nowMs - this.#filledAtMs) / 1000 * this.#limit.perSecond;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
  }
}
