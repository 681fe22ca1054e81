/** The end of a conversation on this device: its keys go, its row stays (SR-18), and what had not left becomes drafts. */

import type { ConversationId, EnvelopeId } from "../../base/ids.ts";
import type { Contact } from "../store/contacts.ts";
import type { Conversation } from "../store/conversations.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";

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
  const text = "You are not in this room any more";
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
      text: `${contact.name} began this conversation anew with fresh keys`,
    }),
  ];
}
