/**
 * What the server remembers. An interface from the first day, so that a database of several nodes can stand behind it;
 * one contract test suite runs against every implementation (tests/unit/server/store_contract.ts).
 *
 * An implementation
 * 1. MUST make each call atomic: it happens whole or not at all, and its conditions are checked in the same transaction;
 * 2. MUST have a call's changes on disk before its promise resolves;
 * 3. MUST apply calls in the order in which they were made, and MAY join many into one transaction (group commit); `listWaiting` MAY
 *    see what comes after it, `fetch` and `filterWaiting` may miss what was not waited for;
 * 4. MUST NOT let one call's failure undo another's;
 * 5. MUST reject with StorageError `disk-full` when there is no room, keeping all that was acknowledged before;
 * 6. MUST NOT keep the bytes that it is given, nor take them away: the caller may use its buffers again at once.
 *
 * Lists of members come in the order in which the devices were made.
 *
 * What a well-behaved client runs into comes back as a result. What only a broken or hostile one does (or one that lost a
 * race against its own removal) rejects with a Refusal, its code one of `protocol/failure`.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, BroadcastId, ConversationId, DeviceId } from "../../base/ids.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import type { AccountDataStore, AccountStore, BotTokenStore } from "./account_store.ts";
import type { DeviceStore } from "./device_store.ts";
import type { ModerationStore, Sanction } from "./moderation_store.ts";
import type { RoomStore } from "./room_store.ts";
import type { UploadStore } from "./upload_store.ts";

/** All calls reject with StorageError when the database cannot be used. The owner closes it. */
export interface Store
  extends
    AccountStore,
    MessageLog<Sanction>,
    AccountDataStore,
    BotTokenStore,
    BroadcastStore,
    DeviceStore,
    ModerationStore,
    RestoreStore,
    RoomStore,
    UploadStore {
  /** Those of `devices` that something waits for, see `listWaiting`: what of them all was missed, in one call. */
  filterWaiting(devices: readonly DeviceId[]): Promise<readonly DeviceId[]>;
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

/** The calls of `Store`: all of it but its end. */
export type CallName = Exclude<keyof Store, "close" | typeof Symbol.asyncDispose>;

/** What a call gives back, without the waiting. */
export type Answer<Name extends CallName> = Awaited<ReturnType<Store[Name]>>;

// What the server remembers of being restored. Part of the store; see `store.ts` for what every call must promise.

/** Where a conversation was in a backup that was restored: a device that is beyond it knows what is gone (SR-58). */
export interface RestoredPlace {
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** The last envelope that the backup has. */
  readonly seq: number;
}

/** The calls about the lives of the database; see `store/incarnation.ts`. */
export interface RestoreStore {
  /** The present one: 16 bytes in hexadecimal, new after each restore. */
  findIncarnation(): Promise<string>;
  /**
   * The open conversations that an account had at the restores after incarnation `known`, the earliest place of each, in the
   * order of their ids, from the one after `after`. One that is not among them was begun later, or is forgotten.
   */
  listRestored(
    options: {
      account: AccountId;
      known: string;
      after: ConversationId | undefined;
      limit: number;
    },
  ): Promise<readonly RestoredPlace[]>;
}

// What the server remembers of broadcasts. Part of the store; see `store.ts` for what every call must promise.

/** A broadcast in its place, as its sender signed it (SR-60). */
export interface StoredBroadcast {
  /** From 1, without gaps; never given out again. */
  readonly number: number;
  /** Never before that of the number before. */
  readonly atMs: number;
  readonly statement: Bytes;
}

/** Broadcasts that can still be read: whoever was away for more of them misses the oldest. */
export const KEPT_BROADCASTS = 10_000;

/** The calls about broadcasts. */
export interface BroadcastStore {
  /**
   * Gives a broadcast its number and time, and keeps the newest `KEPT_BROADCASTS`. One whose id is known is not added
   * again: the same statement of the same account gives the first answer, with `isNew` false; else `bad-message`. What a
   * kicked or muted account says is not added: its kick or mute comes back.
   */
  addBroadcast(
    options: { account: AccountId; id: BroadcastId; statement: Bytes; nowMs: number },
  ): Promise<{ number: number; atMs: number; isNew: boolean } | { sanction: Sanction }>;
  /** In the order of their numbers. `latest` is the highest number that was ever given; 0 for none. */
  listBroadcasts(
    options: { after: number; sinceMs: number; limit: number },
  ): Promise<{ broadcasts: readonly StoredBroadcast[]; latest: number }>;
}
