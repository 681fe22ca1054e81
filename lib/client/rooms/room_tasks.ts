/** What a device does in its rooms when it can: invites whom it was told to, and tells newcomers what they missed. */

import { utf8 } from "../../base/bytes.ts";
import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { newEnvelopeId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_PAST_BYTES, MAX_PAST_TEXTS } from "../../protocol/peer/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import { requireTrust } from "../messaging/contacts.ts";
import type { HistoryEntry } from "../messaging/history.ts";
import { meet } from "../messaging/meeting.ts";
import { type Messenger, note } from "../messaging/messenger.ts";
import { seal, type Sealing } from "../messaging/sealer.ts";
import { invitationFor, signEntry } from "./invitations.ts";
import { findAbout, listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";

const log = logger("client", "rooms");

/** As many texts are told again at most. */
const MAX_TOLD_AGAIN = 1000;
/** Clocks differ: what was said so shortly before an invitation is told too. */
const CLOCK_SLACK_MS = 5 * 60_000;

/** Does what is to be done. What cannot be done now stays. Rejects as `Link.ask` does when the link ends. */
export async function runRoomTasks(messenger: Messenger, link: Link): Promise<void> {
  const tasks = listRoomTasks(messenger.profile.database);
  for (const task of tasks.filter(({ kind }) => kind === "invite")) {
    await invite(messenger, link, task);
  }
  const byRoom = Map.groupBy(
    tasks.filter(({ kind }) => kind === "welcome"),
    ({ conversation }) => conversation,
  );
  for (const welcomes of byRoom.values()) await tellAgain(messenger, welcomes);
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

/** Name and topic, and what this device said since the newcomers were invited, once for all of them. */
async function tellAgain(messenger: Messenger, welcomes: readonly PlacedTask[]): Promise<void> {
  const { profile: { database }, conversations } = messenger;
  const [{ conversation }] = welcomes;
  if (!conversations.isIn(conversation, "active")) {
    for (const task of welcomes) removeRoomTask(database, task);
    return;
  }
  const sealings = [
    ...await aboutAgain(messenger, welcomes[0]),
    ...await textsAgain(messenger, welcomes),
  ];
  const done = () => welcomes.map((task) => removeRoomTask(database, task)).some(Boolean);
  if (sealings.length === 0) return void done();
  const isDue = () => listRoomTasks(database).some(({ place }) => place === welcomes[0].place);
  const last = sealings.length - 1;
  await seal(
    messenger,
    conversation,
    sealings.map((sealing, i) => ({ ...sealing, isDue, commit: () => i === last && done() })),
  );
}

type Letter = Omit<Sealing, "isDue" | "commit">;

/** By who is in charge, if the room has a name. */
async function aboutAgain(
  { profile, groups }: Messenger,
  { conversation }: PlacedTask,
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

async function textsAgain(
  { profile, history, conversations }: Messenger,
  welcomes: readonly PlacedTask[],
): Promise<readonly Letter[]> {
  const [{ conversation }] = welcomes;
  const peer = conversations.find(conversation)?.peer;
  const sinceMs = Math.min(...welcomes.map((task) => task.sinceMs)) - CLOCK_SLACK_MS;
  const epoch = Math.max(...welcomes.map((task) => task.epoch));
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
  // What was sealed in the newcomers' own epochs they can read themselves; what is not sealed yet, they will.
  const missed = said.filter(({ id }) => (sealedIn(id) ?? epoch) < epoch);
  return inParts(missed).map((part) => pastLetter(profile, part));
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
    payload: (chain) => encodePacket({ kind: "room.past", ...chain, items, sizes }, payload),
  };
}
