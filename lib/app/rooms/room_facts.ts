/** Rooms as commands report them. */

import { UsageError } from "../../base/errors.ts";
import { type AccountId, isRoom, type RoomHandle, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { RoomInfo } from "../../client/rooms/room_store.ts";
import type { RowArgument } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { compareNames, showRoom } from "../names.ts";
import type { PersonContext } from "../person_row.ts";
import { reachRoom } from "./find_room.ts";
import { RoomLabels } from "./room_labels.ts";

/** What most commands about rooms have in common. */
export const ROOM_COMMON = {
  group: "Rooms",
  exitCodes: [3, 4, 5, 6, 7, 9],
  // The room is as it is now, and those that this account was invited to are entered.
  needs: ["server", "connection", "receiving"],
} as const;

/** A room as programs get it. */
export interface RoomFacts {
  readonly room: number;
  readonly name: string;
  readonly topic: string;
  readonly role: RoomInfo["role"];
  /** Whether every account on the server may come in; then, how many may be in it. */
  readonly open: boolean;
  readonly size?: number;
  readonly members: readonly {
    readonly account: AccountId;
    readonly name: string;
    readonly role: RoomInfo["role"];
  }[];
}

/** The argument of everything that is done in a room. */
export const ROOM: RowArgument = {
  name: "ROOM",
  summary: "its number or its name, with or without #",
  required: true,
};
/** The same of what may be left out where one talks in a room. */
export const OPEN_ROOM: RowArgument = {
  name: "ROOM",
  summary: "its number or its name; the open room by default",
  required: false,
  unopened: ROOM,
};

/** The room that a command is about. Throws Refusal `unknown-room` or `not-member`, UsageError when it is not said which. */
export async function moduleOf(
  { client, conversation }: PersonContext,
  values: CommandValues,
): Promise<RoomInfo> {
  const open = conversation !== undefined && isRoom(conversation.peer)
    ? conversation.peer
    : undefined;
  const room = values.argument("ROOM") ?? open;
  if (room === undefined) throw new UsageError("room-missing", "ROOM is missing");
  return await reachRoom(client, room);
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

const RANKS: Readonly<Record<RoomInfo["role"], number>> = { owner: 0, moderator: 1, member: 2 };

/** What is reported of a room, its members by role and name. */
export async function roomFacts(
  client: Client,
  { room, name, topic, role, members, openTo }: RoomInfo,
): Promise<RoomFacts> {
  const named = await Promise.all([...members].map(async ([account, its]) => ({
    account,
    name: await nameOfAccount(client, account),
    role: its,
  })));
  // Of a thousand members nobody looks for the owner.
  const listed = named.toSorted((a, b) =>
    RANKS[a.role] - RANKS[b.role] || compareNames(a.name, b.name)
  );
  return {
    ...{ room: roomNumber(room), name, topic, role, members: listed, open: openTo !== undefined },
    ...(openTo === undefined ? {} : { size: openTo }),
  };
}
