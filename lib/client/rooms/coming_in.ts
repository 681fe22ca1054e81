/** The first steps in a room: the person is told that they are in, and what it is called. */

import type { Link } from "../link/link.ts";
import type { Joined } from "../groups/joining.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { takeAhead } from "./pending_room_info.ts";
import { enterRoom, type RoomPlace } from "./entering.ts";
import { readAbout } from "./room_reading.ts";

/** Comes in, where this account is a member or invited. Throws as `enterRoom`. */
export async function comeIn(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<Joined> {
  const { conversation, room: peer } = place;
  const wasIn = messenger.conversations.isIn(conversation, "active");
  const joined = await enterRoom(messenger, link, place);
  if (joined !== "joined" || wasIn) return joined;
  const text = "You are in this room now";
  await note(messenger, { conversation, peer, code: "entered", text });
  await nameAsTold(messenger, place);
  return joined;
}

/** What somebody in charge said of it before counts now. */
async function nameAsTold(
  messenger: Messenger,
  { conversation, room: peer }: RoomPlace,
): Promise<void> {
  const { profile, groups } = messenger;
  const about = await takeAhead(profile, conversation);
  const membershipLog = await groups.membershipLogOf(conversation);
  if (about === undefined || membershipLog?.members.get(about.from)?.identity !== about.identity) {
    return;
  }
  const { lines, write } = await readAbout(profile, { conversation, membershipLog }, about);
  write?.();
  for (const line of lines) await note(messenger, { conversation, peer, ...line });
}
