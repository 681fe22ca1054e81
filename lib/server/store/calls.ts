/** The store as plain synchronous calls. */

import type { ModerationStore } from "../moderation_store.ts";
import type { RestoreStore } from "../restore_store.ts";
import type { RoomStore } from "../room_store.ts";
import type { Store } from "../store.ts";
import type { UploadStore } from "../upload_store.ts";

/** The calls of `Store` that go to the database. */
export type CallName = Exclude<keyof Store, "close" | typeof Symbol.asyncDispose>;

/** Every call of `Store`, without the waiting. To be made inside a transaction. */
export type StoreCalls = {
  readonly [Name in CallName]: (
    ...args: Parameters<Store[Name]>
  ) => Awaited<ReturnType<Store[Name]>>;
};

/** The calls about broadcasts. */
export type BroadcastCallName = "addBroadcast" | "listBroadcasts";

/** The calls about roles, sanctions and the record. Who may come in is asked of the accounts. */
export type ModerationCallName = keyof ModerationStore;

/** The calls about rooms. */
export type RoomCallName = keyof RoomStore;

/** The calls about uploads. */
export type UploadCallName = keyof UploadStore;

/** The calls about being restored. */
export type RestoreCallName = keyof RestoreStore;

/** What keeps the whole of it in bounds. */
export type UpkeepCallName = "expire";

/** The calls about conversations and what is in them; the others are about accounts. */
export type EnvelopeCallName =
  | "openDirect"
  | "append"
  | "commit"
  | "findGroup"
  | "findWinner"
  | "listConversations"
  | "countWaiting"
  | "listWaiting"
  | "fetch"
  | "acknowledge"
  | "highestNumber";

/** What calls have left to be written together, at the latest at the end of their transaction. */
export interface Unsettled {
  /** Writes it. */
  settle(): void;
  /** Drops it, with all that was read for it. */
  forget(): void;
}
