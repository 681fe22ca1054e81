/** What becomes of files, told in between the lines of the `~> ` shell: offers, and how they ended. */

import { describeItems } from "../../client/transfers/describe.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { transferFields, transferLineWith } from "../../app/transfer_lines.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";

/** How often to look. */
const LOOK_MS = 300;
/** Of one person: more do not change between two looks. */
const LOOKED_AT = 50;
const ENDED: ReadonlySet<string> = new Set(["done", "declined", "cancelled"]);

/** Knows what was told. */
export class FileNews {
  readonly #desk: P2pDialogue;
  readonly #states = new Map<string, string>();
  /** Whose transfers were seen before: what was over by then is no news. */
  readonly #seen = new Set<string>();

  constructor(desk: P2pDialogue) {
    this.#desk = desk;
  }

  /** Looks until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#desk.options.clock.sleep(LOOK_MS, { signal });
      for (const peer of this.#desk.node?.book.list() ?? []) {
        if (this.#desk.isConnected(peer)) await this.#look(peer);
      }
    }
  }

  async #look(peer: KnownPeer): Promise<void> {
    const { transfers } = await this.#desk.pair(peer);
    for (const transfer of await transfers.newest(LOOKED_AT)) {
      const key = `${peer.account}\n${transfer.id}`;
      const { state } = transfer.state;
      const before = this.#states.get(key);
      this.#states.set(key, state);
      const isOld = !this.#seen.has(peer.account) && before === undefined && ENDED.has(state);
      if (before !== state && !isOld) await this.#tell(peer, transfer);
    }
    this.#seen.add(peer.account);
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
