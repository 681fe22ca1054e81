/**
 * What the server remembers. An interface from the first day, so that a database of several nodes can stand behind it;
 * one contract test suite runs against every implementation (tests/unit/server/store_contract.ts).
 *
 * An implementation
 * 1. MUST make each call atomic: it happens whole or not at all, and its conditions are checked in the same transaction;
 * 2. MUST have a call's changes on disk before its promise resolves;
 * 3. MUST apply calls in the order in which they were made, and MAY join many into one transaction (group commit);
 * 4. MUST NOT let one call's failure undo another's;
 * 5. MUST reject with StorageError `disk-full` when there is no room, keeping all that was acknowledged before;
 * 6. MUST NOT keep the bytes that it is given, nor take them away: the caller may use its buffers again at once.
 *
 * Lists of members come in the order in which the devices were made.
 *
 * What a well-behaved client runs into comes back as a result. What only a broken or hostile one does (or one that lost a
 * race against its own removal) rejects with a Refusal, its code one of `protocol/failure`.
 */

import type { Bytes } from "../base/bytes.ts";
import type {
  AccountId,
  AccountName,
  ConversationId,
  DeviceId,
  EnvelopeId,
  Fingerprint,
} from "../base/ids.ts";
import type { BotToken, BotTokenStore } from "./bot_token_store.ts";
import type { BroadcastStore } from "./broadcast_store.ts";
import type { Device, DeviceStore, NewDevice } from "./device_store.ts";
import type { NotebookStore } from "./notebook_store.ts";
import type { ModerationStore, Sanction } from "./moderation_store.ts";
import type { RestoreStore } from "./restore_store.ts";
import type { RoomStore } from "./room_store.ts";
import type { Member, Submission } from "./submission.ts";
import type { UploadStore } from "./upload_store.ts";

/** What an account starts with. */
export interface NewAccount {
  readonly account: AccountId;
  readonly name: AccountName;
  /** UTS #39 skeleton of the name; unique, so that no two names look alike (SR-46). */
  readonly skeleton: string;
  readonly identity: Fingerprint;
  readonly rosterEntry: Bytes;
  readonly recoveryCopy: Bytes;
  /** OPAQUE registration record as the library writes it. */
  readonly passwordRecord: string;
  readonly firstDevice: NewDevice;
  /** Hash of the registration token that this account uses up, when the server asks for one (SR-44). */
  readonly tokenHash?: Bytes;
  readonly nowMs: number;
}

/** What the server knows of an account; of its secrets only what it cannot open. */
export interface Account {
  readonly account: AccountId;
  readonly name: AccountName;
  readonly identity: Fingerprint;
  readonly rosterEntry: Bytes;
  /** Statement by which the identity before this one signed it, if there is one (SR-07). */
  readonly rotation: Bytes | undefined;
  readonly passwordRecord: string;
  /** The operator chose its password, and may know it. */
  readonly isImported: boolean;
  /** The devices that its identity gave up, as it signed them; its sequence is 0 while there are none (SR-10). */
  readonly revocation: Bytes | undefined;
  readonly revocationSequence: number;
  readonly createdMs: number;
  readonly lastSeenMs: number;
}

/** What an account starts with that the operator brings in. Its owner's client makes its identity at the first sign-in. */
export type ImportedAccount = Pick<
  NewAccount,
  "account" | "name" | "skeleton" | "passwordRecord" | "nowMs"
>;

/** Whether its owner has signed in and made its identity. Nobody finds an account before. */
export function isClaimed({ rosterEntry }: Account): boolean {
  return rosterEntry.length > 0;
}

/** What an account starts again with. */
export interface NewIdentity {
  readonly account: AccountId;
  readonly identity: Fingerprint;
  readonly rosterEntry: Bytes;
  readonly recoveryCopy: Bytes;
  readonly rotation: Bytes | undefined;
  readonly device: NewDevice;
  readonly nowMs: number;
}

/** What the server must tell apart: it orders commits and hands a Welcome to one device. */
export type EnvelopeType = "message" | "commit" | "welcome";

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

/**
 * What each envelope counts for beside its body, so that nobody fills the disk with empty ones: about what its row and its
 * places in indexes take.
 */
export const ENVELOPE_OVERHEAD_BYTES = 256;

/**
 * What may wait for one device over all conversations, and what of it may be from one account (SR-54). Commits and
 * Welcomes count, but only messages are refused: a group must stay able to move on. Over all conversations a device may get
 * a little more, as `Quota` says.
 */
