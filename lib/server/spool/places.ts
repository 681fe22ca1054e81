/** How many uploads are open, of each account and in all: an open one is a file or two of the process. */

import type { AccountId } from "../../base/ids.ts";
import { refuse } from "../../protocol/failure.ts";

/** How many there may be. */
export interface PlaceLimits {
  /** Of one account. */
  readonly perAccount: number;
  /** Of everybody. */
  readonly descriptors: number;
}

/** Counts. Everything is decided at once, without waiting. */
export class Places {
  readonly #limits: PlaceLimits;
  readonly #ofAccount = new Map<AccountId, number>();
  #descriptors = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** How many are taken. */
  get count(): number {
    let count = 0;
    for (const own of this.#ofAccount.values()) count += own;
    return count;
  }

  /** Throws Refusal `too-many` unless there is a place. */
  require(account: AccountId, descriptors: number): void {
    const { perAccount } = this.#limits;
    if ((this.#ofAccount.get(account) ?? 0) >= perAccount) {
      throw refuse("too-many", `Cannot open upload: your account has ${perAccount} open`);
    }
    if (this.#descriptors + descriptors > this.#limits.descriptors) {
      throw refuse("too-many", "Cannot open upload: the server has too many open. Try again");
    }
  }

  /** Takes a place. Returns what gives it back, once. Throws Refusal `too-many`. */
  take(account: AccountId, descriptors: number): () => void {
    this.require(account, descriptors);
    this.#ofAccount.set(account, (this.#ofAccount.get(account) ?? 0) + 1);
    this.#descriptors += descriptors;
    return () => {
      const rest = (this.#ofAccount.get(account) ?? 1) - 1;
      if (rest > 0) this.#ofAccount.set(account, rest);
      else this.#ofAccount.delete(account);
      this.#descriptors -= descriptors;
    };
  }
}
