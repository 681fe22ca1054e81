/** Open rooms for a person: how one looks, comes in, and what is said of it. */

import { ProtocolError, Refusal } from "../../base/errors.ts";
import { type RoomHandle, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { OpenRoom } from "../../client/rooms/open_rooms.ts";
import { kindOf } from "../../client/store/conversation_kinds.ts";
import { showRoom } from "../names.ts";
import { RoomLabels } from "./room_labels.ts";

/** Comes into the open room that is meant; undefined when there is none. Only for who says so. Throws Refusal. */
export async function joinOpenRoom(client: Client, text: string): Promise<RoomHandle | undefined> {
  const open = await client.rooms.open.find(text);
  if (open !== undefined && !open.isIn) await client.rooms.open.join(open);
  return open?.room;
}

/** Shows the open room that a person names: they come in when they first write there. Undefined when there is none. */
export async function lookAtOpenRoom(
  client: Client,
  text: string,
): Promise<RoomHandle | undefined> {
  if (!client.isOnline) return undefined;
  const open = await client.rooms.open.find(text);
  // Who is in it by another device comes in by itself.
  if (open === undefined || open.isIn) return undefined;
  await client.rooms.open.look(open);
  return open.room;
}

/** The refusal of a room that one is not in; if an open room is called so, with the way in. */
export async function orOpen(client: Client, text: string, error: Refusal): Promise<Refusal> {
  const listed = client.isOnline ? await listOpen(client) : [];
  const open = listed.find((one) => text === `#${one.name}` || text === one.name);
  if (open === undefined || open.isIn) return error;
  const { name } = open;
  return new Refusal(
    error.code,
    `You are not in #${name}, an open room. To join it: room join ${name}`,
    { cause: error },
  );
}

/** None from a server of before, which does not know the question. */
async function listOpen(client: Client): Promise<readonly OpenRoom[]> {
  try {
    return await client.rooms.open.list();
  } catch (error) {
    if (error instanceof Refusal || error instanceof ProtocolError) return [];
    throw error;
  }
}

/** Shows the server's lobby to a new account. A server that has none, or knows of none, shows nothing. */
export async function lookAtLobby(client: Client): Promise<void> {
  const lobby = (await listOpen(client)).find(({ isLobby }) => isLobby);
  if (lobby !== undefined) await client.rooms.open.look(lobby);
}

/** What is reported of a room that was come into. */
export interface JoinedFacts {
  readonly room: number;
  readonly shown: string;
  readonly open: boolean;
  /** What is to be said of its kind. */
  readonly notice: string | undefined;
}

/** Of a room in which one is. */
export async function joinedFacts(client: Client, room: RoomHandle): Promise<JoinedFacts> {
  const open = (await client.rooms.find(room))?.openTo !== undefined;
  const { notice } = kindOf(room, open);
  const shown = showRoom((await RoomLabels.of(client)).labelOf(room));
  return { room: roomNumber(room), shown, open, notice };
}
