/** What this device said in a room since a newcomer was invited, told again to that one alone. */

import { utf8 } from "../../base/bytes.ts";
import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_PAST_BYTES, MAX_PAST_TEXTS } from "../../protocol/peer/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import { ensureConversation } from "../messaging/conversation_with.ts";
import { meet } from "../messaging/meeting.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { seal, type Sealing } from "../messaging/sealer.ts";
import { listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";

const log = logger("client", "rooms");

type Link = Parameters<typeof meet>[1];
type HistoryEntry = Awaited<ReturnType<Messenger["history"]["latest"]>>[number];
type Letter = Omit<Sealing, "isDue" | "commit">;

/** As many texts are told again at most. */
const MAX_TOLD_AGAIN = 1000;

/** Tells a newcomer what it missed, between the two alone. What cannot be told now stays to be done. */
export async function welcome(
  messenger: Messenger,
  link: Link,
  { task, flush }: { task: PlacedTask; flush: () => Promise<void> },
): Promise<void> {
  const { profile: { database }, conversations } = messenger;
  const letters = await textsAgain(messenger, task);
  if (letters.length === 0 || !conversations.isIn(task.conversation, "active")) {
    return void removeRoomTask(database, task);
  }
  try {
    const contact = await meet(messenger, link, task.account);
    const conversation = await ensureConversation(messenger, link, contact);
    if (conversation === undefined) return;
    // A conversation that is just opening is settled by it.
    await flush();
    if (!conversations.isIn(conversation, "active")) return;
    const isDue = () => listRoomTasks(database).some(({ place }) => place === task.place);
    const last = letters.length - 1;
    await seal(
      messenger,
      conversation,
      letters.map((letter, i) => ({
        ...letter,
        isDue,
        commit: () => i === last && removeRoomTask(database, task),
      })),
    );
  } catch (error) {
    const isHeld = error instanceof Refusal || error instanceof TrustError ||
      error instanceof CryptoError;
    if (!isHeld) throw error;
    log.info("cannot welcome", { reason: describeError(error) });
  }
}

/**
 * Not a moment before the invitation: a newcomer may be one who was removed, and is not told what was said meanwhile. What
 * was sealed in its own epochs it can read itself; what is not sealed yet, it will.
 */
async function textsAgain(
  { profile, history, conversations }: Messenger,
  { conversation, sinceMs, epoch }: PlacedTask,
): Promise<readonly Letter[]> {
  const peer = conversations.find(conversation)?.peer;
  const { own: { device }, database } = profile;
  const said = await history.latest(
    MAX_TOLD_AGAIN,
    (entry) =>
      entry.peer === peer && entry.own && entry.device === device && entry.kind === "text" &&
      entry.sentAtMs >= sinceMs,
  );
  const sealedIn = (id: string) =>
    database.query(
      "SELECT epoch FROM delivery WHERE id = ? AND conversation = ?",
      (row) => row.integer("epoch"),
    ).first(id, conversation);
  const missed = said.filter(({ id }) => (sealedIn(id) ?? epoch) < epoch);
  return inParts(missed).map((part) => pastLetter(profile, conversation, part));
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

function pastLetter(
  { random }: Messenger["profile"],
  conversation: ConversationId,
  entries: readonly HistoryEntry[],
): Letter {
  const items = entries.map(({ id, sentAtMs, atMs, number: place }) => ({
    id,
    sentAtMs,
    atMs,
    ...(place === undefined ? {} : { place }),
  }));
  const { sizes, payload } = joinSections(entries.map(({ text }) => utf8(text)));
  return {
    envelope: newEnvelopeId(random),
    payload: (chain) =>
      encodePacket({ kind: "room.past", ...chain, conversation, items, sizes }, payload),
  };
}
