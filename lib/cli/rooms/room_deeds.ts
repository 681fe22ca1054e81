/** What can be done with rooms: found, list, invite, remove, leave, say who is in charge, name. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import { showName } from "../dialogue/names.ts";
import { findGuest, findGuests } from "./guests.ts";
import { reachRoom } from "./find_room.ts";
import { REPAIR } from "./room_care.ts";
import {
  fact,
  MEMBER,
  nameOfAccount,
  ROOM,
  type RoomBench,
  type RoomDeed,
  roomFields,
  roomShown,
  roomTitle,
} from "./room_deed.ts";

const ROLES = ["owner", "moderator", "member"] as const;
const TOPIC = { flag: "--topic", valueName: "TOPIC", summary: "what it is about" };

const theRoom = ({ client, values }: RoomBench) => reachRoom(client, values.required("ROOM"));

const NEW: RoomDeed = {
  verb: "new",
  slashAliases: ["srb"],
  summary: "found a room and invite people; they need not be there",
  details:
    "You own it. The same people have one room, whoever founds it, unless you say --force-new. The server knows who is in it; its name, its topic and what is said are sealed for its members.",
  arguments: [
    { name: "NAME", summary: "whom to invite", required: true, rest: "words" },
  ],
  options: [
    { flag: "--name", valueName: "ROOM", summary: "what to call it" },
    TOPIC,
    { flag: "--force-new", summary: "even if these people have a room already" },
  ],
  examples: [
    ["@obiwan @gandalf --name ops", "says its number"],
  ],
  async run({ client, values }) {
    const guests = await findGuests(client, values.words("NAME"));
    const name = values.option("--name") ?? "";
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
  summary: "show who is in a room, and who is in charge",
  arguments: [ROOM],
  examples: [["256", "its name, topic and members"]],
  async run(bench) {
    const { client } = bench;
    const room = await theRoom(bench);
    const { account: own } = client.profile.own;
    const lines = await Promise.all([...room.members].map(async ([account, role]) => {
      const you = account === own ? " (you)" : "";
      return `${showName(await nameOfAccount(client, account))}, ${role}${you}`;
    }));
    return fact("room", await roomFields(client, room), [roomTitle(room), ...lines].join("\n"));
  },
};

const INVITE: RoomDeed = {
  verb: "invite",
  slashAliases: [],
  summary: "invite people to a room; owners and moderators may",
  details:
    "They come in by themselves when they are next there, and are told what was said since then.",
  arguments: [ROOM, { name: "NAME", summary: "whom", required: true, rest: "words" }],
  examples: [["ops @frodo", "frodo comes in when he is there"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await theRoom(bench);
    const guests = await findGuests(client, values.words("NAME"));
    const { history } = client.messenger;
    const before = history.lastPlace;
    for (const guest of guests) await client.rooms.invite(room, guest);
    const refused = (await history.after(before)).filter(({ kind, id, peer }) =>
      kind === "notice" && id === "not-invited" && peer === room.room
    );
    if (refused.length > 0) {
      throw new Refusal("not-invited", refused.map(({ text }) => text).join("; "));
    }
    const shown = await roomShown(client, room.room);
    const facts = guests.map(({ account, name, changedTo }) => {
      const later = changedTo === undefined ? "" : " once you accept their new identity";
      const fields = { room: roomNumber(room.room), account, name };
      return {
        type: "room-invited",
        fields,
        line: `${showName(name)} is invited to ${shown}${later}`,
      };
    });
    return { facts, notes: [] };
  },
};

const REMOVE: RoomDeed = {
  verb: "remove",
  slashAliases: ["room kick"],
  summary: "remove somebody from a room, or take an invitation back",
  details:
    "From then on they get nothing that is said there: the keys change with it. Owners may, and moderators for plain members.",
  arguments: [ROOM, MEMBER],
  examples: [["ops gandalf", "the others go on"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await theRoom(bench);
    const { account, name } = await findGuest(client, values.required("NAME"));
    if (account === client.profile.own.account) {
      throw new UsageError("to-yourself", "This is you: leave the room instead");
    }
    await client.rooms.remove(room, account);
    const shown = await roomShown(client, room.room);
    const fields = { room: roomNumber(room.room), account, name };
    return fact("room-removed", fields, `${showName(name)} is removed from ${shown}`);
  },
};

const LEAVE: RoomDeed = {
  verb: "leave",
  slashAliases: [],
  summary: "leave a room; who is alone in it closes it",
  details: "The only owner makes somebody else an owner first. What was said stays here.",
  arguments: [ROOM],
  examples: [["256", "the others go on"]],
  async run(bench) {
    const { client } = bench;
    const room = await theRoom(bench);
    const shown = await roomShown(client, room.room);
    await client.rooms.leave(room);
    return fact("room-left", { room: roomNumber(room.room) }, `You left ${shown}`);
  },
};

const GRANT: RoomDeed = {
  verb: "grant",
  slashAliases: [],
  summary: "make a member an owner, a moderator or a plain member",
  arguments: [ROOM, MEMBER, {
    name: "ROLE",
    summary: "what they may do",
    required: true,
    choices: ROLES,
  }],
  examples: [["ops obiwan moderator", "obiwan may invite and remove"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await theRoom(bench);
    const { account, name } = await findGuest(client, values.required("NAME"));
    const asked = values.required("ROLE").toLowerCase();
    const role = ROLES.find((one) => one === asked);
    if (role === undefined) throw new UsageError("bad-role", `A role is ${ROLES.join(", ")}`);
    await client.rooms.setRole(room, account, role);
    const shown = await roomShown(client, room.room);
    const fields = { room: roomNumber(room.room), account, name, role };
    return fact("room-role", fields, `${showName(name)} is ${role} of ${shown} now`);
  },
};

const NAME: RoomDeed = {
  verb: "name",
  slashAliases: ["room topic"],
  summary: "say what a room is called; owners and moderators may",
  arguments: [ROOM, {
    name: "NAME",
    summary: "how to call it from now on; left out, the name stays",
    required: false,
  }],
  options: [TOPIC],
  examples: [['256 ops --topic "the night shift"', "its members see it"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await theRoom(bench);
    const name = values.argument("NAME") ?? room.name;
    const topic = values.option("--topic") ?? room.topic;
    if (name === room.name && topic === room.topic) {
      throw new UsageError("nothing-new", "Say a new name, or a --topic");
    }
    await client.rooms.setAbout(room, { name, topic });
    const now = { ...room, name, topic };
    return fact("room", await roomFields(client, now), roomTitle(now));
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
  GRANT,
  NAME,
  REPAIR,
];
