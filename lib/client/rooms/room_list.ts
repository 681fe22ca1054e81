/** The account's rooms as the server lists them. */

import type { ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

/** A room as the server lists it; not believed before it is compared. */
export type ListedRoom = ReplyFields<"room.list">["rooms"][number];

/** All pages. Throws as `Link.ask`. */
export async function listRooms(link: Link): Promise<readonly ListedRoom[]> {
  const listed: ListedRoom[] = [];
  for (;;) {
    const after = listed.at(-1)?.room;
    const { fields } = await link.ask("room.list", after === undefined ? {} : { after });
    listed.push(...fields.rooms);
    // An empty page that promises more would never end.
    if (!fields.more || fields.rooms.length === 0) return listed;
  }
}
