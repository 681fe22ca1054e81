/** Commands about rooms: found, list, show, name, leave, repair. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { RoomAbout, RoomInfo } from "../../client/rooms/room_store.ts";
import { kindOf } from "../../client/store/conversation_kinds.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { MAX_OPEN_SIZE } from "../../crypto/room/entry_layouts.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";
import { reachRoom } from "../rooms/find_room.ts";
import { findGuest, findGuests } from "../rooms/guests.ts";
import {
  moduleOf,
  nameOfAccount,
  OPEN_ROOM,
  ROOM,
  ROOM_COMMON,
  roomFacts,
  roomShown,
} from "../rooms/room_facts.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { ROOM_DECLINE, ROOM_INVITATIONS, ROOM_JOIN } from "./room_invitations.ts";
import { ROOM_GRANT, ROOM_INVITE, ROOM_REMOVE } from "./room_members.ts";
import { membersTitle, ROOM_WORDING, type RoomKinds } from "./room_wording.ts";

type RoomRow = PersonRow<RoomKinds>;

const TOPIC_OPTION = { flag: "--topic", valueName: "TOPIC", summary: "the topic" } as const;

const create: RoomRow = {
  ...ROOM_COMMON,
  name: "room new",
  mayOpen: true,
  slash: { aliases: ["srb", "srs"] },
  summary: "create a room and invite people, or an open room for everybody",
  details:
    "You become its owner. The same people share one room, whoever creates it, unless you add --force-new. The server knows who is in it; name, topic and messages are end-to-end encrypted.\nWith --open, every account on this server can join and read from then on, and so can the operator. The server can read its name and topic, which cannot change; messages are end-to-end encrypted.",
  arguments: [
    {
      name: "NAME",
      summary: "people to invite; with --open the name of the room",
      required: true,
      insteadBy: ["--name", "--open"],
      rest: "words",
    },
  ],
  options: [
    { flag: "--name", valueName: "ROOM", takes: "free", summary: "the name of the room" },
    TOPIC_OPTION,
    { flag: "--force-new", summary: "even if these people already share a room" },
    { flag: "--open", summary: "everybody on this server can join" },
    {
      flag: "--size",
      valueName: "N",
      summary: `with --open: the most accounts that may join (default: ${MAX_OPEN_SIZE})`,
    },
  ],
  examples: [
    { line: "room new lobby --open", summary: "people find it by room list --open" },
    { line: "room new @obiwan @gandalf --name ops", summary: "prints its name; --json its number" },
  ],
  async run({ client }, values) {
    const name = values.option("--name") ?? "";
    if (values.has("--open")) return await createOpen(client, values);
    if (values.option("--size") !== undefined) {
      throw new UsageError("size-not-open", "--size is for a room with --open");
    }
    const named = values.words("NAME");
    if (named.length === 0) throw new UsageError("nobody-named", NOBODY_NAMED);
    // Who is new here says what the room is to be called, and not who comes.
    const hint = name === "" ? ": give the name of a room with --name" : "";
    const guests = await findGuests(client, named, hint);
    const topic = values.option("--topic") ?? "";
    const forceNew = values.has("--force-new");
    const { result: came, room } = await client.rooms.found({ guests, forceNew, name, topic });
    const number = roomNumber(room);
    if (came === "same-members") throw await sameMembers(client, room);
    const later = guests.filter(({ changedTo }) => changedTo !== undefined);
    return {
      reports: [
        {
          kind: "room-created",
          facts: {
            ...{ room: number, name, topic, open: false, notice: undefined },
            shown: await roomShown(client, room),
            users: [...guests, client.profile.own],
          },
        },
        ...later.map((guest) => ({ kind: "invited-later", facts: { name: guest.name } }) as const),
      ],
      opens: room,
    };
  },
};

const NOBODY_NAMED =
  "Nobody is named to invite. Example: room new @obiwan --name ops; for everybody: room new lobby --open";

/** Its name is the one word, or behind `--name`, and nobody is invited: people come in by `room join`. */
async function createOpen(client: Client, values: CommandValues) {
  const [name, ...more] = [...values.words("NAME"), values.option("--name") ?? []].flat();
  if (name === undefined || more.length > 0) {
    const words = name === undefined
      ? "An open room needs a name"
      : "An open room has one name and invites nobody";
    throw new UsageError("open-room-name", `${words}. Example: room new lobby --open`);
  }
  const openTo = Number(values.option("--size") ?? MAX_OPEN_SIZE);
  const topic = values.option("--topic") ?? "";
  const about = { guests: [], forceNew: true, name, topic };
  const { room } = await client.rooms.found({ ...about, openTo });
  const { notice } = kindOf(room, true);
  const shown = await roomShown(client, room);
  const facts = { room: roomNumber(room), name, topic, open: true, notice, shown };
  return { ...result("room-created", { ...facts, users: [client.profile.own] }), opens: room };
}

