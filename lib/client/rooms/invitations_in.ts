/** Invitations to this account: what there is to say of them, and whether the person is asked first. */

import type { AccountId } from "../../base/ids.ts";
import { roomNumber } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { AnswerPolicy } from "../contacts/answer_policy.ts";
import { leaveBehind } from "../groups/closing.ts";
import { type Messenger, note } from "../store/messenger.ts";
import type { Profile } from "../profile/profile.ts";
import { isFirstTold, wasTold } from "./pending_room_info.ts";
import { readEntry } from "../groups/membership_logs.ts";
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
 * Of an invitation that is listed: whether this device does not come in by itself. The person is told once, and has to say; an
 * invitation of somebody whom they do not want to hear is passed over.
 */
export async function waitsForWord(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<boolean> {
  const known = messenger.conversations.find(place.conversation);
  // Put out and asked in again, while this device was away.
  if (known !== undefined) await leaveBehind(messenger, known);
  const { invitedBy } = await readInvitation(messenger, link, place);
  const hearing = messenger.contacts.contactStatuses.hearing(invitedBy);
  if (hearing === "unheard") return true;
  const rule = new AnswerPolicy(messenger.profile).of(invitedBy, "rooms");
  // What was asked stays asked, also when whoever invites has become a contact since.
  const asks = rule === undefined
    ? asksFirst(messenger.profile) || wasTold(messenger.profile, place.conversation)
    : rule !== "accept";
  if (hearing === "heard" && !asks) return false;
  await tellInvited(messenger, link, place);
  return true;
}

async function tellInvited(
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
