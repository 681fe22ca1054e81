/**
 * The logs of conversations: who said what in which order, and what of it waits for whom. One contract suite runs against every
 * implementation (tests/unit/relay/message_log_contract.ts).
 */

import type { Bytes } from "../base/bytes.ts";
import type { AccountId, ConversationId, DeviceId, EnvelopeId } from "../base/ids.ts";
import type { EnvelopeType, MailboxLimits } from "./log_rules.ts";

/** A device on the delivery list of a conversation, or one that asks or is named for it. */
export interface Member {
  readonly account: AccountId;
  readonly device: DeviceId;
}

/**
 * What every write by a device carries: its conditions, and the ground of idempotent resending (SR-20, SR-23). Refused with
 * `device-refused` when the device was removed, and with `not-signed-in` when it was signed out.
 */
export interface Submission {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly device: DeviceId;
  /**
   * The account's, when whoever submits was let in. Refused with `not-signed-in` when it is another by now: the account's
   * sessions were ended meanwhile, and whoever ends this one is still on the way (SR-47).
   */
  readonly generation: number;
  /** New in the conversation, else `envelope-known`. */
  readonly envelope: EnvelopeId;
  /**
   * The device's outbox number. What was stored under (device, number) is stored once: for long the same again is `known` and
   * gives the first answer again, whatever else it carries now. Nobody is to be told: the mailboxes have it. With another
   * envelope, kind of call or conversation it is refused with `bad-message`: the device's profile is a copy. A submission
   * that was not stored is not remembered; the same again is judged again.
   */
  readonly number: number;
  readonly epoch: number;
  readonly nowMs: number;
}

/** What begins a conversation, beside who does it with whom. */
export interface OpeningContent {
  readonly added: DeviceId;
  readonly replaces: ConversationId | undefined;
  readonly welcome: Bytes;
  readonly groupInfo: Bytes;
}

/** See `MessageLog.openDirect`. */
export interface Opening extends Submission, OpeningContent {
  readonly peer: AccountId;
}

/** See `MessageLog.append`. */
export interface MessageSubmission extends Submission {
  readonly body: Bytes;
  readonly limits: MailboxLimits;
  readonly counts?: boolean;
  readonly knownList?: number;
}

/** A commit, and who comes and goes by it. */
export interface CommitContent {
  readonly joins: boolean;
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  readonly body: Bytes;
  readonly groupInfo: Bytes;
  readonly welcome: Bytes | undefined;
}

/** See `MessageLog.commit`. */
export interface CommitSubmission extends Submission, CommitContent {}

/** One sealed thing in its place, with who sent it by the session's word (SR-53). */
export interface Envelope {
  readonly conversation: ConversationId;
  /** Place in the conversation, from 1, without gaps at the time of writing. */
  readonly seq: number;
  readonly envelope: EnvelopeId;
  readonly type: EnvelopeType;
  readonly epoch: number;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly atMs: number;
  /** The number of something said in its room. */
  readonly place: number | undefined;
  readonly body: Bytes;
}

/** One open conversation as one device sees it. */
export interface ConversationSummary {
  readonly conversation: ConversationId;
  readonly peer: AccountId;
  readonly epoch: number;
  /** Whether the asking device is on the delivery list. */
  readonly member: boolean;
  /** Whether a Welcome for it waits: then it must not come in by another way. */
  readonly welcome: boolean;
}

/**
 * Direct conversations and rooms: who gets what in which order. `Mute`: what a log that can silence an account says of it.
 *
 * An implementation
 * 1. MUST make each call atomic, and judge its conditions in the same transaction, by the rules of `log_rules.ts`;
 * 2. MUST have a call's changes on disk before its promise resolves;
 * 3. MUST apply calls in the order in which they were made;
 * 4. MUST NOT keep the bytes that it is given, nor take them away: the caller may use its buffers again at once.
 */
