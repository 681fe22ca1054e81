/**
 * After the profile's folder was restored from a copy: the server has seen outbox numbers that this device does not know of.
 * The ratchets on disk have been used already, so none of them may be used again (SR-23): the device comes back into each
 * conversation with fresh keys, says so there, and sends anew what had not left.
 */

import { Refusal } from "../../base/errors.ts";
import { type ConversationId, isRoom } from "../../base/ids.ts";
import { isPassingFailure } from "../../protocol/failure.ts";
import type { Link } from "../link/link.ts";
import { enterRoom, type RoomPlace } from "../rooms/entering.ts";
import { askToOpen } from "../sending/changes.ts";
import { closeConversation } from "../groups/closing.ts";
import type { Conversation } from "../store/conversations.ts";
import { joinConversation } from "../groups/joining.ts";
import { meet } from "../contacts/contact_check.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";

/** Brings this device back into the conversations that were lost, now or before a crash. Rejects as the link does. */
export async function comeBack(messenger: Messenger, link: Link): Promise<void> {
  for (const conversation of messenger.conversations.list()) {
    if (conversation.state === "lost") await comeBackInto(messenger, link, conversation);
  }
}

async function comeBackInto(
  messenger: Messenger,
  link: Link,
  { conversation, peer }: Conversation,
): Promise<void> {
  const { conversations } = messenger;
  const known = await resendAsWas(messenger, link, conversation);
  const result = known ? await join(messenger, link, { conversation, peer }) : "closed";
  const text = {
    joined: "This profile was restored from a copy: the conversation continues with fresh keys",
    busy: undefined,
    forked:
      "This profile was restored from a copy, and the server shows another conversation than before. No more messages are sent",
    closed: "This profile was restored from a copy: the next message restarts the conversation",
  }[result];
  if (text === undefined) return;
  const entry = noticeEntry(messenger, { conversation, peer, code: "restored", text });
  await record(messenger, [entry], () => {
    if (result === "closed") closeConversation(messenger, conversation);
    if (result === "forked") conversations.setState(conversation, "out-of-step");
    return true;
  });
}

async function join(
  messenger: Messenger,
  link: Link,
  { conversation, peer }: Pick<Conversation, "conversation" | "peer">,
): Promise<"joined" | "busy" | "forked" | "closed"> {
  if (isRoom(peer)) return await enterAgain(messenger, link, { conversation, room: peer });
  const contact = await messenger.contacts.find(peer) ?? await meet(messenger, link, peer);
  try {
    const joined = await joinConversation(messenger, link, { conversation, contact });
    return joined === "not-ours" ? "forked" : joined;
  } catch (error) {
    // The conversation was closed or replaced meanwhile.
    if (error instanceof Refusal && !isPassingFailure(error.code)) return "closed";
    throw error;
  }
}

async function enterAgain(messenger: Messenger, link: Link, place: RoomPlace) {
  try {
    const joined = await enterRoom(messenger, link, place);
    if (joined === "was-in") return "joined";
    return joined === "not-ours" ? "forked" : joined;
  } catch (error) {
    if (error instanceof Refusal && !isPassingFailure(error.code)) return "closed";
    throw error;
  }
}

/**
 * What was sealed before the copy was made most likely left since, with the very same bytes: it is sent once more as it is,
 * and the server drops what it has. What it does not take becomes a draft again. Returns false when the server does not
 * have the conversation.
 */
async function resendAsWas(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
): Promise<boolean> {
  const { profile, outbox, drafts } = messenger;
  let isKnown = true;
  for (const row of outbox.of(conversation)) {
    const isThere = await resend(link, row);
    if (row.kind === "open") isKnown = isThere;
    const isMarked = profile.database.transaction(() => {
      if (!isThere) drafts.takeBack(row.envelope);
      outbox.remove(row.number);
      return isThere && markSent(messenger, row);
    });
    if (isMarked) messenger.onEvent({ type: "delivery", id: row.envelope, state: "sent" });
  }
  return isKnown;
}

async function resend(link: Link, row: OutboxRow): Promise<boolean> {
  // Its group state is given up with all others.
  if (row.kind === "commit") return false;
  try {
    if (row.kind === "open") return await askToOpen(link, row);
    const { conversation, envelope, number, epoch } = row;
    await link.ask(
      "relay.send",
      { ...row.fields, conversation, envelope, number, epoch },
      row.body,
    );
    return true;
  } catch (error) {
    if (error instanceof Refusal && !isPassingFailure(error.code)) {
      return error.code === "envelope-known";
    }
    throw error;
  }
}

/** Inside a transaction. Returns whether that is news of a text. */
function markSent({ profile, history }: Messenger, { envelope }: OutboxRow): boolean {
  history.index.setSent(envelope, profile.clock.nowMs());
  return profile.database.command(
    "UPDATE delivery SET state = 'sent' WHERE id = ? AND state = 'sealed'",
  ).run(envelope) > 0;
}
