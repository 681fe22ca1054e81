/** What becomes of files, told in between the lines of the `~> ` shell: offers, and how they ended. */

import type { TransferId } from "../../base/ids.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { transferFields, transferLineWith } from "../../app/transfer_lines.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";

/** Of one person: more do not change between two looks. */
const LOOKED_AT = 50;
const ENDED: ReadonlySet<string> = new Set(["done", "declined", "cancelled"]);

/** Knows what was told. */
export class FileNews {
  readonly #desk: P2pDialogue;
  readonly #states = new Map<TransferId, string>();
  /** Whose transfers were seen before: what was over by then is no news. */
  readonly #seen = new Set<string>();

  constructor(desk: P2pDialogue) {
    this.#desk = desk;
  }

  /** Tells what is new of somebody's, while they are connected. */
  async look(peer: KnownPeer): Promise<void> {
    if (!this.#desk.isConnected(peer)) return;
    const { transfers } = await this.#desk.pair(peer);
    const isFirst = !this.#seen.has(peer.account);
    this.#seen.add(peer.account);
    for (const { id, state: { state } } of transfers.newestStates(LOOKED_AT)) {
      const before = this.#states.get(id);
      this.#states.set(id, state);
      const isOld = isFirst && before === undefined && ENDED.has(state);
      if (before === state || isOld) continue;
      const transfer = await transfers.find(id);
      if (transfer !== undefined) await this.#tell(peer, transfer);
    }
  }

  async #tell(peer: KnownPeer, transfer: Transfer): Promise<void> {
    const { direction, state: { state }, items } = transfer;
    const fields = transferFields(transfer);
    if (direction === "in" && state === "offered") {
      const text = `${peer.name} offers ${describeItems(items)}: y takes it, n declines`;
      await this.#desk.say("offer", fields, text);
    } else if (ENDED.has(state)) {
      await this.#desk.say("transfer", fields, transferLineWith(peer.name, transfer));
    }
  }
}
