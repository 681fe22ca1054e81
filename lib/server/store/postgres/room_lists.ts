/** What is read of rooms: who is in them or invited, their entries, and what waits to be done. */

import type { Bytes } from "../../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../../base/ids.ts";
import type { Member } from "../../../relay/message_log.ts";
import { accountId } from "../columns.ts";
import {
  readFoundRoom,
  readGuest,
  readPeopleOfRoom,
  readRoomFacts,
  readRoomSummary,
} from "../room_rows.ts";
import type { RoomFacts, RoomGuest, RoomStanding, RoomSummary } from "../room_store.ts";
import { query, type Statements } from "./database.ts";

/** A room, and an account that asks about it. */
interface Asked {
  readonly conversation: ConversationId;
  readonly account: AccountId;
}

/** See `RoomStore.findRoom`. */
export async function findRoom(
  statements: Statements,
  { conversation, account }: Asked,
): Promise<{ room: number; version: number; standing: RoomStanding } | undefined> {
  return await statements.first(FIND, conversation, account);
}

/** See `RoomStore.findReplacedRoom`. */
export async function findReplacedRoom(
  statements: Statements,
  { conversation, account }: Asked,
): Promise<{ version: number } | undefined> {
  return await statements.first(FIND_REPLACED, conversation, account);
}

/** See `RoomStore.hasRoom`. */
export async function hasRoom(statements: Statements, number: number): Promise<boolean> {
  return await statements.has(FIND_OPEN, number);
}

/** See `RoomStore.listRooms`. */
export async function listRooms(
  statements: Statements,
  { account, device, after, limit, nowMs }: Member & {
    after: number;
    limit: number;
    nowMs: number;
  },
): Promise<readonly RoomSummary[]> {
  return await statements.all(LIST, device, account, after, limit, nowMs);
}

/** See `RoomStore.listEveryRoom`. */
export async function listEveryRoom(
  statements: Statements,
  { after, limit }: { after: number; limit: number },
): Promise<readonly RoomFacts[]> {
  return await statements.all(LIST_EVERY, after, limit);
}

/** See `RoomStore.listRoomMembers`. */
export async function listRoomMembers(
  statements: Statements,
  conversation: ConversationId,
): Promise<readonly AccountId[]> {
  return await statements.all(LIST_MEMBERS, conversation);
}

/** See `RoomStore.listRoomEntries`. */
export async function listRoomEntries(
  statements: Statements,
  { conversation, after, limit }: { conversation: ConversationId; after: number; limit: number },
): Promise<readonly Bytes[]> {
  return await statements.all(LIST_ENTRIES, conversation, after, limit);
}

/** See `RoomStore.findRoomInvitation`. */
export async function findRoomInvitation(
  statements: Statements,
  { conversation, account }: Asked,
): Promise<Bytes | undefined> {
  return await statements.first(FIND_INVITATION, conversation, account);
}

/** See `RoomStore.listRoomGuests`. */
export async function listRoomGuests(
  statements: Statements,
  { conversation, after, limit }: {
    conversation: ConversationId;
    after: AccountId | undefined;
    limit: number;
  },
): Promise<readonly RoomGuest[]> {
  return await statements.all(LIST_GUESTS, conversation, after ?? "", limit);
}

/** See `RoomStore.listRemovals`. */
export async function listRemovals(
  statements: Statements,
  { conversation, limit }: { conversation: ConversationId; limit: number },
): Promise<readonly Bytes[]> {
  return await statements.all(LIST_REMOVALS, conversation, limit);
}

/**
 * A room with exactly these accounts in it or invited, and none of them on the way out (row S3.28). The caller has locked `rooms`,
 * so that no second one is founded meanwhile.
 */
export async function findSameRoom(
  statements: Statements,
  accounts: readonly number[],
): Promise<{ room: number; conversation: ConversationId } | undefined> {
  const wanted = [...accounts].sort((left, right) => left - right).join();
  const [one] = accounts;
  const rooms = await statements.all(LIST_PEOPLE_OF_ROOMS, one ?? null);
  const found = rooms.find(({ people }) => people === wanted);
  return found && { room: found.room, conversation: found.conversation };
}

const OF_ROOM = "conversation = (SELECT id FROM conversation WHERE conversation = $1)";

const FIND_OPEN = `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
  WHERE r.number = $1 AND c.open = 1`;

const FIND = query(
  `SELECT number, version, is_in, is_invited FROM (
      SELECT r.number, r.version, r.open_name,
        EXISTS (SELECT 1 FROM conversation_account p
          WHERE p.conversation = c.id AND p.account = a.id)::int AS is_in,
        EXISTS (SELECT 1 FROM room_invitation i WHERE i.conversation = c.id AND i.account = a.id
          AND i.entry IS NOT NULL AND i.declined = 0)::int AS is_invited
      FROM room r JOIN conversation c ON c.id = r.conversation CROSS JOIN account a
      WHERE c.conversation = $1 AND c.open = 1 AND a.account = $2
        AND NOT EXISTS (SELECT 1 FROM room_removal x
          WHERE x.conversation = c.id AND x.account = a.id)) AS found
    WHERE is_in = 1 OR is_invited = 1 OR open_name IS NOT NULL`,
  readFoundRoom,
);

