/**
 * What the log of a conversation takes, and what it answers instead. Whoever keeps a log looks up what is known, asks here, and
 * writes, all in one transaction.
 */

import { Refusal } from "../base/errors.ts";
import { refuse } from "../protocol/failure.ts";
import type { PushFields } from "../protocol/hop/mod.ts";
import { MIB } from "../protocol/limits.ts";

/** What is told apart of what is sealed: commits are ordered, and a Welcome is for one device. */
export type EnvelopeType = PushFields<"relay.envelope">["type"];

/** Members keep the secrets of as many epochs (e2ee.md §1.3); what is sealed in an older one nobody can open. */
const OPEN_PAST_EPOCHS = 3;

/**
 * What may wait for one device over all conversations, and what of it may be from one account (SR-54). Commits and
 * Welcomes count, but only messages are refused: a group must stay able to move on.
 */
export interface MailboxLimits {
  readonly perDeviceBytes: number;
  readonly perSenderBytes: number;
}

/** Those that are asked for. One sender fills no mailbox for all others. */
export const MAILBOX_LIMITS: MailboxLimits = {
  perDeviceBytes: 256 * MIB,
  perSenderBytes: 64 * MIB,
};
/**
 * What each envelope counts for beside its body, so that nobody fills the disk with empty ones: about what its row and its
 * places in indexes take.
 */
export const ENVELOPE_OVERHEAD_BYTES = 256;

/**
 * A member that lacks less than this part of what may wait for a device in all is not looked at: so those who keep up cost
 * nothing. Of 256 MiB it is 1 MiB a conversation, by which a device may get more than it should.
 */
export const OVERLOOKED_PART = 256;
/** A conversation is looked through once in this part of it: of 256 MiB, each 64 KiB. Members may be away by hundreds. */
export const UNCHECKED_PART = 4096;

/** How much less than its limits a mailbox has with `sizeBytes` more; below 0 when there is no room for them. */
export function leftInMailbox(
  waiting: { readonly fromAllBytes: number; readonly fromSenderBytes: number },
  sizeBytes: number,
  { perDeviceBytes, perSenderBytes }: MailboxLimits,
): number {
  const { fromAllBytes, fromSenderBytes } = waiting;
  return Math.min(perDeviceBytes - fromAllBytes, perSenderBytes - fromSenderBytes) - sizeBytes;
}

/**
 * The device that submits something, as it stands now, if it may. Throws Refusal `device-refused`, and `not-signed-in` when it
 * was signed out or the sessions of its account were ended since it was let in.
 */
export function requireSender<
  Sender extends { readonly isSignedIn: boolean; readonly generation: number },
>(sender: Sender | undefined, submitted: { readonly generation: number }): Sender {
  if (sender === undefined) throw refuse("device-refused", "This device was removed");
  if (sender.isSignedIn && sender.generation === submitted.generation) return sender;
  throw refuse("not-signed-in", "This device was signed out: sign in again");
}

/** What is stored under an outbox number of a device. */
export interface FirstSubmission {
  readonly conversation: string;
  readonly envelope: string;
  readonly type: EnvelopeType;
}

/**
 * A resend gets the answer to the first submission under its number (SR-20). Throws Refusal `bad-message` when that was another
 * envelope: the profile was copied or restored (SR-23), and that answer would make the device believe that this one was stored.
 */
export function requireSame(
  first: FirstSubmission,
  submitted: Pick<FirstSubmission, "conversation" | "envelope">,
  type: EnvelopeType,
): void {
  const isSame = first.envelope === submitted.envelope && first.type === type &&
    first.conversation === submitted.conversation;
  if (!isSame) throw numberUsed();
}

/** Under this number something else was stored. */
export function numberUsed(): Refusal {
  return refuse("bad-message", "This outbox number was used for another envelope");
}

/**
 * Whether a conversation may be claimed as the one of two accounts (SR-19): undefined, or the one that is there already.
 * `replaces`: the one to close, which must be the present one. `isUsed`: its id was taken before. Throws Refusal
 * `unknown-conversation`, `bad-message`.
 */
