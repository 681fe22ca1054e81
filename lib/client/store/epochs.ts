/** The epochs of groups that this device was in, and what it saw then: what forks are found by (SR-25, SR-27). */

import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId } from "../../base/ids.ts";
import type { Profile } from "../profile/profile.ts";

/** An epoch and its transcript hash. */
export interface SeenEpoch {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly transcript: Bytes;
  /** Who was in charge of a room then, sealed. */
  readonly roomAdmins?: Bytes | undefined;
}

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class Epochs {
  readonly #profile: Pick<Profile, "database" | "clock">;

  constructor(profile: Pick<Profile, "database" | "clock">) {
    this.#profile = profile;
  }

  /** The first hash that was seen stays. */
  remember({ conversation, epoch, transcript, roomAdmins }: SeenEpoch): void {
    const { database, clock } = this.#profile;
    database.command("INSERT OR IGNORE INTO epoch VALUES (?, ?, ?, ?, ?)")
      .run(conversation, epoch, transcript, clock.nowMs(), roomAdmins ?? null);
  }

  /** See `SeenEpoch`. */
  roomAdminsIn(conversation: ConversationId, epoch: number): Bytes | undefined {
    return this.#profile.database.query(
      "SELECT officers FROM epoch WHERE conversation = ? AND epoch = ?",
      (row) => row.optionalBytes("officers"),
    ).first(conversation, epoch);
  }

  /** The transcript hash that this device saw in an epoch. */
  transcriptOf(conversation: ConversationId, epoch: number): Bytes | undefined {
    return this.#profile.database.bytes(
      "SELECT transcript FROM epoch WHERE conversation = ? AND epoch = ?",
      conversation,
      epoch,
    );
  }

  /** The newest epoch that began before `beforeMs`: those before it ended earlier still. */
  lastBefore(conversation: ConversationId, beforeMs: number): number | undefined {
    return this.#profile.database.integer(
      "SELECT epoch FROM epoch WHERE conversation = ? AND since_ms <= ? ORDER BY epoch DESC LIMIT 1",
      conversation,
      beforeMs,
    );
  }

  /** With the end of a conversation. */
  forget(conversation: ConversationId): void {
    this.#profile.database.command("DELETE FROM epoch WHERE conversation = ?").run(conversation);
  }
}
