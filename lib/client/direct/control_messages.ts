/**
 * What contacts said about direct connections, from the process that reads the mailbox to the one that runs
 * transfers, sends or watches. It is of
 * use for a minute; the token in it is sealed on disk.
 */

import type { AccountId, StreamId, TransferId } from "../../base/ids.ts";
import type { DirectMessage } from "../../protocol/peer/direct.ts";
import type { Profile } from "../profile/profile.ts";
import type { PeerNews } from "../store/families.ts";
import { DirectContacts } from "../contacts/direct_contacts.ts";

/** Who said it, in which epoch of the conversation. */
export type DirectControlMessage = DirectMessage & {
  readonly from: AccountId;
  readonly epoch: number;
};

/** What nobody took meanwhile is of no use any more. */
const KEPT_MS = 60_000;
/** Control messages that wait for one transfer or stream; the oldest go first. */
const MAX_WAITING = 8;

/** Of a profile. */
export class DirectControlMessages {
  readonly #profile: Pick<Profile, "database" | "vault" | "clock">;

  constructor(profile: Pick<Profile, "database" | "vault" | "clock">) {
    this.#profile = profile;
  }

  /** What is to be written in the transaction that stores what was read. */
  async keep(controlMessage: DirectControlMessage): Promise<() => void> {
    const { database, vault, clock } = this.#profile;
    const { attempt, about } = controlMessage.fields;
    const id = `${controlMessage.kind} ${attempt}`;
    const sealed = await vault.sealValue("direct_letter", id, controlMessage);
    return () => {
      const nowMs = clock.nowMs();
      database.command("DELETE FROM direct_letter WHERE at < ?").run(nowMs - KEPT_MS);
      database.command(
        "INSERT OR IGNORE INTO direct_letter (id, about, at, sealed) VALUES (?, ?, ?, ?)",
      )
        .run(id, about, nowMs, sealed);
      database.command(`
        DELETE FROM direct_letter WHERE about = ? AND place <= (
          SELECT place FROM direct_letter WHERE about = ? ORDER BY place DESC LIMIT 1 OFFSET ?
        )
      `).run(about, about, MAX_WAITING);
    };
  }

  /** Those about a transfer or a stream, oldest first; they are taken off. */
  async take(about: TransferId | StreamId): Promise<readonly DirectControlMessage[]> {
    const { database, vault } = this.#profile;
    const found = database.query(
      "SELECT id, sealed FROM direct_letter WHERE about = ? ORDER BY place",
      (row) => ({ id: row.text("id"), sealed: row.bytes("sealed") }),
    ).all(about);
    if (found.length === 0) return [];
    database.command("DELETE FROM direct_letter WHERE about = ?").run(about);
    return await Promise.all(found.map(({ id, sealed }) =>
      // Written by `keep` from what was checked.
      vault.openValue<DirectControlMessage>("direct_letter", id, sealed)
    ));
  }
}

/** The caller knows that `from` is the other end of the transfer or stream. */
export async function takeDirect(
  profile: Profile,
  message: DirectMessage,
  { from, epoch }: { readonly from: AccountId; readonly epoch: number },
): Promise<PeerNews> {
  const write = await new DirectControlMessages(profile).keep({ ...message, from, epoch });
  const isAsked = message.kind === "direct.offer" &&
    new DirectContacts(profile).of(from) === undefined;
  const text =
    `${from} wants to send directly, not through the server. That shows each of you the ` +
    `other's address; to agree: direct allow ${from}`;
  return { lines: isAsked ? [{ code: "direct-asked", text }] : [], write };
}
