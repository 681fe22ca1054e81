/** The epochs of groups that this device was in: what forks are found by (SR-25, SR-27), and who was in charge of a room. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Profile } from "../profile/profile.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";

/** An epoch and its transcript hash. */
interface SeenEpoch {
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

/** Owners and moderators; whoever is missing is a plain member. */
export type RoomAdmins = ReadonlyMap<AccountId, RoomRole>;

/** Those of a membership log. */
export function roomAdminsOf({ members }: MembershipLog): RoomAdmins {
  const roles = [...members].map(([account, { role }]) => [account, role] as const);
  return new Map(roles.filter(([, role]) => role !== "member"));
}

/** For `Epochs.remember`. */
export function sealRoomAdmins(
  { vault }: Profile,
  membershipLog: MembershipLog,
  epoch: number,
): Promise<Bytes> {
  const { groupId } = membershipLog;
  return vault.sealValue("epoch.officers", `${groupId}.${epoch}`, [...roomAdminsOf(membershipLog)]);
}

/** Nobody, of an epoch before this device came in and of a direct conversation. */
export async function roomAdminsIn(
  { profile, groups: { epochs } }: {
    readonly profile: Profile;
    readonly groups: { readonly epochs: Epochs };
  },
  conversation: ConversationId,
  epoch: number,
): Promise<RoomAdmins> {
  const sealed = epochs.roomAdminsIn(conversation, epoch);
  if (sealed === undefined) return new Map();
  return new Map(
    await profile.vault.openValue("epoch.officers", `${conversation}.${epoch}`, sealed),
  );
}
