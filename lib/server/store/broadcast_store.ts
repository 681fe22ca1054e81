/** What the server remembers of broadcasts. Part of the store; see `store.ts` for what every call must promise. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, BroadcastId } from "../../base/ids.ts";
import type { Sanction } from "./moderation_store.ts";

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
   * muted account says is not added: its mute comes back.
   */
  addBroadcast(
    options: { account: AccountId; id: BroadcastId; statement: Bytes; nowMs: number },
  ): Promise<{ number: number; atMs: number; isNew: boolean } | { mute: Sanction }>;
  /** In the order of their numbers. `latest` is the highest number that was ever given; 0 for none. */
  listBroadcasts(
    options: { after: number; sinceMs: number; limit: number },
  ): Promise<{ broadcasts: readonly StoredBroadcast[]; latest: number }>;
}
