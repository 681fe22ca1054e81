/** Limits how often, or how much, each of many may do something. */

import type { Clock } from "../../base/clock.ts";
import { type RateLimit, TokenBucket } from "../../base/rate.ts";

/** Keys that are remembered; the longest unused go first, which only makes them free again. */
const MAX_KEYS = 20_000;

/** One token bucket for each key. */
export class RateGuard {
  readonly #clock: Clock;
  readonly #usual: RateLimit;
  #limit: RateLimit;
  readonly #buckets = new Map<string, TokenBucket>();
  #latest: string | undefined;

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock;
    this.#usual = this.#limit = limit;
  }

  /** From the next take on, left out the one that it was made with; what was used up is forgotten. */
  setLimit(limit: RateLimit = this.#usual): void {
    this.#limit = limit;
    this.#buckets.clear();
    this.#latest = undefined;
  }

  /** Takes `count` for `key`: 0, or the seconds to wait when it is too much now. */
  take(key: string, count = 1): number {
    const bucket = this.#bucketOf(key);
    return bucket.take(count) ? 0 : Math.max(1, Math.ceil(bucket.waitMs(count) / 1000));
  }

  /** `count` were taken for `key` elsewhere. */
  charge(key: string, count: number): void {
    this.#bucketOf(key).charge(count);
  }

  #bucketOf(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#clock, this.#limit);
    // Moved to the end: the first is the longest unused. Whoever asks many times in a row is there already.
    if (key !== this.#latest) {
      this.#latest = key;
      this.#buckets.delete(key);
      this.#buckets.set(key, bucket);
    }
    if (this.#buckets.size > MAX_KEYS) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
