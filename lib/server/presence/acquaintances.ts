/** Who at this node shares a conversation with an account, wherever that is: told of it on a crowded server. */

import type { AccountId } from "../../base/ids.ts";

const NOBODY: ReadonlySet<AccountId> = new Set();

/** The acquaintances of accounts at this node, looked up from the other side. */
export class Acquaintances {
  readonly #knownBy = new Map<AccountId, Set<AccountId>>();

  /** An account here has these. */
  add(account: AccountId, peers: Iterable<AccountId>): void {
    for (const peer of peers) {
      const known = this.#knownBy.get(peer) ?? new Set();
      this.#knownBy.set(peer, known.add(account));
    }
  }

  /** It has left, or has others now. */
  remove(account: AccountId, peers: Iterable<AccountId>): void {
    for (const peer of peers) {
      const known = this.#knownBy.get(peer);
      if (known?.delete(account) === true && known.size === 0) this.#knownBy.delete(peer);
    }
  }

  of(account: AccountId): ReadonlySet<AccountId> {
    return this.#knownBy.get(account) ?? NOBODY;
  }
}
