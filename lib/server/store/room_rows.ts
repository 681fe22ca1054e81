/** Rooms as rows: the same columns on every database. */

import type { ConversationId } from "../../base/ids.ts";
import type { Row } from "../../storage/row.ts";
import { accountId, accountName, conversationId } from "./columns.ts";
import type { RoomPlace } from "./room_rules.ts";
import type {
  ListedMembership,
  OpenRoomSummary,
  RoomFacts,
  RoomGuest,
  RoomOfAccount,
  RoomStanding,
  RoomSummary,
} from "./room_store.ts";

/** An open room, as a look for one account finds it. */
export const readOpenRoom = (row: Row): OpenRoomSummary => ({
  room: row.integer("number"),
  conversation: conversationId(row),
  name: row.text("open_name"),
  topic: row.text("open_topic"),
  size: row.integer("open_size"),
  members: row.integer("members"),
  member: row.boolean("member"),
});

/** Columns `is_in` and `is_invited` say how the account stands to it. */
export const readFoundRoom = (
  row: Row,
): { room: number; version: number; standing: RoomStanding } => ({
  room: row.integer("number"),
  version: row.integer("version"),
  standing: row.boolean("is_in") ? "member" : row.boolean("is_invited") ? "invited" : "open",
});

/** A row of table `room_invitation` that has its entry. */
export const readGuest = (row: Row): RoomGuest => ({
  account: accountId(row),
  entry: row.bytes("entry"),
  expiresMs: row.integer("expires_ms"),
  declined: row.boolean("declined"),
});

/** A room, as a look for one account finds it. */
export const readRoomSummary = (row: Row): RoomSummary => ({
  room: row.integer("number"),
  conversation: conversationId(row),
  epoch: row.integer("epoch"),
  version: row.integer("version"),
  // The cast: the statement writes one of the three words.
  standing: row.text("standing") as ListedMembership,
  member: row.boolean("member"),
  wanted: row.boolean("wanted"),
  declined: row.boolean("declined"),
  kicked: row.boolean("kicked"),
  // The cast: written as a conversation id of the same table.
  replaced: row.optionalText("replaced") as ConversationId | undefined,
});

/** A room, as the operator sees it. */
export const readRoomFacts = (row: Row): RoomFacts => ({
  room: row.integer("number"),
  founder: accountName(row),
  members: row.integer("members"),
  invited: row.integer("invited"),
  said: row.integer("last_place"),
});

/** A room that an account is in. */
export const readRoomOfAccount = (row: Row): RoomOfAccount => ({
  room: row.integer("number"),
  version: row.integer("version"),
  conversation: conversationId(row),
});

/** A room with its people, as a sorted list of numbers of accounts. */
export const readPeopleOfRoom = (
  row: Row,
): { room: number; conversation: ConversationId; people: string } => ({
  room: row.integer("number"),
  conversation: conversationId(row),
  people: row.optionalText("people") ?? "",
});

/** Where a room is, for whoever commits to it. */
export const readRoomPlace = (row: Row): RoomPlace => ({
  id: row.integer("id"),
  epoch: row.integer("epoch"),
  lastSeq: row.integer("last_seq"),
  version: row.integer("version"),
  isMember: row.boolean("is_member"),
  isIn: row.boolean("is_in"),
});

/** A room as whoever changes it needs it. */
export const readRoom = (
  row: Row,
): { id: number; lastSeq: number; number: number; version: number } => ({
  id: row.integer("id"),
  lastSeq: row.integer("last_seq"),
  number: row.integer("number"),
  version: row.integer("version"),
});
