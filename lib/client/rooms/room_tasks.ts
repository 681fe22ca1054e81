/**
 * What a device does in its rooms when it can: invites whom it was told to, tells newcomers what they missed, and gives those
 * who were in charge before a repair their roles again.
 */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import { requireTrust } from "../store/contacts.ts";
import { meet } from "../contacts/contact_check.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { invitationFor, signEntry } from "./invitations.ts";
import { restoreRoles } from "./roles.ts";
import {
  type Mailing,
  privateAbout,
  type RoomControlMessage,
  tellAbout,
  writeTo,
} from "./naming.ts";
import { awaitGuest } from "./guests.ts";
import { addRoomTask, listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";
import { utf8 } from "../../base/bytes.ts";
import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { isPassingFailure } from "../../protocol/failure.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_PAST_BYTES, MAX_PAST_TEXTS } from "../../protocol/peer/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { HistoryEntry } from "../store/history.ts";

const log = logger("client", "rooms");

/** Does what is to be done. What cannot be done now stays. Rejects as `Link.ask` does when the link ends. */
export async function runRoomTasks(
  messenger: Messenger,
  link: Link,
  { flush, isCaughtUp }: { flush: () => Promise<void>; isCaughtUp: boolean },
): Promise<void> {
  const tasks = listRoomTasks(messenger.profile.database);
  for (const task of tasks.filter(({ kind }) => kind === "invite")) {
    await invite(messenger, link, task);
  }
  await restoreRoles(messenger, tasks);
  // Who came in may have been put out again, in what was not read yet.
  if (!isCaughtUp) return;
  const welcomes = tasks.filter(({ kind }) => kind === "welcome");
  for (const conversation of new Set(welcomes.map((task) => task.conversation))) {
    await tellAbout(messenger, conversation);
  }
  const controlMessages = listRoomTasks(messenger.profile.database)
    .filter(({ kind }) => kind === "about" || kind === "welcome");
  for (const task of controlMessages) await tellNewcomer(messenger, link, { task, flush });
}

async function invite(messenger: Messenger, link: Link, task: PlacedTask): Promise<void> {
  const { profile, groups, conversations } = messenger;
  const { conversation, account } = task;
  const group = await groups.load(conversation);
  const membershipLog = group?.membershipLog;
  const peer = conversations.find(conversation)?.peer;
  if (group === undefined || membershipLog === undefined || membershipLog.members.has(account)) {
    return void removeRoomTask(profile.database, task);
  }
  try {
    const contact = await meet(messenger, link, account);
    requireTrust(contact);
    const at = { membershipLog, epoch: group.state.epoch };
    const entry = invitationFor(profile, at, { account, identity: contact.pinned });
    await link.ask("room.invite", { conversation }, await signEntry(profile, entry));
    profile.database.transaction(() => {
      removeRoomTask(profile.database, task);
      addRoomTask(profile.database, { ...task, kind: "about" });
      awaitGuest(profile.database, conversation, entry);
    });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.info("cannot invite", { reason: describeError(error) });
    // The room moved on meanwhile, the server cannot do it just now, or the person must accept an identity first: later.
    const isLater = error.code === "stale-epoch" || isPassingFailure(error.code);
    if (isLater || error instanceof TrustError) return;
    removeRoomTask(profile.database, task);
    if (peer === undefined) return;
    const text = `${account} could not be invited: ${error.message}`;
    await note(messenger, { conversation, peer, code: "not-invited", text });
  }
}

// What an account is told of a room between the two: its name with the invitation, and what was said since then.

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
async function tellNewcomer(
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
