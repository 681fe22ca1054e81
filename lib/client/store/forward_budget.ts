/**
 * How many missing messages of others may be passed over in a minute, by account: each costs a step of the sender's ratchet, and a
 * sender can leave out thousands at no cost of their own. Over all conversations and devices of that account; what is over waits.
 */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import { TokenBucket } from "../../base/rate.ts";
import { MAX_FORWARD_STEPS } from "../../crypto/mls/group_config.ts";

/** As many as one message may need, or it would never open. */
const LIMIT = { burst: MAX_FORWARD_STEPS, perSecond: MAX_FORWARD_STEPS / 60 };
/** Accounts of which it is known what they have cost lately, before those are forgotten that cost nothing. */
const MAX_IDLE = 1000;

/** Of one profile in one process. */
export class ForwardBudget {
  readonly #clock: Clock;
  /** As many as one message may need. */
  readonly maxSteps = MAX_FORWARD_STEPS;
  /** When as much as one message may need is there again at the latest. */
  readonly waitMs = 60_000;
  readonly #buckets = new Map<AccountId, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts the steps when there is room for them. */
  take(account: AccountId, steps: number): boolean {
    if (this.#buckets.size > MAX_IDLE) this.#forgetIdle();
    const bucket = this.#buckets.get(account) ?? new TokenBucket(this.#clock, LIMIT);
    this.#buckets.set(account, bucket);
    return bucket.take(steps);
  }

  #forgetIdle(): void {
    for (const [account, bucket] of this.#buckets) {
      if (bucket.idle) this.#buckets.delete(account);
    }
  }
}
