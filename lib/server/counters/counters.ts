/** What is counted of accounts and networks, for all nodes of a server together. */

import type { Clock } from "../../base/clock.ts";
import type { RateLimit } from "../../base/rate.ts";
import { refuse } from "../../protocol/failure.ts";
import { MessageGuard } from "./message_guard.ts";
import { RateGuard } from "./rate_guard.ts";
import { type RateName, RATES } from "./rates.ts";

/**
 * An implementation
 * 1. MUST judge and count a take in one step: of two at once, the second sees the first;
 * 2. MUST answer the takes of one process in the order in which they were made: what is sent goes on in that order;
 * 3. MUST NOT count what it refuses;
 * 4. MAY forget the keys that were not used for longest, which only makes them free again;
 * 5. MAY know for a moment only what was taken at its own node, and MUST then charge what the others took: of all nodes together
 *    no more comes back than the rate says.
 */
export interface Counters {
  /** Takes `count` of a rate for `key`: 0, or the seconds to wait when it is too much now. */
  take(rate: RateName, key: string, count?: number): Promise<number>;
  /** From the next take on; left out, the one of the table. What was used up is forgotten. */
  setLimit(rate: RateName, limit?: RateLimit): void;
}

/** What an operator may choose. */
export interface ChosenRates {
  readonly messageRate?: RateLimit;
  readonly registrationRate?: RateLimit;
}

type Guard = Pick<RateGuard, "take" | "charge" | "setLimit">;

/** In memory, for a server of one node: a restart forgives all. */
export class LocalCounters implements Counters {
  readonly #guards: ReadonlyMap<RateName, Guard>;

  constructor(clock: Clock, { messageRate, registrationRate }: ChosenRates = {}) {
    const guards = new Map<RateName, Guard>();
    for (const name of Object.keys(RATES) as RateName[]) {
      const { limit } = RATES[name];
      guards.set(name, new (name === "messages" ? MessageGuard : RateGuard)(clock, limit));
    }
    this.#guards = guards;
    this.setLimit("messages", messageRate);
    this.setLimit("registrations", registrationRate);
  }

  take(rate: RateName, key: string, count?: number): Promise<number> {
    return Promise.resolve(this.#guards.get(rate)?.take(key, count) ?? 0);
  }

  /** `count` were taken for `key` at another node. */
  charge(rate: RateName, key: string, count: number): void {
    this.#guards.get(rate)?.charge(key, count);
  }

  setLimit(rate: RateName, limit?: RateLimit): void {
    this.#guards.get(rate)?.setLimit(limit);
  }
}

/** Throws Refusal `rate-limited` while there are seconds to wait. */
export async function requireRate(
  counters: Counters,
  rate: RateName,
  { key, count }: { key: string; count?: number },
): Promise<void> {
  const retryAfterSeconds = await counters.take(rate, key, count);
  if (retryAfterSeconds === 0) return;
  throw refuse("rate-limited", RATES[rate].message, { retryAfterSeconds });
}