export interface MessageLog<Mute = unknown> {
  /**
   * Claims the one direct conversation of two accounts and appends its Welcome, addressed to `added` alone (SR-19).
   * `replaces` closes the present one; it must be the present one. What waits in the closed one can still be fetched.
   * `epoch` is that of the Welcome and the GroupInfo.
   */
  openDirect(opening: Opening): Promise<
    | { result: "opened" | "known"; seq: number }
    | { result: "taken"; conversation: ConversationId }
    | { result: "unknown-device" }
  >;
  /**
   * Appends a sealed message for all other member devices. In a direct conversation for all or none: when one of them has no
   * room by `limits`, the sender is refused (SR-54). In a room a device that has no room is taken off the delivery list instead,
   * so that one who never reads does not silence all; it comes in again. `counts` gives the room's next number. What a muted
   * account sends is refused, but for what it sent before. Epochs older than the present minus 3, or after it, are stale;
   * `epoch` is then the present one.
   *
   * `recipients` are who gets it; left out when the caller has them already, for the delivery list of version `knownList`.
   */
  append(submission: MessageSubmission): Promise<
    | {
      result: "appended";
      seq: number;
      atMs: number;
      place: number | undefined;
      listVersion: number | undefined;
      recipients: readonly Member[] | undefined;
      /** The room's number. */
      room?: number;
    }
    | { result: "known"; seq: number; atMs: number; place: number | undefined }
    | { result: "not-member" }
    | { result: "stale-epoch"; epoch: number }
    | { result: "quota-exceeded" }
    | { result: "muted"; mute: Mute }
  >;
  /**
   * Compare-and-set on the epoch: appends a commit if the group is still in `epoch`, then the epoch is one higher
   * (SR-21, SR-25). `joins`: the device becomes a member, from its own commit on; its account must be one of the
   * conversation's. `added` is empty, or the one device that `welcome` is for (else `bad-message`), of an account of the
   * conversation (else `no-device`); a log whose members are always the same refuses any with `not-allowed`. A device that was
   * a member before keeps what waits for it. `removed` get nothing more from now on, not even what waited; the submitting
   * device itself cannot be among them.
   *
   * `recipients` are who gets the commit. The Welcome is at `seq + 1`, in the new epoch, for `added[0]` alone.
   */
  commit(submission: CommitSubmission): Promise<
    | { result: "committed"; seq: number; epoch: number; recipients: readonly Member[] }
    | { result: "known"; seq: number; epoch: number }
    | { result: "conflict"; epoch: number }
    | { result: "not-member" }
  >;
  /** Undefined when the account is not one of the conversation's, or it is closed. */
  findGroup(options: { conversation: ConversationId; account: AccountId }): Promise<
    { epoch: number; groupInfo: Bytes } | undefined
  >;
  /** The envelope id of the commit that ended `epoch`; never forgotten. Of closed conversations too. */
  findWinner(
    options: { conversation: ConversationId; account: AccountId; epoch: number },
  ): Promise<EnvelopeId | undefined>;
  /** The open conversations of an account. */
  listConversations(options: Member): Promise<readonly ConversationSummary[]>;
  /** What waits for a device: envelopes after its cursors that it did not send itself, welcomes for it included. */
  countWaiting(device: DeviceId): Promise<number>;
  /** Where to go on reading, by conversation: those that have more than the device acknowledged. */
  listWaiting(device: DeviceId): Promise<
    readonly { conversation: ConversationId; afterSeq: number }[]
  >;
  /**
   * In order of `seq`, without what the device sent itself or what is addressed to another. The first one comes however
   * large it is; `maxBytes` counts overhead too.
   */
  fetch(
    options: {
      device: DeviceId;
      conversation: ConversationId;
      afterSeq: number;
      limit: number;
      maxBytes: number;
    },
  ): Promise<readonly Envelope[]>;
  /** Moves the cursor, never back and never past the last envelope; deletes bodies that every device has passed (SR-53, SR-54). */
  acknowledge(
    options: { device: DeviceId; conversation: ConversationId; seq: number },
  ): Promise<void>;
  /** Highest outbox number that was ever taken from this device; 0 for none (SR-23). */
  highestNumber(device: DeviceId): Promise<number>;
}
