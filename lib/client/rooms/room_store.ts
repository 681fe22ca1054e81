/** Rooms of a profile: name and topic, and what is still to be done in them. */

import type { AccountId, ConversationId, RoomHandle } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Profile } from "../profile/profile.ts";
import type { RoomRole } from "../../crypto/room/membership_log.ts";
import { type SenderState, stepSender } from "../transfers/transfer_state.ts";

/** How people call a room, as somebody in charge last said it; empty when nobody did. */
export interface RoomAbout {
  readonly name: string;
  readonly topic: string;
}

/** What this device has still to do in a room. */
export interface RoomTask {
  readonly conversation: ConversationId;
  /** `about`: to tell an account that is invited the room's name. `welcome`: to tell it what it missed. A role: to give it to the account again when it has come in (SR-35). */
  readonly kind: "invite" | "about" | "welcome" | "owner" | "moderator";
  readonly account: AccountId;
  /** Of a welcome: what was said since then, in epochs before this one, is told again. */
  readonly sinceMs: number;
  readonly epoch: number;
}

/** A task with its place in the order. */
export interface PlacedTask extends RoomTask {
  readonly place: number;
}

const NOTHING_SAID: RoomAbout = { name: "", topic: "" };

type Stores = Pick<Profile, "database" | "vault">;

/** Seals name and topic. What is returned writes them, inside a transaction or alone. */
export async function prepareAbout(
  { database, vault }: Stores,
  conversation: ConversationId,
  about: RoomAbout,
): Promise<() => void> {
  const sealed = await vault.sealValue("room", conversation, about);
  return () => {
    database.command(
      "INSERT INTO room VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
    ).run(conversation, sealed);
  };
}

/** Name and topic of a room. */
export async function findAbout(
  { database, vault }: Stores,
  conversation: ConversationId,
): Promise<RoomAbout> {
  const sealed = database.bytes("SELECT sealed FROM room WHERE conversation = ?", conversation);
  return sealed === undefined ? NOTHING_SAID : await vault.openValue("room", conversation, sealed);
}

/** Inside a transaction. What is to be done already is not done twice. */
export function addRoomTask(database: Database, task: RoomTask): void {
  database.command(
    "INSERT OR IGNORE INTO room_task (conversation, kind, account, since_ms, epoch) VALUES (?, ?, ?, ?, ?)",
  ).run(task.conversation, task.kind, task.account, task.sinceMs, task.epoch);
}

/** What is to be done, the oldest first. */
export function listRoomTasks(database: Database): readonly PlacedTask[] {
  return database.query("SELECT * FROM room_task ORDER BY place", (row): PlacedTask => ({
    place: row.integer("place"),
    // Written by `addRoomTask` from branded values and the words of the table's CHECK.
    conversation: row.text("conversation") as ConversationId,
    kind: row.text("kind") as RoomTask["kind"],
    account: row.text("account") as AccountId,
    sinceMs: row.integer("since_ms"),
    epoch: row.integer("epoch"),
  })).all();
}

/** It is done, or of no use any more. False when it was gone already. */
export function removeRoomTask(database: Database, { place }: PlacedTask): boolean {
  return database.command("DELETE FROM room_task WHERE place = ?").run(place) > 0;
}

/** Inside a transaction: an account is out of a room. Nothing is told to it, and nothing given to it, any more. */
export function forgetTasksFor(
  database: Database,
  { conversation, account }: { conversation: ConversationId; account: AccountId },
): void {
  database.command("DELETE FROM room_task WHERE conversation = ? AND account = ?")
    .run(conversation, account);
  endTransfersTo(database, { conversation, account });
  // What they had seen while they were in is shown no longer.
  for (const table of ["seen_mark", "typing"]) {
    database.command(
      `DELETE FROM ${table} WHERE account = ?
        AND peer IN (SELECT peer FROM conversation WHERE conversation = ?)`,
    ).run(account, conversation);
  }
}

/** A room as its members see it. */
export interface RoomInfo extends RoomAbout {
  readonly room: RoomHandle;
  readonly conversation: ConversationId;
  readonly members: ReadonlyMap<AccountId, RoomRole>;
  /** What this account is in it. */
  readonly role: RoomRole;
  /** Of an open room: accounts that may be in it at once. */
  readonly openTo: number | undefined;
}

// Somebody is out of a room: what this person was sending them there ends.

/** Inside a transaction. The process that runs transfers sees it, and tells the server. */
function endTransfersTo(
  database: Database,
  { conversation, account }: { conversation: ConversationId; account: AccountId },
): void {
  const rows = database.query(
    `SELECT t.number, t.state FROM conversation c JOIN transfer t ON t.room = c.peer
      WHERE c.conversation = ? AND t.peer = ? AND t.direction = 'out' AND t.ended = 0`,
    (row) => ({ number: row.integer("number"), state: row.text("state") }),
  ).all(conversation, account);
  for (const { number, state } of rows) {
    // Written by the store of transfers, for one that goes out.
    const now = JSON.parse(state) as SenderState;
    const next = stepSender(now, { event: "cancel", by: "there", reason: "left" });
    if (next === undefined) continue;
    database.command("UPDATE transfer SET state = ?, ended = 1, to_release = 1 WHERE number = ?")
      .run(JSON.stringify(next), number);
  }
}
