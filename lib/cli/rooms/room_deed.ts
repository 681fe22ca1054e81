/** What the verbs `room …` and the slash commands `/room …` have in common: one row for both. */

import { UsageError } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import type { AccountId, RoomHandle } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { RoomInfo } from "../../client/rooms/room_info.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { onOneLine, safeText } from "../../terminal/safe_text.ts";
import { showName, showRoom } from "../dialogue/names.ts";
import type { Outcome } from "../moderation/deed.ts";
import { rowOfTwoWords, type TwoWordDeed } from "../two_word_deed.ts";
import { reachRoom } from "./find_room.ts";
import { RoomLabels } from "./room_labels.ts";

/** What a deed works with. */
export interface RoomBench {
  /** Connected. */
  readonly client: Client;
  readonly values: CommandValues;
  /** The room in which one talks. */
  readonly present?: RoomHandle | undefined;
}

/** What came of it. */
export interface RoomOutcome extends Outcome {
  /** The room in which one talks from now on. */
  readonly opened?: RoomHandle;
}

/** A verb `room VERB`, and a slash command of that name. */
export interface RoomDeed extends TwoWordDeed {
  /** True: nothing that waits is taken up before, so that no room is come into. */
  readonly offhand?: true;
  run(bench: RoomBench): Promise<RoomOutcome>;
}

/** The argument of everything that is done in a room. */
export const ROOM: ArgumentSpec = {
  name: "ROOM",
  summary: "its number or its name, with or without #",
  required: true,
};
/** The same of what may be left out where one talks in a room. */
export const PRESENT_ROOM: ArgumentSpec = {
  name: "ROOM",
  summary: "its number or its name; left out, the one that you talk in",
  required: false,
};
/** The argument of what is done to one of its members. */
export const MEMBER: ArgumentSpec = { name: "NAME", summary: "whom", required: true };

/** What a verb and a slash command of the deed have in common. */
export function rowOfDeed(deed: RoomDeed): ReturnType<typeof rowOfTwoWords> {
  return rowOfTwoWords(deed, { family: "room", group: "Rooms" });
}

/** The room that a deed is about. Throws Refusal `unknown-room` or `not-member`, UsageError when it is not said which. */
export async function roomOf({ client, values, present }: RoomBench): Promise<RoomInfo> {
  const room = values.argument("ROOM") ?? present;
  if (room === undefined) throw new UsageError("room-missing", "ROOM is missing");
  return await reachRoom(client, room);
}

/** One fact, and nothing more to say. */
export function fact(
  type: string,
  fields: Readonly<Record<string, unknown>>,
  line: string,
): RoomOutcome {
  return { facts: [{ type, fields, line }], notes: [] };
}

/** A room where it stands in a line. */
export async function roomShown(client: Client, room: RoomHandle): Promise<string> {
  return showRoom((await RoomLabels.of(client)).labelOf(room));
}

/** An account by the name that its owner chose, as far as this profile knows it. */
export async function nameOfAccount(
  { profile, messenger }: Client,
  account: AccountId,
): Promise<string> {
  if (account === profile.own.account) return profile.own.name;
  return (await messenger.contacts.find(account))?.name ?? account;
}

/** A room as programs get it. */
export async function roomFields(
  client: Client,
  { room, name, topic, role, members }: RoomInfo,
): Promise<Readonly<Record<string, unknown>>> {
  const listed = await Promise.all([...members].map(async ([account, its]) => ({
    account,
    name: await nameOfAccount(client, account),
    role: its,
  })));
  return { room: roomNumber(room), name, topic, role, members: listed };
}

/** `#256 ops: the night shift`. */
export function roomTitle({ room, name, topic }: RoomInfo): string {
  const called = name === "" ? "" : ` ${showName(name)}`;
  return `${room}${called}${topic === "" ? "" : `: ${onOneLine(safeText(topic))}`}`;
}
