/** What a person does with invitations to rooms: see them, come in, decline, and say whether to be asked. */

import { UsageError } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle, roomNumber } from "../../base/ids.ts";
import { showName } from "../dialogue/names.ts";
import { formatTime } from "../when.ts";
import { fact, nameOfAccount, ROOM, type RoomDeed, roomShown } from "./room_deed.ts";

const WAYS = ["ask", "enter"] as const;

/** What waits, and the person's rule for it. */
export const INVITATIONS: RoomDeed = {
  verb: "invitations",
  slashAliases: [],
  summary: "show the rooms that you are invited to; say whether to be asked",
  details:
    "By default you come into a room as soon as somebody invites you. With ask, you are told of the invitation and come in by room join.",
  arguments: [{
    name: "WAY",
    summary: "ask before you come in, or enter by itself",
    required: false,
    choices: WAYS,
  }],
  offhand: true,
  examples: [["", "who invites you, and until when"], ["ask", "from now on you are asked"]],
  async run({ client, values }) {
    const { invited } = client.rooms;
    const way = values.argument("WAY");
    if (way !== undefined) {
      invited.asksFirst = way === "ask";
      const line = invited.asksFirst
        ? "You are asked before you come into a room"
        : "You come into rooms as soon as somebody invites you";
      return fact("room-invitations", { way }, line);
    }
    const facts = await Promise.all((await invited.list()).map(async (invitation) => {
      const { room, invitedBy, expiresMs } = invitation;
      const by = await nameOfAccount(client, invitedBy);
      const fields = { room: roomNumber(room), by: invitedBy, expiresMs };
      const line = `${room}: ${showName(by)} invites you, until ${formatTime(expiresMs)}`;
      return { type: "room-invitation", fields, line };
    }));
    return { facts, notes: facts.length === 0 ? ["no invitation waits"] : [] };
  },
};

/** Comes in. */
export const JOIN: RoomDeed = {
  verb: "join",
  slashAliases: [],
  summary: "come into a room that you are invited to",
  arguments: [ROOM],
  offhand: true,
  examples: [["256", "the others see you, and you read on from there"]],
  async run({ client, values }) {
    const room = invitedRoom(values.required("ROOM"));
    await client.rooms.invited.join(room);
    await client.sync();
    const shown = await roomShown(client, room);
    return {
      ...fact("room-joined", { room: roomNumber(room) }, `You are in ${shown} now`),
      opened: room,
    };
  },
};

/** Turns an invitation down. */
export const DECLINE: RoomDeed = {
  verb: "decline",
  slashAliases: [],
  summary: "decline an invitation to a room; whoever invites you is told",
  arguments: [ROOM],
  offhand: true,
  examples: [["256", "the invitation is of no use any more"]],
  async run({ client, values }) {
    const room = invitedRoom(values.required("ROOM"));
    await client.rooms.invited.decline(room);
    return fact("room-declined", { room: roomNumber(room) }, `You declined ${room}`);
  },
};

/** Who is not in a room knows its number alone. */
function invitedRoom(text: string): RoomHandle {
  const handle = parseRoomHandle(text.startsWith("#") ? text : `#${text}`);
  if (handle !== undefined) return handle;
  throw new UsageError(
    "room-number",
    `A room that you are not in is known by its number, not ${text}`,
  );
}
