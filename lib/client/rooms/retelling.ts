/** What an account is told of a room between the two: its name with the invitation, and what was said since then. */

import { utf8 } from "../../base/bytes.ts";
import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_PAST_BYTES, MAX_PAST_TEXTS } from "../../protocol/peer/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { HistoryEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { type Mailing, type RoomControlMessage, writeTo } from "./private_messages.ts";
import { type PlacedTask, removeRoomTask } from "./room_store.ts";
import type { Link } from "../link/link.ts";
import { privateAbout } from "./naming.ts";

/** As many texts are told again at most. */
const MAX_TOLD_AGAIN = 1000;

/**
 * Not a moment before the invitation: a newcomer may be one who was removed, and is not told what was said meanwhile. What
 * was sealed in its own epochs it can read itself; what is not sealed yet, it will.
 */
async function textsAgain(
  { profile, history, conversations }: Messenger,
  { conversation, sinceMs, epoch }: PlacedTask,
): Promise<readonly RoomControlMessage[]> {
  const peer = conversations.find(conversation)?.peer;
  const { own: { device }, database } = profile;
  if (peer === undefined) return [];
  const own = await history.latest({ limit: MAX_TOLD_AGAIN, peer, kinds: ["text"], own: true });
  const said = own.filter((entry) =>
    entry.device === device && entry.sentAtMs >= sinceMs && entry.deletedBy === undefined
  );
  const sealedIn = (id: string) =>
    database.integer(
      "SELECT epoch FROM delivery WHERE id = ? AND conversation = ?",
      id,
      conversation,
    );
  const missed = said.filter(({ id }) => (sealedIn(id) ?? epoch) < epoch);
  return inParts(missed).map((part) => pastControlMessage(profile, conversation, part));
}

function inParts(entries: readonly HistoryEntry[]): readonly (readonly HistoryEntry[])[] {
  const parts: HistoryEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const size = utf8(entry.text).length;
    if (bytes + size > MAX_PAST_BYTES || parts[parts.length - 1].length === MAX_PAST_TEXTS) {
      parts.push([]);
      bytes = 0;
    }
    parts[parts.length - 1].push(entry);
    bytes += size;
  }
  return parts;
}

function pastControlMessage(
  { random }: Messenger["profile"],
  conversation: ConversationId,
  entries: readonly HistoryEntry[],
): RoomControlMessage {
  const items = entries.map(({ id, sentAtMs, atMs, number: place, replyTo, expireSeconds }) => ({
    id,
    sentAtMs,
    atMs,
    ...(place === undefined ? {} : { place }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(expireSeconds === undefined ? {} : { expireSeconds }),
  }));
  const { sizes, payload } = joinSections(entries.map(({ text }) => utf8(text)));
  return {
    envelope: newEnvelopeId(random),
    payload: (chain) =>
      encodePacket({ kind: "room.past", ...chain, conversation, items, sizes }, payload),
  };
}

/** Tells a newcomer what this device said since it was invited, and who was just invited what the room is called. */
export async function tellNewcomer(
  messenger: Messenger,
  link: Link,
  { task, flush }: Omit<Mailing, "controlMessages">,
): Promise<void> {
  const { profile: { database }, conversations } = messenger;
  const controlMessages = task.kind === "about"
    ? await privateAbout(messenger, task.conversation)
    : await textsAgain(messenger, task);
  if (controlMessages.length === 0 || !conversations.isIn(task.conversation, "active")) {
    return void removeRoomTask(database, task);
  }
  await writeTo(messenger, link, { task, controlMessages, flush });
}
