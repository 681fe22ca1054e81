/** What becomes of files, told in between the lines of the `~> ` shell: offers, and how they ended. */

import { Bell } from "../../base/bell.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { transferFields, transferLineWith } from "../../app/transfer_lines.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";

/** Between two looks, while much is written. */
const PAUSE_MS = 300;
/** Of one person: more do not change between two looks. */
const LOOKED_AT = 50;
const ENDED: ReadonlySet<string> = new Set(["done", "declined", "cancelled"]);

/** Knows what was told. */
export class FileNews {
  readonly #desk: P2pDialogue;
  readonly #written = new Bell();
  /** What ends the listening to each of those who are there. */
  readonly #followed = new Map<KnownPeer["account"], () => void>();
  readonly #states = new Map<string, string>();
  /** Whose transfers were seen before: what was over by then is no news. */
  readonly #seen = new Set<string>();

  constructor(desk: P2pDialogue) {
    this.#desk = desk;
  }

  /** Somebody is there: what becomes of their files is told. */
  async follow(peer: KnownPeer): Promise<void> {
    const { profile } = await this.#desk.pair(peer);
    this.leave(peer);
    this.#followed.set(peer.account, profile.writes.listen(() => this.#written.ring()));
    this.#written.ring();
  }

  /** They are gone. */
  leave({ account }: KnownPeer): void {
    this.#followed.get(account)?.();
    this.#followed.delete(account);
  }

  /** Looks after each write until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock } = this.#desk.options;
    try {
      for (;;) {
        await this.#written.wait(clock, { signal });
        for (const peer of this.#desk.node?.book.list() ?? []) {
          if (this.#desk.isConnected(peer)) await this.#look(peer);
        }
        await clock.sleep(PAUSE_MS, { signal });
      }
    } finally {
      for (const stop of this.#followed.values()) stop();
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
