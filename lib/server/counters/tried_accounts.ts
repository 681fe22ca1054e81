/**
 * The accounts at which passwords were tried, and which of them are forgotten when there are too many: not those that were tried
 * longest ago, or a flood of other names would give whoever guesses at one account all their tries back (decision 0052).
 */

import type { AccountId } from "../../base/ids.ts";
import type { AccountTries } from "./account_tries.ts";

/** Remembered at once: 55 MB when each was tried from 77 networks that nobody else came from (measured). */
export const TRIED_ACCOUNTS_MAX = 10_000;
/** Forgotten at once: looking at all of them takes milliseconds. */
const FORGOTTEN = Math.floor(TRIED_ACCOUNTS_MAX / 32);

/** One of them. */
export interface TriedAccount {
  /** Failures since the account's owner was last told. */
  failures: number;
  /** Of all sources together. */
  tries: AccountTries;
  /** What of them is forgotten next has least. */
  worth: number;
}

/** In memory only. */
export class TriedAccounts {
  readonly #accounts = new Map<AccountId, TriedAccount>();
  /**
   * What the last one that was forgotten was worth. Those that come later are worth so much more, so that to have one forgotten whose
   * tries are spent takes as many tries at other names, for each place, whatever those were filled with before (greedy-dual,
   * N. Young, "The k-server dual and loose competitiveness for paging", 1994).
   */
  #gone = 0;

  get(account: AccountId): TriedAccount | undefined {
    return this.#accounts.get(account);
  }

  /** A try has been counted for it. */
  keep(account: AccountId, tried: TriedAccount): void {
    tried.worth = this.#gone + tried.tries.spent;
    this.#accounts.set(account, tried);
    if (this.#accounts.size > TRIED_ACCOUNTS_MAX) this.#forget();
  }

  [Symbol.iterator](): IterableIterator<[AccountId, TriedAccount]> {
    return this.#accounts.entries();
  }

  #forget(): void {
    const byWorth = [...this.#accounts].sort(([, left], [, right]) => left.worth - right.worth);
    for (const [account, { worth }] of byWorth.slice(0, FORGOTTEN)) {
      this.#gone = worth;
      this.#accounts.delete(account);
    }
  }
}
