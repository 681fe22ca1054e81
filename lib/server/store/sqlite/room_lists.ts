/** What is read of rooms: who is in them or invited, their entries, and what waits to be done. */

import type { Bytes } from "../../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { RoomFacts, RoomGuest, RoomStanding, RoomSummary } from "../room_store.ts";
import type { Member } from "../../../relay/message_log.ts";
import { accountId, rowNumber } from "../columns.ts";
import {
  readFoundRoom,
  readGuest,
  readPeopleOfRoom,
  readRoomFacts,
  readRoomSummary,
} from "../room_rows.ts";

/** The rooms as accounts may see them. */
export class RoomLists {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  find(
    { conversation, account }: { conversation: ConversationId; account: AccountId },
  ): { room: number; version: number; standing: RoomStanding } | undefined {
    return this.#statements.find.first(conversation, account);
  }

  findReplaced(
    { conversation, account }: { conversation: ConversationId; account: AccountId },
  ): { version: number } | undefined {
    return this.#statements.findReplaced.first(conversation, account);
  }

  has(number: number): boolean {
    return this.#statements.findOpen.first(number) !== undefined;
  }

  list(
    { account, device, after, limit, nowMs }: Member & {
      after: number;
      limit: number;
      nowMs: number;
    },
  ): readonly RoomSummary[] {
    return this.#statements.list.all(device, account, after, limit, nowMs);
  }

  listEvery({ after, limit }: { after: number; limit: number }): readonly RoomFacts[] {
    return this.#statements.listEvery.all(after, limit);
  }

  listMembers(conversation: ConversationId): readonly AccountId[] {
    return this.#statements.listMembers.all(conversation);
  }

  listEntries(
    { conversation, after, limit }: { conversation: ConversationId; after: number; limit: number },
  ): readonly Bytes[] {
    return this.#statements.listEntries.all(conversation, after, limit);
  }

  findInvitation(
    { conversation, account }: { conversation: ConversationId; account: AccountId },
  ): Bytes | undefined {
    return this.#statements.findInvitation.first(conversation, account);
  }

  listGuests(
    { conversation, after, limit }: {
      conversation: ConversationId;
      after: AccountId | undefined;
      limit: number;
    },
  ): readonly RoomGuest[] {
    return this.#statements.listGuests.all(conversation, after ?? "", limit);
  }

  listRemovals(
    { conversation, limit }: { conversation: ConversationId; limit: number },
  ): readonly Bytes[] {
    return this.#statements.listRemovals.all(conversation, limit);
  }

  /** A room with exactly these accounts in it or invited, and none of them on the way out (row S3.28). */
  findSame(
    accounts: readonly number[],
  ): { room: number; conversation: ConversationId } | undefined {
    const wanted = [...accounts].sort((left, right) => left - right).join();
    const found = this.#statements.listPeopleOfRooms.all(accounts[0])
      .find(({ people }) => people === wanted);
    return found && { room: found.room, conversation: found.conversation };
  }
}

function prepare(database: Database) {
  const ofRoom = "conversation = (SELECT id FROM conversation WHERE conversation = ?)";
  return {
    listPeopleOfRooms: preparePeople(database),
    findOpen: database.query(
      `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
        WHERE r.number = ? AND c.open = 1`,
      rowNumber,
    ),
    find: database.query(
      `SELECT r.number, r.version,
          EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = c.id AND p.account = a.id) AS is_in,
          EXISTS (SELECT 1 FROM room_invitation i
            WHERE i.conversation = c.id AND i.account = a.id AND i.entry IS NOT NULL AND i.declined = 0) AS is_invited
        FROM room r JOIN conversation c ON c.id = r.conversation JOIN account a
        WHERE c.conversation = ? AND c.open = 1 AND a.account = ?
          AND (is_in OR is_invited OR r.open_name IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = a.id)`,
      readFoundRoom,
    ),
    findReplaced: database.query(
      `WITH RECURSIVE heir(id) AS (
          SELECT id FROM conversation WHERE conversation = ?1 AND open = 0
          UNION SELECT r.conversation FROM heir CROSS JOIN room r ON r.replaced = heir.id)
        SELECT r.version FROM conversation c JOIN room r ON r.conversation = c.id WHERE c.conversation = ?1 AND EXISTS (
          SELECT 1 FROM heir CROSS JOIN conversation h ON h.id = heir.id AND h.open = 1
            JOIN account a ON a.account = ?2
          WHERE EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = h.id AND p.account = a.id)
            OR EXISTS (SELECT 1 FROM room_invitation i WHERE i.conversation = h.id AND i.account = a.id AND i.declined = 0))`,
      (row) => ({ version: row.integer("version") }),
    ),
    list: prepareList(database),
    listEvery: prepareListEvery(database),
    listMembers: database.query(
      `SELECT a.account FROM conversation c JOIN conversation_account p ON p.conversation = c.id
        JOIN account a ON a.id = p.account WHERE c.conversation = ? ORDER BY a.account`,
      (row) => accountId(row),
    ),
    listEntries: database.query(
      `SELECT entry FROM room_entry WHERE ${ofRoom} AND version > ? ORDER BY version LIMIT ?`,
      (row) => row.bytes("entry"),
    ),
    findInvitation: database.query(
      `SELECT i.entry FROM room_invitation i JOIN account a ON a.id = i.account
        WHERE i.${ofRoom} AND a.account = ? AND i.entry IS NOT NULL AND i.declined = 0`,
      (row) => row.bytes("entry"),
    ),
    listGuests: database.query(
      `SELECT a.account, i.entry, i.expires_ms, i.declined FROM room_invitation i JOIN account a ON a.id = i.account
        WHERE i.${ofRoom} AND i.entry IS NOT NULL AND a.account > ? ORDER BY a.account LIMIT ?`,
      readGuest,
    ),
    listRemovals: database.query(
      `SELECT entry FROM room_removal WHERE ${ofRoom} ORDER BY account LIMIT ?`,
      (row) => row.bytes("entry"),
    ),
  };
}

