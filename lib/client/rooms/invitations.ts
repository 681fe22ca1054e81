/** Invitations as this device signs them (SR-33). */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { makeEntry } from "../../crypto/room/entry.ts";
import {
  type Admission,
  type EntryFacts,
  ROOM_NONCE_BYTES,
} from "../../crypto/room/entry_layouts.ts";
import type { Profile } from "../profile/profile.ts";

/** As long as the server keeps what was said meanwhile. */
const INVITATION_LIFE_MS = 30 * 86_400_000;

/** 16 random bytes: the first half of a room's id, and what tells invitations and orders apart. */
export function newRoomNonce({ random }: Pick<Profile, "random">): Bytes {
  return random.bytes(ROOM_NONCE_BYTES);
}

/** The facts of an invitation under the present membership log. */
export function invitationFor(
  profile: Profile,
  { membershipLog, epoch }: { readonly membershipLog: MembershipLog; readonly epoch: number },
  guest: { readonly account: AccountId; readonly identity: Fingerprint },
): Admission {
  return {
    type: "admission",
    groupId: membershipLog.groupId,
    ...guest,
    id: newRoomNonce(profile),
    epoch,
    version: membershipLog.version,
    expiresMs: profile.clock.nowMs() + INVITATION_LIFE_MS,
  };
}

/** When an invitation was signed, by its signer's clock. */
export function issuedMs({ expiresMs }: Admission): number {
  return Math.max(0, expiresMs - INVITATION_LIFE_MS);
}

/** Signs an entry by this device. */
export function signEntry({ own }: Profile, facts: EntryFacts): Promise<Bytes> {
  return makeEntry(facts, {
    serverId: own.serverId,
    account: own.account,
    certificateHash: own.certificateHash,
    statementPrivateKey: own.deviceKeys.statement.privateKey,
  });
}
