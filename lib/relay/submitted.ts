/** From what a device submits to what a log takes, and from what the log said to what the device and others are told. */

import type { Bytes } from "../base/bytes.ts";
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type EnvelopeId,
  parseConversationId,
  parseDeviceId,
  parseEnvelopeId,
} from "../base/ids.ts";
import { refuse } from "../protocol/failure.ts";
import type { ReplyFields, RequestFields } from "../protocol/hop/mod.ts";
import { splitSections } from "../protocol/sections.ts";
import type { EnvelopeType } from "./log_rules.ts";
import type {
  CommitContent,
  Envelope,
  Member,
  MessageLog,
  OpeningContent,
  Submission,
} from "./message_log.ts";

type Answer<Call extends keyof MessageLog> = Awaited<ReturnType<MessageLog[Call]>>;

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

/** Devices as a client names them. */
export function members(list: readonly { account: string; device: string }[]): Member[] {
  return list.map(({ account, device }) => ({
    // Only ever compared with stored ones.
    account: account as AccountId,
    device: deviceId(device),
  }));
}

/** What a request says of what it submits. */
export interface SubmittedFields {
  readonly conversation: string;
  readonly envelope: string;
  readonly number: number;
  readonly epoch: number;
}

/** Where a submission was stored, and with what. */
export interface StoredContent {
  readonly type: EnvelopeType;
  readonly seq: number;
  readonly body: Bytes;
  readonly atMs?: number;
  readonly place?: number | undefined;
}

/** What a session submits: who it is by comes from the session alone (SR-53). */
export function submissionOf(
  { account, device, generation }: Member & Pick<Submission, "generation">,
  fields: SubmittedFields,
  nowMs: number,
): Submission {
  return {
    conversation: conversationId(fields.conversation),
    account,
    device,
    generation,
    envelope: envelopeId(fields.envelope),
    number: fields.number,
    epoch: fields.epoch,
    nowMs,
  };
}

/** What a `relay.open` brings along. Throws ProtocolError, Refusal. */
export function readOpening(fields: RequestFields<"relay.open">, payload: Bytes): OpeningContent {
  const [welcome, groupInfo] = splitSections(payload, fields.sizes, 2);
  const { added, replaces } = fields;
  return {
    added: deviceId(added),
    replaces: replaces === undefined ? undefined : conversationId(replaces),
    welcome,
    groupInfo,
  };
}

/** What a `relay.commit` brings along. Throws ProtocolError, Refusal. */
export function readCommit(fields: RequestFields<"relay.commit">, payload: Bytes): CommitContent {
  const [body, groupInfo, welcome] = splitSections(payload, fields.sizes, 3);
  return {
    joins: fields.joins,
    added: members(fields.added),
    removed: members(fields.removed),
    body,
    groupInfo,
    welcome: welcome.length === 0 ? undefined : welcome,
  };
}

/** What others are to get of a submission that was stored. */
export function storedEnvelope(
  { conversation, envelope, epoch, account, device, nowMs }: Submission,
  { type, seq, body, atMs = nowMs, place }: StoredContent,
): Envelope {
  return { conversation, seq, envelope, type, epoch, account, device, atMs, place, body };
}

/** Throws Refusal `no-device`. */
export function answerOpening(
  outcome: Answer<"openDirect">,
  conversation: ConversationId,
): ReplyFields<"relay.open"> {
  if (outcome.result === "unknown-device") {
    throw refuse("no-device", "That device is gone: fetch another key package");
  }
  return outcome.result === "taken"
    ? { opened: false, conversation: outcome.conversation }
    : { opened: true, conversation };
}

/** Who is no member, or muted, the caller tells why. Throws Refusal `stale-epoch`, `quota-exceeded`. */
export function answerMessage(
  outcome: Exclude<Answer<"append">, { result: "not-member" | "muted" }>,
): ReplyFields<"relay.send"> {
  switch (outcome.result) {
    case "stale-epoch":
      throw refuse("stale-epoch", "The conversation has moved on", { epoch: outcome.epoch });
    case "quota-exceeded":
      throw refuse("quota-exceeded", "Too many messages already wait for the other side");
  }
  const { seq, atMs, place } = outcome;
  return { seq, atMs, ...(place === undefined ? {} : { place }) };
}

/** Who is no member the caller tells why. */
export function answerCommit(
  outcome: Exclude<Answer<"commit">, { result: "not-member" }>,
): ReplyFields<"relay.commit"> {
  const { result, epoch } = outcome;
  return result === "conflict"
    ? { accepted: false, epoch, seq: 0 }
    : { accepted: true, epoch, seq: outcome.seq };
}
