/** The end of a conversation on this device: its keys go, its row stays (SR-18), and what had not left becomes drafts. */

import {
  type ConversationId,
  type EnvelopeId,
  isRoom,
  type Peer,
  roomNumber,
} from "../../base/ids.ts";
import type { Contact } from "../store/contacts.ts";
import type { Conversation } from "../store/conversations.ts";
import type { HistoryEntry } from "../store/history.ts";
import { kindOf } from "../store/conversation_kinds.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { TrustError } from "../../base/errors.ts";

type ClosingServices = Pick<
  Messenger,
  "profile" | "conversations" | "groups" | "drafts" | "history"
>;

/** What is to be done in a conversation, and goes with it. */
const TABLES = [
  "outbox",
  "receipt_due",
  "parked",
  "missing",
  "room_task",
  "room_guest",
  "room_kicked",
] as const;

/** Inside a transaction. Closing twice is fine. */
export function closeConversation(parts: ClosingServices, conversation: ConversationId): void {
  const { profile: { database }, conversations, groups, drafts, history } = parts;
  const envelopes = database.query(
    "SELECT envelope FROM outbox WHERE conversation = ?",
    // Written by `Outbox.push` from a branded value.
    (row) => row.text("envelope") as EnvelopeId,
  ).all(conversation);
  for (const envelope of envelopes) drafts.takeBack(envelope);
  for (const table of TABLES) {
    database.command(`DELETE FROM ${table} WHERE conversation = ?`).run(conversation);
  }
  history.changes.giveUp(conversation);
  groups.remove(conversation);
  conversations.setState(conversation, "closed");
}

/** The server says that this account is not in a room: it was removed, or the room was closed. Told once. */
export async function leaveBehind(
  messenger: Messenger,
  { conversation, peer }: Conversation,
): Promise<void> {
  const { conversations } = messenger;
  const text = "You are no longer in this room";
  const entry = noticeEntry(messenger, { conversation, peer, code: "removed", text });
  await record(messenger, [entry], () => {
    const { state } = conversations.find(conversation) ?? {};
    if (state === undefined || state === "closed") return false;
    closeConversation(messenger, conversation);
    return true;
  });
}

/**
 * When this profile became another device, or got another identity: its groups are of keys that are no longer its own. The
 * history, the contacts and what was not sent stay.
 */
export function closeAll(parts: ClosingServices): void {
  parts.profile.database.transaction(() => {
    for (const { conversation } of parts.conversations.list()) {
      closeConversation(parts, conversation);
    }
    parts.profile.database.command("DELETE FROM key_package").run();
    parts.profile.database.command("DELETE FROM parked").run();
  });
}

/** The line that a conversation ends with when the other side began another one; none for one that was just opening. */
export function begunAnewLine(messenger: Messenger, contact: Contact): readonly HistoryEntry[] {
  const before = messenger.conversations.openWith(contact.account);
  if (before === undefined || before.state === "opening") return [];
  return [
    noticeEntry(messenger, {
      conversation: before.conversation,
      peer: contact.account,
      code: "begun-anew",
      text: `${contact.name} restarted this conversation with fresh keys`,
    }),
  ];
}

// A conversation in which the server showed different things to different members is held until the person decides (SR-25).

const TEXTS = {
  /** Two histories of the group: what one member says does not fit what another one saw. */
  "forked": "the server showed you and the other side different messages",
  /** Messages of an epoch whose commit never came. */
  "withheld": "the server holds back a change",
  /** The server is in an earlier epoch than it was. */
  "went-back": "the server went back to an earlier state",
  /** A commit that is not allowed, or that nobody can read. */
  "refused": "the server accepted a change that is not allowed or cannot be read",
  /** A device came back in that its own account had removed: no member follows there. */
  "removed-device": "the server let a removed device in again",
  /** Under the number of a room there is another one that no owner of it made. */
  "other-room": "the server shows another room under its number, created by nobody who owned it",
} as const;

/** What gave it away. */
export type OutOfStep = keyof typeof TEXTS;

/** The line that stays in the conversation. */
export function outOfStepText(peer: Peer, why: OutOfStep): string {
  return isRoom(peer)
    ? `This room is out of step: ${
      TEXTS[why]
    }. No messages are sent until an owner repairs it: room repair ${roomNumber(peer)}`
    : `This conversation is out of step: ${TEXTS[why]}. No more messages are sent`;
}

/** Several messages of one account did not open, and nothing says why. */
export function doubtText(peer: Peer): string {
  const remedy = isRoom(peer)
    ? `. An owner can repair the room: room repair ${roomNumber(peer)}`
    : "";
  return "Several messages in a row could not be opened: they were damaged, " +
    `or the server shows you and their sender different messages${remedy}`;
}

/** Holds a conversation, with a line that says why. */
export async function holdOutOfStep(
  messenger: Messenger,
  conversation: ConversationId,
  why: OutOfStep,
): Promise<void> {
  const { conversations } = messenger;
  const peer = conversations.find(conversation)?.peer;
  if (peer === undefined) return;
  const text = outOfStepText(peer, why);
  const entry = noticeEntry(messenger, { conversation, peer, code: "fork", text });
  await record(messenger, [entry], () => {
    if (!conversations.isIn(conversation, "active")) return false;
    conversations.setState(conversation, "out-of-step");
    return true;
  });
}

/** Why a text to this contact or room stays written down. */
export function outOfStepError(peer: Peer, name: string): TrustError {
  const remedy = kindOf(peer).remedy === "repair" ? "an owner repairs the room" : "you reset it";
  return new TrustError(
    "out-of-step",
    `The conversation with ${name} is out of step: no messages are sent until ${remedy}`,
    { details: { account: peer } },
  );
}
