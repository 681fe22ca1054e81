/** Limits how often one account may take key packages of another: they are used up by it (SR-30). */

import type { Clock } from "../base/clock.ts";
import type { AccountId } from "../base/ids.ts";
import { TokenBucket } from "../base/rate.ts";

/** Ten at once, then ten an hour, for each pair of accounts. */
const LIMIT = { burst: 10, perSecond: 10 / 3600 };
/** Pairs that are remembered before the full buckets are forgotten. */
const SWEEP_AT = 10_000;

export class FetchGuard {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether `account` may take one more package of `target` now; 0, or the seconds to wait. */
  take(account: AccountId, target: AccountId): number {
    if (this.#buckets.size >= SWEEP_AT) this.#sweep();
    // A line feed is in no account id.
    const key = `${account}\n${target}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#clock, LIMIT);
    this.#buckets.set(key, bucket);
    return bucket.take() ? 0 : Math.ceil(bucket.waitMs() / 1000);
  }

  #sweep(): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.idle) this.#buckets.delete(key);
    }
  }
}
