/** From what a person says to a room of theirs. */

import { Refusal, TransportError } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { RoomInfo } from "../../client/rooms/room_store.ts";
import { orOpen } from "./open_rooms.ts";

/**
 * The room, come into first if this account was just invited. Needs a connection for one that is not known here. Throws
 * Refusal `unknown-room` or `not-member` (row S3.33).
 */
export async function reachRoom(client: Client, text: string): Promise<RoomInfo> {
  try {
    return await client.rooms.named(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await client.sync();
    return await client.rooms.named(text).catch(async (refused) => {
      throw refused instanceof Refusal ? await orOpen(client, text, refused) : refused;
    });
  }
}

/**
 * A room of which something is stored here: one that this profile is in, or was in. `reach` finds what only the server knows;
 * without it, what is not known here is refused.
 */
export async function storedRoom(
  client: Pick<Client, "rooms" | "messenger">,
  text: string,
  reach?: () => Promise<RoomInfo>,
): Promise<RoomHandle> {
  try {
    return (await client.rooms.named(text)).room;
  } catch (error) {
    const isUnknown = error instanceof Refusal || error instanceof TransportError;
    if (!isUnknown) throw error;
    const handle = parseRoomHandle(text.startsWith("#") ? text : `#${text}`);
    if (handle !== undefined) {
      if (client.messenger.history.index.newest({ peer: handle }, 1).length > 0) return handle;
    }
    if (error instanceof Refusal) throw error;
    if (reach === undefined) {
      throw new Refusal("unknown-room", `No messages of room ${text} on this machine`, {
        cause: error,
      });
    }
    return (await reach()).room;
  }
}
