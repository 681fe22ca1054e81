/** What the server's order and presence ask about the people of rooms. */

import type { AccountId, ConversationId } from "../../../base/ids.ts";
import { accountId } from "../columns.ts";
import { readRoomOfAccount } from "../room_rows.ts";
import { MAX_MATES, MAX_MEMBERS_WITH_PRESENCE } from "../room_rules.ts";
import type { RoomOfAccount } from "../room_store.ts";
import { query, type Statements } from "./database.ts";

/** See `RoomStore.listKickedMembers`. */
export async function listKickedMembers(
  statements: Statements,
  { conversation, nowMs, limit }: { conversation: ConversationId; nowMs: number; limit: number },
): Promise<readonly AccountId[]> {
  return await statements.all(LIST_KICKED, conversation, nowMs, limit);
}

/** See `RoomStore.listRoomsOf`. */
export async function listRoomsOf(
  statements: Statements,
  { account, limit }: { account: AccountId; limit: number },
): Promise<readonly RoomOfAccount[]> {
  return await statements.all(LIST_ROOMS_OF, account, limit);
}

/** See `RoomStore.listRoomMates`. */
export async function listRoomMates(
  statements: Statements,
  account: AccountId,
): Promise<readonly AccountId[]> {
  return await statements.all(LIST_MATES, account, MAX_MEMBERS_WITH_PRESENCE, MAX_MATES);
}

const LIST_KICKED = query(
  `SELECT a.account FROM conversation c JOIN conversation_account p ON p.conversation = c.id
    JOIN sanction s ON s.account = p.account AND s.kind = 'kick'
    JOIN account a ON a.id = p.account
    WHERE c.conversation = $1 AND (s.until_ms IS NULL OR s.until_ms > $2)
      AND NOT EXISTS (SELECT 1 FROM room_removal x
        WHERE x.conversation = c.id AND x.account = p.account)
    ORDER BY a.account LIMIT $3`,
  (row) => accountId(row),
);

const LIST_ROOMS_OF = query(
  `SELECT r.number, r.version, c.conversation FROM account a
    JOIN conversation_account p ON p.account = a.id
    JOIN conversation c ON c.id = p.conversation AND c.open = 1
    JOIN room r ON r.conversation = c.id WHERE a.account = $1 ORDER BY r.number LIMIT $2`,
  readRoomOfAccount,
);

const LIST_MATES = query(
  `SELECT DISTINCT b.account FROM account a
    JOIN conversation_account own ON own.account = a.id
    JOIN conversation c ON c.id = own.conversation AND c.open = 1
    JOIN room r ON r.conversation = c.id AND r.open_name IS NULL
    JOIN conversation_account other ON other.conversation = c.id AND other.account <> a.id
    JOIN account b ON b.id = other.account
    WHERE a.account = $1 AND (
      SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) <= $2 LIMIT $3`,
  (row) => accountId(row),
);
