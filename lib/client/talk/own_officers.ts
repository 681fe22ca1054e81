/** Who is in charge of a room now, and whether this person is. */

import type { Peer } from "../../base/ids.ts";
import type { RoomRole } from "../../crypto/room/charter.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { type Officers, officersOf } from "../messaging/officers.ts";

/** A room's officers, and this account among them. */
export interface OwnOfficers {
  readonly officers: Officers;
  readonly role: RoomRole | undefined;
  readonly isOfficer: boolean;
}

/** Nobody, in a conversation with somebody, and in a room that one is not in. */
export async function ownOfficers(
  { profile, conversations, groups }: Messenger,
  peer: Peer,
): Promise<OwnOfficers> {
  const conversation = conversations.openWith(peer)?.conversation;
  const charter = conversation && await groups.charterOf(conversation);
  const officers: Officers = charter === undefined ? new Map() : officersOf(charter);
  const role = officers.get(profile.own.account);
  return { role, officers, isOfficer: role !== undefined };
}
