/** What every request has in common by which a device submits something: who says it, what it may cost, who gets it. */

import type { Bytes } from "../../base/bytes.ts";
import type { Refusal } from "../../base/errors.ts";
import type { ConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { isListedIn } from "../../crypto/mls/group_removals.ts";
import { type ContentType, readMessageHead } from "../../crypto/mls/message_head.ts";
import { readRemovals } from "../../crypto/mls/removed_devices.ts";
import type { Bus } from "../bus/bus.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { RoomStore } from "../store/room_store.ts";
import { refuse } from "../../protocol/failure.ts";
import type { StateOf } from "../sessions/session.ts";
import type { Member, MessageLog, Submission } from "../../relay/message_log.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../relay/log_rules.ts";
import { type StoredContent, storedEnvelope } from "../../relay/submitted.ts";

const log = logger("server", "relay");

/**
 * A message in the envelope of a commit, a commit in that of a message, or one of another epoch than it is ordered for would leave
 * the server at another epoch than the members. What is no MLS message at all they see for themselves. Throws Refusal
 * `bad-message`.
 */
export function requireContent(body: Bytes, type: ContentType, epoch?: number): void {
  const head = readMessageHead(body);
  if (head === undefined) return;
  if (head.type === type && (epoch === undefined || head.epoch === epoch)) return;
  throw refuse("bad-message", `This is not a ${type} for that epoch`);
}

/** Commits and Welcomes are never refused for what waits already (SR-54), so their rate is what bounds them (SR-35). */
export async function chargeCommit(
  { counters }: { counters: Counters },
  { account }: StateOf<"ready">,
  { conversation, payload }: { conversation: ConversationId; payload: Bytes },
): Promise<void> {
  await requireRate(counters, "commits", { key: `${account} ${conversation}` });
  const count = payload.length + ENVELOPE_OVERHEAD_BYTES;
  await requireRate(counters, "commitBytes", { key: account, count });
}

/**
 * A device whose removal the members have agreed on does not join, though a server that was restored from a backup may have
 * forgotten it: no member would follow, and the conversation would stand still (SR-10, SR-58).
 */
export async function requireNotListed(
  { store, identity: { serverId } }: {
    store: AccountStore & MessageLog;
    identity: ServerIdentity;
  },
  { conversation, account, device: deviceId }: Submission,
): Promise<void> {
  const group = await store.findGroup({ conversation, account });
  const found = await store.findAccount(account);
  if (group === undefined || found === undefined) return;
  const device = { accountId: account, identity: found.identity, deviceId };
  const reader = { readRemovals: (bytes: Bytes) => readRemovals(bytes, serverId) };
  if (!await isListedIn(group.groupInfo, device, reader)) return;
  throw refuse("device-removed", "This device was removed from your account");
}

/** Tells the devices that are connected, at whichever node. */
export function deliver(
  { bus }: { bus: Bus },
  submitted: Submission,
  stored: StoredContent & { readonly recipients: readonly Member[] },
): void {
  const envelope = storedEnvelope(submitted, stored);
  bus.publish("envelope.stored", { envelopes: [envelope], recipients: stored.recipients });
}

/** What to say to a device that is not on the delivery list: of a room that was repaired, that it was (SR-35). */
export async function notMember(
  { store }: { store: RoomStore },
  { conversation, account }: Submission,
): Promise<Refusal> {
  return await store.findReplacedRoom({ conversation, account }) === undefined
    ? refuse("not-member", "This device is not in the conversation")
    : refuse("room-repaired", "An owner repaired this room: rejoin it");
}

/** Row S3.34: something was said in a room, and nothing of what. Every line of talk is one, so it is for who asks for them. */
export function logSaid(
  { accountName: name }: StateOf<"ready">,
  { room, place }: { room: number | undefined; place: number | undefined },
): void {
  if (room !== undefined && place !== undefined) {
    log.debug("room.message", { name, room, number: place });
  }
}