export interface MailboxLimits {
  readonly perDeviceBytes: number;
  readonly perSenderBytes: number;
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

/** All calls reject with StorageError when the database cannot be used. The owner closes it. */
export interface Store
  extends
    NotebookStore,
    BotTokenStore,
    BroadcastStore,
    DeviceStore,
    ModerationStore,
    RestoreStore,
    RoomStore,
    UploadStore {
  // --- accounts ---
  /** One transaction: token, account, identity and first device (SR-44). The token is judged before the name. */
  createAccount(
    account: NewAccount,
  ): Promise<"created" | "name-taken" | "token-refused">;
  importAccount(account: ImportedAccount): Promise<"created" | "name-taken">;
  findAccount(account: AccountId): Promise<Account | undefined>;
  /** What decides whether an account, or a device of it, may come in: everything in one look. */
  findEntry(options: { account: AccountId; device?: DeviceId; nowMs: number }): Promise<{
    readonly account: Account | undefined;
    readonly device: Device | undefined;
    readonly kick: Sanction | undefined;
    readonly botToken: BotToken | undefined;
  }>;
  /** In order of the account id, after `after`; with `claimedOnly`, only those whose owner has signed in once. */
  listAccounts(
    options: { after?: AccountId; limit: number; claimedOnly?: boolean },
  ): Promise<{ accounts: readonly Account[]; total: number }>;
  findRecoveryCopy(account: AccountId): Promise<Bytes | undefined>;
  /** Ends the device sign-in of all other devices (SR-47). Refused with `unknown-account`, as in the next. */
  replacePassword(
    options: { account: AccountId; passwordRecord: string; keepDevice?: DeviceId },
  ): Promise<void>;
  /**
   * Replaces identity, roster entry and recovery copy; removes all devices, their key packages, mailboxes and places in
   * conversations; adds the one. Certificates of removed devices can still be found: others have yet to verify what they
   * sent.
   */
  replaceIdentity(identity: NewIdentity): Promise<void>;
  /**
   * As if it had never been, but for its id, which is never given out again (SR-06), and the certificates of its devices,
   * which others still need. `last-owner`: it is that of the server. `rooms`: those that it is in, each at the version at
   * which somebody looked who else owns it; `stale` when they are others by now; left out, they may be without an owner.
   * With `trial` nothing is done, and what may be done is `allowed`. Refused with `unknown-account`.
   */
  deleteAccount(
    options: {
      account: AccountId;
      nowMs: number;
      rooms?: readonly { conversation: ConversationId; version: number }[];
      trial?: boolean;
    },
  ): Promise<"deleted" | "allowed" | "last-owner" | "stale">;
  /** Never goes back. */
  setLastSeen(options: { account: AccountId; device?: DeviceId; nowMs: number }): Promise<void>;

  // --- registration tokens ---
  /** One that is known stays as it is. */
  addToken(options: { hash: Bytes; uses: number; expiresMs: number }): Promise<void>;
  /** Whether the token could be used now; using it up is part of `createAccount`. */
  checkToken(options: { hash: Bytes; nowMs: number }): Promise<boolean>;

  // --- conversations ---
  /**
   * Claims the one direct conversation of two accounts and appends its Welcome, addressed to `added` alone (SR-19).
   * `replaces` closes the present one; it must be the present one. What waits in the closed one can still be fetched.
   * `epoch` is that of the Welcome and the GroupInfo.
   */
  openDirect(
    submission: Submission & {
      peer: AccountId;
      added: DeviceId;
      replaces: ConversationId | undefined;
      welcome: Bytes;
      groupInfo: Bytes;
    },
  ): Promise<
    | { result: "opened" | "known"; seq: number }
    | { result: "taken"; conversation: ConversationId }
    | { result: "unknown-device" }
  >;
  /**
   * Appends a sealed message for all other member devices. In a direct conversation for all or none: when one of them has no
   * room, the sender is refused (SR-54). In a room a device that has no room is taken off the delivery list instead, so that
   * one who never reads does not silence all; it comes in again. `counts` gives the room's next number. What a
   * muted account sends is refused, but for what it sent before. Epochs older than the present minus 3, or after it, are
   * stale; `epoch` is then the present one.
   *
   * `recipients` are who gets it; left out when the caller has them already, for the delivery list of version `knownList`.
   */
  append(
    submission: Submission & {
      body: Bytes;
      limits: MailboxLimits;
      counts?: boolean;
      knownList?: number;
    },
  ): Promise<
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
    | { result: "not-member" | "stale-epoch" | "quota-exceeded"; epoch?: number }
    | { result: "muted"; mute: Sanction }
  >;
  /**
   * Compare-and-set on the epoch: appends a commit if the group is still in `epoch`, then the epoch is one higher
   * (SR-21, SR-25). `joins`: the device becomes a member, from its own commit on; its account must be one of the
   * conversation's. `added` is empty, or the one device that `welcome` is for (else `bad-message`), of an account of the
   * conversation (else `no-device`). A device that was a member before keeps what waits for it. `removed` get nothing
   * more from now on, not even what waited; the submitting device itself cannot be among them.
   *
   * `recipients` are who gets the commit. The Welcome is at `seq + 1`, in the new epoch, for `added[0]` alone.
   */
  commit(
    submission: Submission & {
      joins: boolean;
      added: readonly Member[];
      removed: readonly Member[];
      body: Bytes;
      groupInfo: Bytes;
      welcome: Bytes | undefined;
    },
  ): Promise<
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

  // --- upkeep ---
  /**
   * Deletes what is older than 30 days: unfetched envelopes (their devices see a gap) and what makes resending idempotent;
   * and expired tokens and invitations to rooms, and key packages past their lifetime of 28 days; sanctions that ended; what
   * is in the record for 180 days. A bounded part of it: while there is `more`, call again, after a pause that lets others in.
   */
  expire(nowMs: number): Promise<{ more: boolean }>;
  /** Finishes what was called before; what is called after rejects with StorageError `closed`. Closing twice is fine. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