/** A room that somebody else created counts before one has entered it. */
async function sameMembers(client: Client, handle: RoomHandle): Promise<Refusal> {
  const room = roomNumber(handle);
  const words = `These people already share a room (ID: ${room})`;
  if (await client.rooms.find(handle) !== undefined) {
    const write = `To write there: send '#${room}' TEXT`;
    return new Refusal("same-members", `${words}\n${write}`, { details: { room } });
  }
  return new Refusal(
    "same-members",
    `${words}\nYou are invited to it. To join: room join ${room}`,
    { details: { room, invited: true } },
  );
}

const list: RoomRow = {
  ...ROOM_COMMON,
  name: "room list",
  slash: { aliases: ["rooms"] },
  summary: "list your rooms, or the open ones",
  options: [{ flag: "--open", summary: "the open rooms of this server; nobody sees you look" }],
  examples: [
    { line: "room list", summary: "numbers, names, member counts" },
    { line: "room list --open", summary: "the ones that you can join" },
  ],
  async run({ client }, values) {
    if (values.has("--open")) return await listOpen(client);
    const rooms = await client.rooms.list();
    if (rooms.length === 0) return result("no-rooms", {});
    const listed = await Promise.all(rooms.map((room) => roomFacts(client, room)));
    return { reports: listed.map((facts) => ({ kind: "room-listed", facts })) };
  },
};

async function listOpen(client: Client): Promise<CommandResult<RoomKinds>> {
  const open = await client.rooms.open.list();
  if (open.length === 0) return result("no-open-rooms", {});
  const reports = open.map(({ room, name, topic, members, size, isIn, isLobby }) => ({
    kind: "open-room" as const,
    facts: { room: roomNumber(room), name, topic, members, size, member: isIn, lobby: isLobby },
  }));
  return { reports };
}

const info: RoomRow = {
  ...ROOM_COMMON,
  name: "room info",
  slash: { aliases: ["members", "names"] },
  summary: "show a room's members, invitations and roles",
  arguments: [OPEN_ROOM],
  examples: [{ line: "room info 256", summary: "its name, topic, members and guests" }],
  page: (_, reports) => {
    const [room] = reports.flatMap((one) => one.kind === "room-described" ? one.facts : []);
    return room && { kind: "lines", title: membersTitle(room) };
  },
  async run(context, values) {
    const { client } = context;
    const room = await moduleOf(context, values);
    const invited = await Promise.all(
      (await client.rooms.invited.guestsOf(room)).map(async (guest) => ({
        name: await nameOfAccount(client, guest.account),
        ...guest,
      })),
    );
    const own = client.profile.own.account;
    return result("room-described", { ...await roomFacts(client, room), own, invited });
  },
};

/** The room that is meant, or the handle of an open one that is only looked at. Throws as `moduleOf`. */
async function roomOrLookedAt(
  context: PersonContext,
  values: CommandValues,
): Promise<RoomInfo | RoomHandle> {
  try {
    return await moduleOf(context, values);
  } catch (error) {
    const text = values.argument("ROOM") ?? context.conversation?.peer ?? "";
    const handle = (await RoomLabels.of(context.client)).find(
      text.startsWith("#") ? text : `#${text}`,
    );
    if (handle === undefined || !(error instanceof Refusal)) throw error;
    return handle;
  }
}

const leave: RoomRow = {
  ...ROOM_COMMON,
  name: "room leave",
  slash: { aliases: ["part"] },
  summary: "leave a room; the last member closes it",
  details: "The only owner must make somebody else an owner first. Your messages stay here.",
  arguments: [OPEN_ROOM],
  examples: [{ line: "room leave 256", summary: "the others stay" }],
  async run(context, values) {
    const { client } = context;
    const room = await roomOrLookedAt(context, values);
    const handle = typeof room === "string" ? room : room.room;
    const shown = await roomShown(client, handle);
    if (typeof room === "string") client.rooms.open.close(room);
    else await client.rooms.leave(room);
    return { ...result("room-left", { room: roomNumber(handle), shown }), closes: handle };
  },
};

