/** Who was in charge of a room in each epoch: what a member says is judged by the rules of when it was sealed. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";
import type { Profile } from "../profile/profile.ts";
import type { Epochs } from "./epochs.ts";

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
