/** What an owner does for a room that cannot go on. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { reachRoom } from "./find_room.ts";
import { findGuest } from "./guests.ts";
import { fact, ROOM, type RoomDeed, roomShown } from "./room_deed.ts";

/** A new group under the same number (SR-35). */
export const REPAIR: RoomDeed = {
  verb: "repair",
  slashAliases: [],
  summary: "let a room that is out of step go on with fresh keys; owners may",
  details:
    "Everybody in it is invited anew, with the roles that they had, and comes in by itself. What was written meanwhile is sent again by whoever wrote it.",
  arguments: [ROOM],
  options: [{
    flag: "--without",
    valueName: "NAME",
    summary: "who does not come along, such as the one who broke it",
  }],
  examples: [["ops --without mallory", "the others go on, in the same room"]],
  async run({ client, values }) {
    const room = await handleOf(client, values.required("ROOM"));
    const name = values.option("--without");
    const left = name === undefined ? [] : [await findGuest(client, name)];
    if (left.some(({ account }) => account === client.profile.own.account)) {
      throw new UsageError("to-yourself", "This is you: leave the room instead");
    }
    const without = left.map(({ account }) => account);
    await client.rooms.lead.repair({ room, without });
    const shown = await roomShown(client, room);
    const fields = { room: roomNumber(room), without };
    return fact(
      "room-repaired",
      fields,
      `${shown} goes on with fresh keys: everybody is invited anew`,
    );
  },
};

/** A room that cannot go on may be one that this device has never come into. */
async function handleOf(client: Client, text: string): Promise<RoomHandle> {
  try {
    return (await reachRoom(client, text)).room;
  } catch (error) {
    const handle = parseRoomHandle(text.startsWith("#") ? text : `#${text}`);
    if (handle === undefined || !(error instanceof Refusal) || error.code !== "not-member") {
      throw error;
    }
    return handle;
  }
}
