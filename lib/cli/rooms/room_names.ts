/** What a room is called, and what it is about. */

import { UsageError } from "../../base/errors.ts";
import type { RoomAbout } from "../../client/rooms/room_store.ts";
import type { RoomInfo } from "../../client/rooms/room_info.ts";
import {
  fact,
  ROOM,
  type RoomBench,
  type RoomDeed,
  roomFields,
  roomOf,
  type RoomOutcome,
  roomTitle,
} from "./room_deed.ts";

/** The option of what founds or names a room. */
export const TOPIC_OPTION = {
  flag: "--topic",
  valueName: "TOPIC",
  summary: "what it is about",
} as const;

/** Name, or topic, or both. */
export const NAME: RoomDeed = {
  verb: "name",
  slashAliases: [],
  summary: "say what a room is called; owners and moderators may",
  details: "Name and topic travel sealed: the server does not know them.",
  arguments: [ROOM, {
    name: "NAME",
    summary: "how to call it from now on; left out, the name stays",
    required: false,
  }],
  options: [TOPIC_OPTION],
  examples: [['256 ops --topic "the night shift"', "its members see it"]],
  async run(bench) {
    const { values } = bench;
    const room = await roomOf(bench);
    const name = values.argument("NAME") ?? room.name;
    const topic = values.option("--topic") ?? room.topic;
    if (name === room.name && topic === room.topic) {
      throw new UsageError("nothing-new", "Say a new name, or a --topic");
    }
    return await call(bench, room, { name, topic });
  },
};

/** The topic alone, as it is typed. */
export const TOPIC: RoomDeed = {
  verb: "topic",
  slashAliases: [],
  summary: "say what a room is about; without a text show it",
  details: "Owners and moderators may set it. It travels sealed: the server does not know it.",
  arguments: [
    ROOM,
    { name: "TEXT", summary: "what it is about; - for nothing", required: false, rest: "text" },
  ],
  examples: [["ops the night shift", "its members see it"], ["ops", "shows it"]],
  async run(bench) {
    const room = await roomOf(bench);
    const text = bench.values.argument("TEXT");
    if (text === undefined) {
      const { facts } = fact("room", await roomFields(bench.client, room), roomTitle(room));
      return { facts, notes: room.topic === "" ? ["it has no topic"] : [] };
    }
    return await call(bench, room, { name: room.name, topic: text === "-" ? "" : text });
  },
};

async function call(
  { client }: RoomBench,
  room: RoomInfo,
  about: RoomAbout,
): Promise<RoomOutcome> {
  await client.rooms.lead.setAbout(room, about);
  const now = { ...room, ...about };
  return fact("room", await roomFields(client, now), roomTitle(now));
}
