/** Who is here, as people are told: a connection that another one follows at once is no going and coming. */

import type { AccountId } from "../../base/ids.ts";
import type { KnownPeer } from "./address_book.ts";
import type { NodeParts } from "./node_parts.ts";

/** How long a lost connection may take to be followed by the next, before it is told. */
const GRACE_MS = 1_000;

/** Tells of comings and goings, each once. */
export class PeerPresence {
  readonly #told = new Set<AccountId>();

  constructor(private readonly parts: NodeParts) {}

  /** Somebody is connected, perhaps once more. `isNew`: for the first time ever. */
  came(peer: KnownPeer, isNew: boolean): void {
    if (this.#told.has(peer.account)) return;
    this.#told.add(peer.account);
    this.parts.onEvent({ type: "connected", peer, isNew });
  }

  /** A connection of theirs has ended. Rejects with the signal's reason. */
  async lost(peer: KnownPeer, isHere: () => boolean, signal: AbortSignal): Promise<void> {
    if (isHere()) return;
    await this.parts.clock.sleep(GRACE_MS, { signal });
    if (isHere() || !this.#told.delete(peer.account)) return;
    this.parts.onEvent({ type: "disconnected", peer });
  }

  /** They are a stranger again. */
  forget(account: AccountId): void {
    this.#told.delete(account);
  }
}
