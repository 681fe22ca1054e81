/** What every request has in common by which a device submits something: who says it, what it may cost, who gets it. */

import type { Bytes } from "../../base/bytes.ts";
import type { Refusal } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type EnvelopeId,
  parseConversationId,
  parseDeviceId,
  parseEnvelopeId,
} from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Parts } from "../parts.ts";
import { refuse } from "../refusal.ts";
import type { StateOf } from "../session.ts";
import { ENVELOPE_OVERHEAD_BYTES, type EnvelopeType } from "../conversation_store.ts";
import type { Member, Submission } from "../submission.ts";

const log = logger("server", "relay");

/** The validators have checked the patterns; these only give the brands. */
export function conversationId(text: string): ConversationId {
  const id = parseConversationId(text);
  if (id === undefined) throw refuse("bad-message", "Cannot read conversation id");
  return id;
}

/** See `conversationId`. */
export function deviceId(text: string): DeviceId {
  const id = parseDeviceId(text);
  if (id === undefined) throw refuse("bad-message", "Cannot read device id");
  return id;
}

function envelopeId(text: string): EnvelopeId {
  const id = parseEnvelopeId(text);
  if (id === undefined) throw refuse("bad-message", "Cannot read envelope id");
  return id;
}

/** Sender account and device come from the session alone (SR-53). */
export function submission(
  parts: Parts,
  state: StateOf<"ready">,
  fields: { conversation: string; envelope: string; number: number; epoch: number },
): Submission {
  return {
    conversation: conversationId(fields.conversation),
    account: state.account,
    device: state.device,
    envelope: envelopeId(fields.envelope),
    number: fields.number,
    epoch: fields.epoch,
    nowMs: parts.clock.nowMs(),
  };
}

/** Commits and Welcomes are never refused for what waits already (SR-54), so their rate is what bounds them (SR-35). */
export function chargeCommit(
  { commits, commitBytes }: Parts,
  { account }: StateOf<"ready">,
  { conversation, payload }: { conversation: ConversationId; payload: Bytes },
): void {
  requireRate(commits.take(`${account} ${conversation}`), "Too many changes lately");
  const bytes = payload.length + ENVELOPE_OVERHEAD_BYTES;
  requireRate(commitBytes.take(account, bytes), "Too much was committed lately");
}

/** Refuses with `rate-limited` while there are seconds to wait. */
export function requireRate(retryAfterSeconds: number, message: string): void {
  if (retryAfterSeconds > 0) throw refuse("rate-limited", message, { retryAfterSeconds });
}

/** Devices as a client names them. */
export function members(list: readonly { account: string; device: string }[]): Member[] {
  return list.map(({ account, device }) => ({
    // Only ever compared with stored ones.
    account: account as AccountId,
    device: deviceId(device),
  }));
}

/** Tells the devices that are connected. */
export function deliver(
  parts: Parts,
  submitted: Submission,
  stored: {
    type: EnvelopeType;
    seq: number;
    body: Bytes;
    recipients: readonly Member[];
    atMs?: number;
    place?: number;
  },
): void {
  const { conversation, envelope, epoch, account, device, nowMs } = submitted;
  const { type, seq, body, place, atMs = nowMs } = stored;
  parts.mailboxes.deliver(
    { conversation, seq, envelope, type, epoch, account, device, atMs, place, body },
    stored.recipients,
  );
}

/** What to say to a device that is not on the delivery list: of a room that was repaired, that it was (SR-35). */
export async function notMember(
  { store }: Parts,
  { conversation, account }: Submission,
): Promise<Refusal> {
  return await store.findReplacedRoom({ conversation, account }) === undefined
    ? refuse("not-member", "This device is not in the conversation")
    : refuse("room-repaired", "An owner repaired this room: come in again");
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
