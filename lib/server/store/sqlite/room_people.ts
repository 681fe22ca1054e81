/** What the server's order and presence ask about the people of rooms. */

import type { AccountId, ConversationId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import { MAX_MATES, MAX_MEMBERS_WITH_PRESENCE } from "../room_rules.ts";
import type { RoomOfAccount } from "../room_store.ts";
import { accountId } from "../columns.ts";
import { readRoomOfAccount } from "../room_rows.ts";

/** Who is in rooms with whom. */
export class RoomPeople {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  listKicked(
    { conversation, nowMs, limit }: { conversation: ConversationId; nowMs: number; limit: number },
  ): readonly AccountId[] {
    return this.#statements.listKicked.all(conversation, nowMs, limit);
  }

  listRoomsOf(
    { account, limit }: { account: AccountId; limit: number },
  ): readonly RoomOfAccount[] {
    return this.#statements.listRoomsOf.all(account, limit);
  }

  listMates(account: AccountId): readonly AccountId[] {
    return this.#statements.listMates.all(account, MAX_MEMBERS_WITH_PRESENCE, MAX_MATES);
  }
}

/** CROSS JOIN keeps SQLite to the order as written, from the few rows of one account or room (sqlite.org/optoverview.html §8). */
function prepare(database: Database) {
  return {
    listKicked: database.query(
      `SELECT a.account FROM conversation c CROSS JOIN conversation_account p ON p.conversation = c.id
        CROSS JOIN sanction s ON s.account = p.account AND s.kind = 'kick'
        CROSS JOIN account a ON a.id = p.account
        WHERE c.conversation = ?1 AND (s.until_ms IS NULL OR s.until_ms > ?2)
          AND NOT EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)
        ORDER BY a.account LIMIT ?3`,
      (row) => accountId(row),
    ),
    listRoomsOf: database.query(
      `SELECT r.number, r.version, c.conversation FROM account a
        CROSS JOIN conversation_account p ON p.account = a.id
        CROSS JOIN conversation c ON c.id = p.conversation AND c.open = 1
        CROSS JOIN room r ON r.conversation = c.id WHERE a.account = ? ORDER BY r.number LIMIT ?`,
      readRoomOfAccount,
    ),
    listMates: database.query(
      `SELECT DISTINCT b.account FROM account a
        CROSS JOIN conversation_account own ON own.account = a.id
        CROSS JOIN conversation c ON c.id = own.conversation AND c.open = 1
        CROSS JOIN room r ON r.conversation = c.id AND r.open_name IS NULL
        CROSS JOIN conversation_account other ON other.conversation = c.id AND other.account <> a.id
        CROSS JOIN account b ON b.id = other.account
        WHERE a.account = ? AND (
          SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) <= ? LIMIT ?`,
      (row) => accountId(row),
    ),
  };
}
