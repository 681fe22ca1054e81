/**
 * From which networks an account was signed in to: what tells its owner from others who try passwords (SR-40, decision 0052).
 * In memory only, so that no address is stored (SR-56).
 */

import type { AccountId } from "../../base/ids.ts";
import type { Clock } from "../../base/clock.ts";

/** For each account: home, work, a telephone and some journeys. */
const NETWORKS_MAX = 8;
/** Accounts that are remembered; those that signed in longest ago go first. */
const ACCOUNTS_MAX = 10_000;
/** A network where nobody of the account was for so long is one as any other. */
const MAX_AGE_MS = 30 * 86_400_000;

/** Owned by the guard of sign-ins. */
export class KnownNetworks {
  readonly #clock: Clock;
  /** Of each account: when it was last signed in to from a network. Both maps have the latest at their ends. */
  readonly #accounts = new Map<AccountId, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A password or a device's key was right there. */
  note(account: AccountId, network: string): void {
    const networks = this.#accounts.get(account) ?? new Map<string, number>();
    networks.delete(network);
    networks.set(network, this.#clock.monotonicMs());
    dropOldest(networks, NETWORKS_MAX);
    this.#accounts.delete(account);
    this.#accounts.set(account, networks);
    dropOldest(this.#accounts, ACCOUNTS_MAX);
  }

  /** Whether that was so in the last 30 days. */
  has(account: AccountId, network: string): boolean {
    const atMs = this.#accounts.get(account)?.get(network);
    return atMs !== undefined && this.#clock.monotonicMs() - atMs < MAX_AGE_MS;
  }
}

function dropOldest<Key>(map: Map<Key, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
