/** Invitations to this account: what there is to say of them, and whether the person is asked first. */

import type { AccountId } from "../../base/ids.ts";
import { roomNumber } from "../../base/ids.ts";
import type { Link } from "../link.ts";
import { type Messenger, note } from "../messaging/messenger.ts";
import type { Profile } from "../profile/profile.ts";
import { isFirstTold } from "./ahead.ts";
import { readEntry } from "./charters.ts";
import type { RoomPlace } from "./entering.ts";

/** In table `mark`: 1 while the person is asked before their device comes into a room. */
const ASKS_FIRST = "asks before rooms";

/** Whether the person is asked first; without a word of theirs a device comes in by itself. */
export function asksFirst({ database }: Pick<Profile, "database">): boolean {
  const value = database.query("SELECT value FROM mark WHERE name = ?", (row) => {
    return row.integer("value");
  }).first(ASKS_FIRST);
  return value === 1;
}

/** See `asksFirst`. */
export function setAsksFirst({ database }: Pick<Profile, "database">, isOn: boolean): void {
  database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)").run(ASKS_FIRST, isOn ? 1 : 0);
}

/** Who signed the invitation of this account, and until when it is of use. Throws Refusal `unknown-room`. */
export async function readInvitation(
  messenger: Messenger,
  link: Link,
  { conversation }: Pick<RoomPlace, "conversation">,
): Promise<{ invitedBy: AccountId; expiresMs: number }> {
  const { payload } = await link.ask("room.invitation", { conversation });
  const { facts, signer } = await readEntry(messenger, link, payload.slice());
  const expiresMs = facts.type === "admission" ? facts.expiresMs : 0;
  return { invitedBy: signer.account, expiresMs };
}

/**
 * Whether a device comes in by itself, the person is asked, or the invitation is passed over: it is of somebody whom they do not
 * want to hear.
 */
export async function judgeInvitation(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<"enter" | "ask" | "pass over"> {
  const { invitedBy } = await readInvitation(messenger, link, place);
  const hearing = messenger.contacts.standings.hearing(invitedBy);
  if (hearing === "unheard") return "pass over";
  return hearing === "asking" || asksFirst(messenger.profile) ? "ask" : "enter";
}

/** Tells the person once, who has to say whether they come in. */
export async function tellInvited(
  messenger: Messenger,
  link: Link,
  { conversation, room: peer }: RoomPlace,
): Promise<void> {
  const { invitedBy } = await readInvitation(messenger, link, { conversation });
  if (!isFirstTold(messenger.profile, conversation)) return;
  const number = roomNumber(peer);
  const text =
    `${invitedBy} invites you to this room: room join ${number}, or room decline ${number}`;
  await note(messenger, { conversation, peer, code: "invited", text });
}
