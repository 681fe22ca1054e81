/** Limits how many sealed messages an account sends, and cuts a stream of them at one point alone. */

import type { Clock } from "../../base/clock.ts";
import type { RateLimit } from "../../base/rate.ts";
import { RateGuard } from "./rate_guard.ts";

/**
 * For all devices of an account together. At once: a pasted log of 2,000 lines, or the receipts of a device that was away
 * for a month. For long: 50 a second is more than any person types, and 180,000 an hour from a script; of the largest
 * messages it is 5 MB/s, which the server's disk takes. An operator may choose another.
 */
export const MESSAGE_RATE: RateLimit = { burst: 2_000, perSecond: 50 };
/**
 * After a refusal everything is refused for so long. Clients have up to 64 messages on the way: if one in the middle were
 * refused and the next one taken, they would arrive in another order than they were sealed in.
 */
const HOLD_MS = 2_000;
/** Accounts that are remembered as held; the oldest go first. */
const MAX_HELD = 20_000;

/** One token bucket for each account. */
export class MessageGuard {
  readonly #clock: Clock;
  #rates: RateGuard;
  readonly #heldUntilMs = new Map<string, number>();

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock;
    this.#rates = new RateGuard(clock, limit);
  }

  /** From the next message on; what an account has used up is forgotten. */
  setLimit(limit: RateLimit = MESSAGE_RATE): void {
    this.#rates = new RateGuard(this.#clock, limit);
  }

  /** `count` messages were taken elsewhere. */
  charge(account: string, count: number): void {
    this.#rates.charge(account, count);
  }

  /** Takes one message: 0, or the seconds to wait when it is too much now. */
  take(account: string): number {
    const nowMs = this.#clock.monotonicMs();
    const held = this.#heldUntilMs.get(account);
    if (held !== undefined && held > nowMs) return seconds(held - nowMs);
    this.#heldUntilMs.delete(account);
    const waitSeconds = this.#rates.take(account);
    if (waitSeconds === 0) return 0;
    const holdMs = Math.max(HOLD_MS, waitSeconds * 1000);
    this.#heldUntilMs.set(account, nowMs + holdMs);
    if (this.#heldUntilMs.size > MAX_HELD) {
      for (const oldest of this.#heldUntilMs.keys()) {
        this.#heldUntilMs.delete(oldest);
        break;
      }
    }
    return seconds(holdMs);
  }
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
