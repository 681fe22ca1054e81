/** Who is in charge of a room now, and whether this person is. */

import type { Peer } from "../../base/ids.ts";
import type { RoomRole } from "../../crypto/room/membership_log.ts";
import type { Messenger } from "../store/messenger.ts";
import { type RoomAdmins, roomAdminsOf } from "../store/epochs.ts";

/** A room's room admins, and this account among them. */
export interface OwnRoomAdmins {
  readonly roomAdmins: RoomAdmins;
  readonly role: RoomRole | undefined;
  readonly isRoomAdmin: boolean;
}

/** Nobody, in a conversation with somebody, and in a room that one is not in. */
export async function ownRoomAdmins(
  { profile, conversations, groups }: Messenger,
  peer: Peer,
): Promise<OwnRoomAdmins> {
  const conversation = conversations.openWith(peer)?.conversation;
  const membershipLog = conversation && await groups.membershipLogOf(conversation);
  const roomAdmins: RoomAdmins = membershipLog === undefined
    ? new Map()
    : roomAdminsOf(membershipLog);
  const role = roomAdmins.get(profile.own.account);
  return { role, roomAdmins, isRoomAdmin: role !== undefined };
}