/** Name, or topic, or both. */
const name: RoomRow = {
  ...ROOM_COMMON,
  name: "room name",
  summary: "rename a room, as its owner or moderator",
  details: "Name and topic are end-to-end encrypted: the server does not know them.",
  arguments: [ROOM, {
    name: "NAME",
    takes: "free",
    summary: "the new name; keeps the current one by default",
    required: false,
  }],
  options: [TOPIC_OPTION],
  examples: [{
    line: 'room name 256 ops --topic "the night shift"',
    summary: "its members see it",
  }],
  async run(context, values) {
    const room = await moduleOf(context, values);
    const name = values.argument("NAME") ?? room.name;
    const topic = values.option("--topic") ?? room.topic;
    if (name === room.name && topic === room.topic) {
      throw new UsageError("nothing-new", "Say a new name, or a --topic");
    }
    const { client } = context;
    const facts = await setAbout(client, room, { name, topic });
    return result("room-named", { ...facts, shown: await roomShown(client, room.room) });
  },
};

/** The topic alone, as it is typed. */
const topic: RoomRow = {
  ...ROOM_COMMON,
  name: "room topic",
  summary: "set a room's topic, or show it",
  details:
    "Owners and moderators may set it. It is end-to-end encrypted: the server does not know it.",
  arguments: [
    ROOM,
    { name: "TEXT", summary: "the new topic; - removes it", required: false, rest: "text" },
  ],
  examples: [
    { line: "room topic ops the night shift", summary: "its members see it" },
    { line: "room topic ops", summary: "shows the topic" },
  ],
  async run(context, values) {
    const { client } = context;
    const room = await moduleOf(context, values);
    const text = values.argument("TEXT");
    const shown = await roomShown(client, room.room);
    if (text !== undefined) {
      const about = { name: room.name, topic: text === "-" ? "" : text };
      const facts = await setAbout(client, room, about);
      return result("room-topic", { ...facts, shown, isNew: true });
    }
    const facts = await roomFacts(client, room);
    const said = result("room-topic", { ...facts, shown, isNew: false });
    if (room.topic !== "") return said;
    return { reports: [...said.reports, { kind: "no-topic", facts: { shown } }] };
  },
};

async function setAbout(client: Client, room: RoomInfo, about: RoomAbout) {
  await client.rooms.lead.setAbout(room, about);
  return await roomFacts(client, { ...room, ...about });
}

/** A new group under the same number (SR-35). */
const repair: RoomRow = {
  ...ROOM_COMMON,
  name: "room repair",
  summary: "continue a room that is out of step with fresh keys, as its owner",
  details:
    "Invites all members again, with their roles; they rejoin automatically. Each device sends the messages that waited again.",
  arguments: [ROOM],
  options: [{
    flag: "--without",
    valueName: "NAME",
    summary: "leave somebody out, such as the member who broke it",
  }],
  examples: [{
    line: "room repair ops --without mallory",
    summary: "the others continue in the same room",
  }],
  async run({ client }, values) {
    const room = await handleOf(client, values.required("ROOM"));
    const name = values.option("--without");
    const left = name === undefined ? [] : [await findGuest(client, name)];
    if (left.some(({ account }) => account === client.profile.own.account)) {
      throw new UsageError("to-yourself", "This is you: leave the room instead");
    }
    const without = left.map(({ account }) => account);
    await client.rooms.lead.repair({ room, without });
    const shown = await roomShown(client, room);
    return result("room-repaired", { room: roomNumber(room), without, shown });
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

/** Every command about rooms. */
export const ROOMS: PersonCommands<RoomKinds> = {
  rows: [
    create,
    list,
    info,
    ROOM_INVITE,
    ROOM_REMOVE,
    leave,
    ROOM_JOIN,
    ROOM_DECLINE,
    ROOM_INVITATIONS,
    ROOM_GRANT,
    name,
    topic,
    repair,
  ],
  wording: ROOM_WORDING,
};