/** The rooms that an account is in or invited to, each with its people. */
function preparePeople(database: Database) {
  // Who is in a room or invited, without those who are on the way out, as a sorted list.
  const people = `(SELECT group_concat(account) FROM (
      SELECT account FROM conversation_account p WHERE p.conversation = c.id
        AND NOT EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)
      UNION SELECT account FROM room_invitation i WHERE i.conversation = c.id AND i.declined = 0 ORDER BY account))`;
  return database.query(
    `SELECT r.number, c.conversation, ${people} AS people FROM (
          SELECT conversation FROM conversation_account WHERE account = ?1
          UNION SELECT conversation FROM room_invitation WHERE account = ?1 AND declined = 0) mine
        CROSS JOIN conversation c ON c.id = mine.conversation AND c.open = 1
        CROSS JOIN room r ON r.conversation = c.id AND r.open_name IS NULL ORDER BY r.number`,
    readPeopleOfRoom,
  );
}

/** The rooms of an account, whether it is in them or invited. */
function prepareList(database: Database) {
  return database.query(
    `WITH own AS (SELECT id FROM account WHERE account = ?2), mine AS (
          SELECT p.conversation, 'member' AS standing FROM own CROSS JOIN conversation_account p ON p.account = own.id
          UNION ALL SELECT i.conversation, CASE WHEN i.entry IS NULL THEN 'awaited' ELSE 'invited' END
            FROM own CROSS JOIN room_invitation i ON i.account = own.id WHERE i.declined = 0)
        SELECT r.number, c.conversation, c.epoch, r.version, old.conversation AS replaced, mine.standing,
          EXISTS (SELECT 1 FROM conversation_member m JOIN device d ON d.id = m.device
            WHERE m.conversation = c.id AND d.device = ?1) AS member,
          EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id) AS wanted,
          EXISTS (SELECT 1 FROM room_invitation d WHERE d.conversation = c.id AND d.declined = 1) AS declined,
          EXISTS (SELECT 1 FROM conversation_account p CROSS JOIN sanction s ON s.account = p.account AND s.kind = 'kick'
            WHERE p.conversation = c.id AND (s.until_ms IS NULL OR s.until_ms > ?5)) AS kicked
        FROM mine CROSS JOIN room r ON r.conversation = mine.conversation
        CROSS JOIN conversation c ON c.id = r.conversation AND c.open = 1
        LEFT JOIN conversation old ON old.id = r.replaced
        WHERE r.number > ?3 AND (mine.standing <> 'awaited' OR r.replaced IS NOT NULL) AND NOT EXISTS (
          SELECT 1 FROM own JOIN room_removal x ON x.account = own.id WHERE x.conversation = c.id)
        ORDER BY r.number LIMIT ?4`,
    readRoomSummary,
  );
}

/** All open rooms, for the operator. */
function prepareListEvery(database: Database) {
  return database.query(
    `SELECT r.number, a.name, r.last_place,
        (SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) AS members,
        (SELECT count(*) FROM room_invitation i WHERE i.conversation = c.id AND i.declined = 0) AS invited
      FROM room r CROSS JOIN conversation c ON c.id = r.conversation AND c.open = 1
      JOIN device d ON d.id = r.creator JOIN account a ON a.id = d.owner
      WHERE r.number > ? ORDER BY r.number LIMIT ?`,
    readRoomFacts,
  );
}