const FIND_REPLACED = query(
  `WITH RECURSIVE heir(id) AS (
      SELECT id FROM conversation WHERE conversation = $1 AND open = 0
      UNION SELECT r.conversation FROM heir JOIN room r ON r.replaced = heir.id)
    SELECT r.version FROM conversation c JOIN room r ON r.conversation = c.id
    WHERE c.conversation = $1 AND EXISTS (
      SELECT 1 FROM heir JOIN conversation h ON h.id = heir.id AND h.open = 1
        JOIN account a ON a.account = $2
      WHERE EXISTS (SELECT 1 FROM conversation_account p
          WHERE p.conversation = h.id AND p.account = a.id)
        OR EXISTS (SELECT 1 FROM room_invitation i
          WHERE i.conversation = h.id AND i.account = a.id AND i.declined = 0))`,
  (row) => ({ version: row.integer("version") }),
);

const LIST_MEMBERS = query(
  `SELECT a.account FROM conversation c JOIN conversation_account p ON p.conversation = c.id
    JOIN account a ON a.id = p.account WHERE c.conversation = $1 ORDER BY a.account`,
  (row) => accountId(row),
);

const LIST_ENTRIES = query(
  `SELECT entry FROM room_entry WHERE ${OF_ROOM} AND version > $2 ORDER BY version LIMIT $3`,
  (row) => row.bytes("entry"),
);

const FIND_INVITATION = query(
  `SELECT i.entry FROM room_invitation i JOIN account a ON a.id = i.account
    WHERE i.${OF_ROOM} AND a.account = $2 AND i.entry IS NOT NULL AND i.declined = 0`,
  (row) => row.bytes("entry"),
);

const LIST_GUESTS = query(
  `SELECT a.account, i.entry, i.expires_ms, i.declined
    FROM room_invitation i JOIN account a ON a.id = i.account
    WHERE i.${OF_ROOM} AND i.entry IS NOT NULL AND a.account > $2 ORDER BY a.account LIMIT $3`,
  readGuest,
);

const LIST_REMOVALS = query(
  `SELECT entry FROM room_removal WHERE ${OF_ROOM} ORDER BY account LIMIT $2`,
  (row) => row.bytes("entry"),
);

// The rooms that an account is in or invited to, each with its people: who is in a room or invited, without those who are on the
// way out, as a sorted list.
const LIST_PEOPLE_OF_ROOMS = query(
  `SELECT r.number, c.conversation, (
      SELECT string_agg(account::text, ',' ORDER BY account) FROM (
        SELECT account FROM conversation_account p WHERE p.conversation = c.id
          AND NOT EXISTS (SELECT 1 FROM room_removal x
            WHERE x.conversation = c.id AND x.account = p.account)
        UNION SELECT account FROM room_invitation i
          WHERE i.conversation = c.id AND i.declined = 0) AS people) AS people
    FROM (SELECT conversation FROM conversation_account WHERE account = $1
        UNION SELECT conversation FROM room_invitation WHERE account = $1 AND declined = 0) AS mine
      JOIN conversation c ON c.id = mine.conversation AND c.open = 1
      JOIN room r ON r.conversation = c.id AND r.open_name IS NULL ORDER BY r.number`,
  readPeopleOfRoom,
);

// The rooms of an account, whether it is in them or invited.
const LIST = query(
  `WITH own AS (SELECT id FROM account WHERE account = $2), mine AS (
      SELECT p.conversation, 'member' AS standing
        FROM own JOIN conversation_account p ON p.account = own.id
      UNION ALL SELECT i.conversation, CASE WHEN i.entry IS NULL THEN 'awaited' ELSE 'invited' END
        FROM own JOIN room_invitation i ON i.account = own.id WHERE i.declined = 0)
    SELECT r.number, c.conversation, c.epoch, r.version, old.conversation AS replaced, mine.standing,
      EXISTS (SELECT 1 FROM conversation_member m JOIN device d ON d.id = m.device
        WHERE m.conversation = c.id AND d.device = $1)::int AS member,
      EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id)::int AS wanted,
      EXISTS (SELECT 1 FROM room_invitation d
        WHERE d.conversation = c.id AND d.declined = 1)::int AS declined,
      EXISTS (SELECT 1 FROM conversation_account p
        JOIN sanction s ON s.account = p.account AND s.kind = 'kick'
        WHERE p.conversation = c.id AND (s.until_ms IS NULL OR s.until_ms > $5))::int AS kicked
    FROM mine JOIN room r ON r.conversation = mine.conversation
    JOIN conversation c ON c.id = r.conversation AND c.open = 1
    LEFT JOIN conversation old ON old.id = r.replaced
    WHERE r.number > $3 AND (mine.standing <> 'awaited' OR r.replaced IS NOT NULL) AND NOT EXISTS (
      SELECT 1 FROM own JOIN room_removal x ON x.account = own.id WHERE x.conversation = c.id)
    ORDER BY r.number LIMIT $4`,
  readRoomSummary,
);

// All open rooms, for the operator.
const LIST_EVERY = query(
  `SELECT r.number, a.name, r.last_place,
      (SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) AS members,
      (SELECT count(*) FROM room_invitation i
        WHERE i.conversation = c.id AND i.declined = 0) AS invited
    FROM room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
    JOIN device d ON d.id = r.creator JOIN account a ON a.id = d.owner
    WHERE r.number > $1 ORDER BY r.number LIMIT $2`,
  readRoomFacts,
);
