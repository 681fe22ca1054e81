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

import type { AccountStore } from "./account_store.ts";
import type { BotTokenStore } from "./bot_token_store.ts";
import type { BroadcastStore } from "./broadcast_store.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import type { DeviceStore } from "./device_store.ts";
import type { ModerationStore, Sanction } from "./moderation_store.ts";
import type { AccountDataStore } from "./account_data_store.ts";
import type { RestoreStore } from "./restore_store.ts";
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
