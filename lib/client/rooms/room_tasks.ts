/** What a device does in its rooms when it can: invites whom it was told to, and tells newcomers what they missed. */

import { utf8 } from "../../base/bytes.ts";
import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_PAST_BYTES, MAX_PAST_TEXTS } from "../../protocol/peer/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import { requireTrust } from "../messaging/contacts.ts";
import { ensureConversation } from "../messaging/conversation_with.ts";
import type { HistoryEntry } from "../messaging/history.ts";
import { meet } from "../messaging/meeting.ts";
import { type Messenger, note } from "../messaging/messenger.ts";
import { seal, type Sealing } from "../messaging/sealer.ts";
import { invitationFor, signEntry } from "./invitations.ts";
import { findAbout, listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";

const log = logger("client", "rooms");

/** As many texts are told again at most. */
const MAX_TOLD_AGAIN = 1000;

/** Does what is to be done. What cannot be done now stays. Rejects as `Link.ask` does when the link ends. */
export async function runRoomTasks(
  messenger: Messenger,
  link: Link,
  flush: () => Promise<void>,
): Promise<void> {
  const tasks = listRoomTasks(messenger.profile.database);
  for (const task of tasks.filter(({ kind }) => kind === "invite")) {
    await invite(messenger, link, task);
  }
  const welcomes = tasks.filter(({ kind }) => kind === "welcome");
  for (const conversation of new Set(welcomes.map((task) => task.conversation))) {
    await tellAbout(messenger, conversation);
  }
  for (const task of welcomes) await welcome(messenger, link, { task, flush });
}

async function invite(messenger: Messenger, link: Link, task: PlacedTask): Promise<void> {
  const { profile, groups, conversations } = messenger;
  const { conversation, account } = task;
  const group = await groups.load(conversation);
  const charter = group?.charter;
  const peer = conversations.find(conversation)?.peer;
  if (group === undefined || charter === undefined || charter.members.has(account)) {
    return void removeRoomTask(profile.database, task);
  }
  try {
    const contact = await meet(messenger, link, account);
    requireTrust(contact);
    const at = { charter, epoch: group.state.epoch };
    const entry = invitationFor(profile, at, { account, identity: contact.pinned });
    await link.ask("room.invite", { conversation }, await signEntry(profile, entry));
    removeRoomTask(profile.database, task);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.info("cannot invite", { reason: describeError(error) });
    // The room moved on meanwhile, or the person must accept an identity first: later.
    if (error.code === "stale-epoch" || error instanceof TrustError) return;
    removeRoomTask(profile.database, task);
    if (peer === undefined) return;
    const text = `${account} could not be invited: ${error.message}`;
    await note(messenger, { conversation, peer, code: "not-invited", text });
  }
}

/** Name and topic for the room, by who is in charge; and to each newcomer what it missed, between the two alone. */
async function welcome(
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

async function tellAbout(messenger: Messenger, conversation: ConversationId): Promise<void> {
  for (const letter of await aboutAgain(messenger, conversation)) {
    await seal(messenger, conversation, [{ ...letter, isDue: () => true, commit: () => {} }]);
  }
}

type Letter = Omit<Sealing, "isDue" | "commit">;

/** By who is in charge, if the room has a name. */
async function aboutAgain(
  { profile, groups }: Messenger,
  conversation: ConversationId,
): Promise<readonly Letter[]> {
  const charter = await groups.charterOf(conversation);
  const role = charter?.members.get(profile.own.account)?.role;
  const { name, topic } = await findAbout(profile, conversation);
  if (role === undefined || role === "member" || name === "" && topic === "") return [];
  return [aboutLetter(profile, { name, topic })];
}

/** Says name and topic. */
export function aboutLetter(
  { random }: Messenger["profile"],
  about: { readonly name: string; readonly topic: string },
): Letter {
  const { name, topic } = about;
  return {
    envelope: newEnvelopeId(random),
    payload: (chain) => encodePacket({ kind: "room.about", ...chain, name, topic }),
  };
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
