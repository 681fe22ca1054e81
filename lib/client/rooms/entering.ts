/**
 * Coming into a room by external commit: an invited account's first device, a further device of a member, or one whose state
 * was lost (SR-33, SR-36).
 */

import { CryptoError } from "../../base/errors.ts";
import { type ConversationId, newEnvelopeId, type RoomHandle } from "../../base/ids.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import { arrive, type Joined } from "../groups/joining.ts";
import type { Messenger } from "../store/messenger.ts";
import { exclusively } from "../profile/exclusively.ts";
import { fetchMembershipLog } from "../groups/membership_logs.ts";
import { findInvitation } from "./invited_by.ts";
import { prepareRoomJoin } from "./room_join.ts";

/** Whoever commits at the same moment wins one of the tries. */
const MAX_TRIES = 8;

/** A room and what it is called. */
export interface RoomPlace {
  readonly conversation: ConversationId;
  readonly room: RoomHandle;
}

/**
 * Comes in, with what this device still knows of the room compared to what the server shows. Throws Refusal `not-member`,
 * TrustError when who invites has another identity than the pinned one.
 */
export async function enterRoom(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<Joined> {
  return await exclusively(messenger.profile, "join", async (isHeld) => {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      try {
        if (await tryEnter(messenger, link, { ...place, isHeld })) return "joined";
      } catch (error) {
        // Not the room that this device knew, or one that is not what it says.
        if (error instanceof CryptoError) return "not-ours";
        throw error;
      }
    }
    return "busy";
  });
}

async function tryEnter(
  messenger: Messenger,
  link: Link,
  { conversation, room, isHeld }: RoomPlace & { isHeld: () => boolean },
): Promise<boolean> {
  const { profile, groups, outbox } = messenger;
  const known = await groups.load(conversation);
  const membershipLog = await fetchMembershipLog(
    messenger,
    link,
    conversation,
    known?.membershipLog,
  );
  const invitation = await findInvitation(messenger, link, membershipLog);
  const { join, after } = await prepareRoomJoin(messenger, link, { membershipLog, invitation });
  const { sizes, payload } = joinSections([
    join.commit,
    join.groupInfo,
    invitation?.bytes ?? new Uint8Array(0),
  ]);
  const { fields } = await link.ask("room.commit", {
    conversation,
    envelope: newEnvelopeId(profile.random),
    number: profile.database.transaction(() => outbox.takeNumber()),
    epoch: join.next.epoch - 1,
    version: membershipLog.version,
    joins: true,
    removed: join.removed.map((gone) => ({ account: gone.accountId, device: gone.deviceId })),
    sizes,
  }, payload);
  if (!fields.accepted) return false;
  const at = { conversation, peer: room, membershipLog: after };
  return await arrive(messenger, at, { join, seq: fields.seq, isHeld });
}
