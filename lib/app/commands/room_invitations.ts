/** Commands about invitations to rooms: see them, come in, decline, and say whether to be asked. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { result } from "../../commands/command_row.ts";
import type { PersonRow } from "../person_row.ts";
import { joinedFacts, joinOpenRoom } from "../rooms/open_rooms.ts";
import { nameOfAccount, ROOM, ROOM_COMMON } from "../rooms/room_facts.ts";
import type { RoomKinds, WaitingInvitation } from "./room_wording.ts";

const WAYS = ["ask", "enter"] as const;

const COMMON = {
  ...ROOM_COMMON,
  // Nothing that waits is taken up before, so that no room is come into.
  needs: ["server", "connection"],
} as const;

type RoomRow = PersonRow<RoomKinds>;

/** What waits, and the person's rule for it. */
export const ROOM_INVITATIONS: RoomRow = {
  ...COMMON,
  name: "room invitations",
  summary: "list invitations to rooms, or choose whether to be asked",
  details:
    "By default you join a room as soon as somebody invites you. With ask, the invitation waits until you run room join.",
  arguments: [{
    name: "WAY",
    summary: "ask before joining, or join by itself",
    required: false,
    choices: WAYS,
  }],
  examples: [
    { line: "room invitations", summary: "who invites you, and until when" },
    { line: "room invitations ask", summary: "from now on you are asked" },
  ],
  async run({ client }, values) {
    const { invited } = client.rooms;
    const way = values.argument("WAY");
    if (way !== undefined) {
      invited.asksFirst = way === "ask";
      return result("room-invitations", { way, asksFirst: invited.asksFirst });
    }
    const waiting = await waitingInvitations(client);
    if (waiting.length === 0) return result("no-invitations", {});
    return { reports: waiting.map((facts) => ({ kind: "room-invitation", facts })) };
  },
};

/** Every invitation that waits. Throws TransportError `offline`. */
export async function waitingInvitations(client: Client): Promise<readonly WaitingInvitation[]> {
  const invited = await client.rooms.invited.list();
  return await Promise.all(
    invited.map(async ({ room, invitedBy: by, expiresMs }) => {
      return { room, by, name: await nameOfAccount(client, by), expiresMs };
    }),
  );
}

/** Comes in. */
export const ROOM_JOIN: RoomRow = {
  ...COMMON,
  name: "room join",
  mayOpen: true,
  summary: "join a room that you are invited to, or an open one",
  details:
    "room list --open lists the open rooms. Looking at one does not show you; the members see who joins. You can read from then on.",
  arguments: [ROOM],
  examples: [
    { line: "room join 256", summary: "the others see you, and you read on from there" },
    { line: "room join lobby", summary: "joins an open room by its name" },
  ],
  async run({ client }, values) {
    const before = await client.rooms.list();
    const room = await join(client, values.required("ROOM"));
    await client.sync();
    const wasIn = before.some((one) => one.room === room);
    return { ...result("room-joined", { ...await joinedFacts(client, room), wasIn }), opens: room };
  },
};

/** An invitation comes first: it is for this account. Throws Refusal, UsageError for a name of no open room. */
async function join(client: Client, text: string): Promise<RoomHandle> {
  const handle = handleOf(text);
  if (handle !== undefined) {
    try {
      await client.rooms.invited.join(handle);
      return handle;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "not-member") throw error;
      const room = await joinOpenRoom(client, text);
      if (room === undefined) throw error;
      return room;
    }
  }
  return await joinOpenRoom(client, text) ?? invitedRoom(text);
}

/** Turns an invitation down. */
export const ROOM_DECLINE: RoomRow = {
  ...COMMON,
  name: "room decline",
  summary: "decline an invitation to a room; the sender sees it",
  arguments: [ROOM],
  examples: [{ line: "room decline 256", summary: "the invitation is void" }],
  async run({ client }, values) {
    const room = invitedRoom(values.required("ROOM"));
    await client.rooms.invited.decline(room);
    return result("room-declined", { room: roomNumber(room) });
  },
};

/** Who is not in a room knows its number alone, but for an open one. */
function invitedRoom(text: string): RoomHandle {
  const handle = handleOf(text);
  if (handle !== undefined) return handle;
  throw new UsageError(
    "room-number",
    `Cannot find open room ${text}, nor an invitation to it. room list --open and room invitations list what there is`,
  );
}

function handleOf(text: string): RoomHandle | undefined {
  return parseRoomHandle(text.startsWith("#") ? text : `#${text}`);
}
