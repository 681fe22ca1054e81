/** What a profile was told of rooms before it came in: that it is invited, and what they are called. */

import type { AccountId, ConversationId, Fingerprint } from "../../base/ids.ts";
import type { Profile } from "../profile/profile.ts";
import type { RoomAbout } from "./room_store.ts";

/** As many rooms are remembered; anybody whom one talks with may tell of rooms. */
const MAX_ROOMS = 200;

/** What somebody calls a room. It counts if they turn out to be in charge there. */
export interface AboutAhead extends RoomAbout {
  readonly from: AccountId;
  readonly identity: Fingerprint;
}

type Stores = Pick<Profile, "database" | "vault">;

/** Seals what was said. What is returned writes it, inside a transaction. */
export async function prepareAhead(
  { database, vault }: Stores,
  conversation: ConversationId,
  about: AboutAhead,
): Promise<() => void> {
  const sealed = await vault.sealValue("room_ahead", conversation, about);
  return () => {
    database.command(
      "INSERT INTO room_ahead (conversation, sealed) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sealed = ?2",
    ).run(conversation, sealed);
    bound({ database });
  };
}

/** Takes out what was said of a room that this device has come into. */
export async function takeAhead(
  { database, vault }: Stores,
  conversation: ConversationId,
): Promise<AboutAhead | undefined> {
  const row = database.query(
    "SELECT sealed FROM room_ahead WHERE conversation = ?",
    (row) => ({ sealed: row.optionalBytes("sealed") }),
  ).first(conversation);
  forgetAhead({ database }, conversation);
  if (row?.sealed === undefined) return undefined;
  return await vault.openValue("room_ahead", conversation, row.sealed);
}

// `told` holds when the invitation ends that the person was told of: another one of the same room is told of again, also where the
// one before was answered on another device. 1 was written by programs that did not tell them apart.

/** True the first time: the person is told of each invitation once. */
export function isFirstTold(
  { database }: Pick<Stores, "database">,
  { conversation, expiresMs }: { readonly conversation: string; readonly expiresMs: number },
): boolean {
  const isNew = database.command(
    `INSERT INTO room_ahead (conversation, told) VALUES (?1, ?2)
      ON CONFLICT DO UPDATE SET told = ?2 WHERE told NOT IN (1, ?2)`,
  ).run(conversation, Math.max(1, expiresMs)) > 0;
  bound({ database });
  return isNew;
}

/** Whether the person was told of an invitation to the room, and has not answered here. */
export function wasTold({ database }: Pick<Stores, "database">, conversation: string): boolean {
  return (database.integer("SELECT told FROM room_ahead WHERE conversation = ?", conversation) ??
    0) > 0;
}

/** The invitation was answered; the next one is told of again. */
export function forgetAhead({ database }: Pick<Stores, "database">, conversation: string): void {
  database.command("DELETE FROM room_ahead WHERE conversation = ?").run(conversation);
}

function bound({ database }: Pick<Stores, "database">): void {
  database.command(
    "DELETE FROM room_ahead WHERE rowid NOT IN (SELECT rowid FROM room_ahead ORDER BY rowid DESC LIMIT ?)",
  ).run(MAX_ROOMS);
}
