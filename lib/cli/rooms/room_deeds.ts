/** What can be done with rooms: found, list, show, leave. The rest stands beside. */

import { Refusal } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import { showName } from "../dialogue/names.ts";
import { formatTime } from "../when.ts";
import { findGuests } from "./guests.ts";
import { REPAIR } from "./room_care.ts";
import {
  fact,
  nameOfAccount,
  PRESENT_ROOM,
  type RoomDeed,
  roomFields,
  roomOf,
  roomShown,
  roomTitle,
} from "./room_deed.ts";
import { DECLINE, INVITATIONS, JOIN } from "./room_invitations.ts";
import { NAME, TOPIC, TOPIC_OPTION } from "./room_names.ts";
import { GRANT, INVITE, REMOVE } from "./room_people.ts";

const NEW: RoomDeed = {
  verb: "new",
  slashAliases: ["srb", "srs"],
  summary: "found a room and invite people; they need not be there",
  details:
    "You own it. The same people have one room, whoever founds it, unless you say --force-new. The server knows who is in it; its name, its topic and what is said are sealed for its members.",
  arguments: [
    { name: "NAME", summary: "whom to invite", required: true, rest: "words" },
  ],
  options: [
    { flag: "--name", valueName: "ROOM", summary: "what to call it" },
    TOPIC_OPTION,
    { flag: "--force-new", summary: "even if these people have a room already" },
  ],
  examples: [
    ["@obiwan @gandalf --name ops", "says its number"],
  ],
  async run({ client, values }) {
    const name = values.option("--name") ?? "";
    // Who is new here says what the room is to be called, and not who comes.
    const hint = name === "" ? ": what a room is called goes behind --name" : "";
    const guests = await findGuests(client, values.words("NAME"), hint);
    const topic = values.option("--topic") ?? "";
    const { result, room } = await client.rooms.found({
      guests,
      forceNew: values.has("--force-new"),
      name,
      topic,
    });
    const number = roomNumber(room);
    if (result === "same-members") {
      throw new Refusal(
        "same-members",
        `a separate room (ID: ${number}) already created for these users`,
        { details: { room: number } },
      );
    }
    const { own } = client.profile;
    const users = [...guests, own];
    const names = users.map((user) => showName(user.name)).join(",");
    const fields = { room: number, name, topic, users: users.map(({ account }) => account) };
    const line =
      `Separate chat room has been created, room ID: ${number}, users in this room:${names}`;
    const notes = guests.filter(({ changedTo }) => changedTo !== undefined)
      .map((guest) => `${showName(guest.name)} is invited once you accept their new identity`);
    return { facts: [{ type: "room-created", fields, line }], notes, opened: room };
  },
};

const LIST: RoomDeed = {
  verb: "list",
  slashAliases: ["rooms"],
  summary: "list the rooms that you are in",
  arguments: [],
  examples: [["", "numbers, names, how many are in them"]],
  async run({ client }) {
    const rooms = await client.rooms.list();
    const facts = await Promise.all(rooms.map(async (room) => {
      const count = room.members.size;
      const many = count === 1 ? "1 member" : `${count} members`;
      const line = `${roomTitle(room)} (${many}, you are ${room.role})`;
      return { type: "room", fields: await roomFields(client, room), line };
    }));
    return { facts, notes: facts.length === 0 ? ["you are in no room"] : [] };
  },
};

const INFO: RoomDeed = {
  verb: "info",
  slashAliases: [],
  summary: "show who is in a room or invited, and who is in charge",
  arguments: [PRESENT_ROOM],
  examples: [["256", "its name, topic, members and guests"]],
  async run(bench) {
    const { client } = bench;
    const room = await roomOf(bench);
    const { account: own } = client.profile.own;
    const lines = await Promise.all([...room.members].map(async ([account, role]) => {
      const you = account === own ? " (you)" : "";
      return `${showName(await nameOfAccount(client, account))}, ${role}${you}`;
    }));
    const invited = await Promise.all(
      (await client.rooms.invited.guestsOf(room)).map(async (guest) => ({
        name: await nameOfAccount(client, guest.account),
        ...guest,
      })),
    );
    for (const { name, declined, expiresMs } of invited) {
      const how = declined ? "declined the invitation" : `invited until ${formatTime(expiresMs)}`;
      lines.push(`${showName(name)}, ${how}`);
    }
    const fields = { ...await roomFields(client, room), invited };
    return fact("room", fields, [roomTitle(room), ...lines].join("\n"));
  },
};

const LEAVE: RoomDeed = {
  verb: "leave",
  slashAliases: [],
  summary: "leave a room; who is alone in it closes it",
  details: "The only owner makes somebody else an owner first. What was said stays here.",
  arguments: [PRESENT_ROOM],
  examples: [["256", "the others go on"]],
  async run(bench) {
    const { client } = bench;
    const room = await roomOf(bench);
    const shown = await roomShown(client, room.room);
    await client.rooms.leave(room);
    return fact("room-left", { room: roomNumber(room.room) }, `You left ${shown}`);
  },
};

/** In the order in which help shows them. */
export const ROOM_DEEDS: readonly RoomDeed[] = [
  NEW,
  LIST,
  INFO,
  INVITE,
  REMOVE,
  LEAVE,
  JOIN,
  DECLINE,
  INVITATIONS,
  GRANT,
  NAME,
  TOPIC,
  REPAIR,
];