export function judgeOpening<Id extends string>(
  { present, replaces, isUsed }: {
    readonly present: Id | undefined;
    readonly replaces: string | undefined;
    readonly isUsed: boolean;
  },
): Id | undefined {
  if (present !== undefined && present !== replaces) return present;
  if (present === undefined && replaces !== undefined) {
    throw refuse("unknown-conversation", "No open conversation to replace");
  }
  // Once known is known for ever: a second group under an old id would take its place at members (SR-18).
  if (isUsed) throw refuse("bad-message", "This conversation id was used before");
  return undefined;
}

/** What is known of what is submitted. */
export interface Submitted<First, Place> {
  /** What the same was answered before. */
  readonly first: First | undefined;
  /** In which epoch it was sealed. */
  readonly epoch: number;
  /** Where the conversation is. Undefined when it is closed, or the sender may not write there. */
  readonly place: Place | undefined;
}

/** What becomes of a message; with `fits` it may be stored, once `full` are off the delivery list. */
export type JudgedMessage<First, Place, Mute, Full> =
  | { readonly result: "known"; readonly first: First }
  | { readonly result: "muted"; readonly mute: Mute }
  | { readonly result: "not-member" | "quota-exceeded" }
  | { readonly result: "stale-epoch"; readonly epoch: number }
  | { readonly result: "fits"; readonly place: Place; readonly full: readonly Full[] };

/**
 * A message, by whose it is, how old, and who has room for it. `mute`: why the sender may say nothing now, but for what it said
 * before. `listFull`: the other members without room, asked last, because it costs most. In a direct conversation they keep the
 * message out, in a room they are left out themselves.
 */
export function judgeMessage<
  First,
  Place extends { readonly epoch: number; readonly room?: number | undefined },
  Full,
  Mute = never,
>(
  { first, mute, epoch, place, listFull }: Submitted<First, Place> & {
    readonly mute?: Mute | undefined;
    readonly listFull: (place: Place) => readonly Full[];
  },
): JudgedMessage<First, Place, Mute, Full> {
  if (first !== undefined) return { result: "known", first };
  if (mute !== undefined) return { result: "muted", mute };
  if (place === undefined) return { result: "not-member" };
  if (epoch > place.epoch || epoch < place.epoch - OPEN_PAST_EPOCHS) {
    return { result: "stale-epoch", epoch: place.epoch };
  }
  const full = listFull(place);
  if (full.length > 0 && place.room === undefined) return { result: "quota-exceeded" };
  return { result: "fits", place, full };
}

/** What becomes of a commit; with `fits` it may be stored. `epoch` is the one that the conversation is in then. */
export type JudgedCommit<Place> =
  | { readonly result: "known"; readonly seq: number; readonly epoch: number }
  | { readonly result: "not-member" }
  | { readonly result: "conflict"; readonly epoch: number }
  | { readonly result: "fits"; readonly place: Place };

/** A commit: the first one in an epoch wins it (SR-21, SR-25), and then the epoch is one higher. */
export function judgeCommit<Place extends { readonly epoch: number }>(
  { first, epoch, place }: Submitted<{ readonly seq: number; readonly epoch: number }, Place>,
): JudgedCommit<Place> {
  if (first !== undefined) return { result: "known", seq: first.seq, epoch: first.epoch + 1 };
  if (place === undefined) return { result: "not-member" };
  if (epoch !== place.epoch) return { result: "conflict", epoch: place.epoch };
  return { result: "fits", place };
}

/** Group states of as many epochs are kept for those who join (SR-36). */
export const KEPT_GROUP_INFOS = 3;

/** The device that a commit adds, if it does. Throws Refusal `bad-message`. */
export function requireOneAdded<Added>(
  added: readonly Added[],
  welcome: Uint8Array | undefined,
): Added | undefined {
  if (added.length === (welcome === undefined ? 0 : 1)) return added[0];
  throw refuse("bad-message", "A commit adds one device with a Welcome, or none");
}
