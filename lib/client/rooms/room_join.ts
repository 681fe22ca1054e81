/** The external commit by which a device comes into a room, made and tried before it is sent. */

import { CryptoError } from "../../base/errors.ts";
import { joinExternally, type PendingJoin } from "../../crypto/mls/external_join.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { encodeCommitData, readCommitData } from "../../crypto/room/commit_data.ts";
import type { VerifiedEntry } from "../../crypto/room/entry.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import { knownRemovals } from "../groups/agreed_removals.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { withCertificates } from "../groups/mls_steps.ts";
import { ownDevice } from "../profile/profile.ts";
import { tryDryJoin } from "../groups/dry_join.ts";

/** Throws CryptoError when the server's group is not the room's, or not the one that this device knew (SR-26, SR-36). */
export async function prepareRoomJoin(
  messenger: Messenger,
  link: Link,
  { membershipLog, invitation }: {
    membershipLog: MembershipLog;
    invitation: VerifiedEntry | undefined;
  },
): Promise<{ join: PendingJoin; after: MembershipLog }> {
  const { profile, verifier, groups } = messenger;
  const { groupId: conversation } = membershipLog;
  const known = await groups.load(conversation);
  const { payload: groupInfo } = await link.ask("relay.group", { conversation });
  const authenticatedData = encodeCommitData(membershipLog, invitation?.bytes);
  const nowMs = profile.clock.nowMs();
  const { change } = await withCertificates(
    messenger,
    link,
    () => readCommitData(authenticatedData, membershipLog, { verifier, atMs: nowMs }),
  );
  const members = [...membershipLog.members].map(([accountId, { identity }]) => ({
    accountId,
    identity,
  }));
  const removals = await knownRemovals(messenger, members);
  const join = await withCertificates(messenger, link, () =>
    joinExternally(groupInfo, {
      groupId: conversation,
      device: ownDevice(profile),
      verifier,
      policy: roomPolicy(change),
      nowMs,
      authenticatedData,
      provesMembers: true,
      removals,
      ...(known === undefined ? {} : { known: known.state }),
    }));
  if (invitation?.facts.type === "admission" && join.next.epoch - 1 < invitation.facts.epoch) {
    throw new CryptoError("refused", "The server shows an older room than the invitation is for");
  }
  await tryDryJoin(messenger, join, change.after);
  return { join, after: change.after };
}
