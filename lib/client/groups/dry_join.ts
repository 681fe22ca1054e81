/** Whether others could join by a GroupInfo, tried before it becomes the room's (SR-36). */

import { CryptoError } from "../../base/errors.ts";
import type { PendingCommit } from "../../crypto/mls/commit.ts";
import { joinExternally } from "../../crypto/mls/external_join.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { encodeCommitData, readCommitData } from "../../crypto/room/commit_data.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import type { Messenger } from "../store/messenger.ts";
import { ownDevice } from "../profile/profile.ts";

/** What nobody could join by must not become the room's GroupInfo (SR-36). Throws CryptoError `refused`. */
export async function tryDryJoin(
  { profile, verifier }: Messenger,
  { groupInfo, next }: Pick<PendingCommit, "groupInfo" | "next">,
  after: MembershipLog,
): Promise<void> {
  // A group of one device can be joined by no other leaf of that device, and nobody else's may be wrong in it.
  if (next.members.length === 1) return;
  const authenticatedData = encodeCommitData(after);
  const nowMs = profile.clock.nowMs();
  const read = await readCommitData(authenticatedData, after, { verifier, atMs: nowMs });
  if (read.kind !== "change") throw refusedCommit();
  const joined = await joinExternally(groupInfo, {
    groupId: next.groupId,
    device: ownDevice(profile),
    verifier,
    policy: roomPolicy(read.change),
    nowMs,
    authenticatedData,
  });
  if (joined.kind !== "pending") throw refusedCommit();
}

/** A commit that the rules of its group do not allow. */
export function refusedCommit(): CryptoError {
  return new CryptoError("refused", "Cannot change the conversation: its rules do not allow it");
}
