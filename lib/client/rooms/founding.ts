/** How a room begins: with a group of this device and a first entry; everyone else is invited (rows S3.25 to S3.30). */

import { type RoomHandle, roomHandle } from "../../base/ids.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Contact } from "../store/contacts.ts";
import type { Messenger } from "../store/messenger.ts";
import { nameRules } from "./naming.ts";
import { makeRoomGroup } from "./new_group.ts";
import { addRoomTask, prepareAbout, type RoomAbout } from "./room_store.ts";

/** What a room is founded with. */
export interface NewRoom extends RoomAbout {
  /** Who is invited; the founder is in by itself. */
  readonly guests: readonly Contact[];
  /** Found another one even if exactly these accounts have a room. */
  readonly forceNew: boolean;
}

/** The new room, or the one that exactly these accounts have already (row S3.28). */
export type Founded =
  | { readonly result: "created"; readonly room: RoomHandle }
  | { readonly result: "same-members"; readonly room: RoomHandle };

/**
 * Founds a room and writes down whom to invite; `keepRooms` invites them. Needs a connection: the number is the server's.
 * Throws Refusal `unknown-account`, UsageError `room-name`.
 */
export async function foundRoom(
  messenger: Messenger,
  link: Link,
  { guests, forceNew, name, topic }: NewRoom,
): Promise<Founded> {
  nameRules({ name, topic });
  const { profile, groups, conversations } = messenger;
  const members = guests.map(({ account }) => account);
  const made = await makeRoomGroup(messenger, link, { guests: members });
  const { conversation, membershipLog, state } = made;
  const { sizes, payload } = joinSections([made.groupInfo, made.entry]);
  const { fields } = await link.ask(
    "room.create",
    { conversation, members, forceNew, sizes },
    payload,
  );
  const room = roomHandle(fields.room);
  if (!fields.created) return { result: "same-members", room };
  const prepared = await groups.prepare(state, {
    conversation,
    membershipLog,
    pending: undefined,
    refreshedMs: profile.clock.nowMs(),
    sentSince: 0,
  });
  const writeAbout = await prepareAbout(profile, conversation, { name, topic });
  profile.database.transaction(() => {
    conversations.add({ conversation, peer: room, state: "active", joinedLate: false });
    groups.put(prepared);
    writeAbout();
    for (const account of members) {
      addRoomTask(profile.database, {
        conversation,
        kind: "invite",
        account,
        sinceMs: 0,
        epoch: 0,
      });
    }
  });
  return { result: "created", room };
}
