/** Rooms that let every account in (docs/decisions/0098-open-rooms.md). */

import type { AccountId } from "../../../base/ids.ts";
import { readOpenRoom } from "../room_rows.ts";
import type { OpenFacts, OpenRoomSummary } from "../room_store.ts";
import { query, type Statements, type Transaction } from "./database.ts";

/** What everybody may read of them. */
export async function listOpenRooms(
  statements: Statements,
  { account, after, limit }: { account: AccountId; after: number; limit: number },
): Promise<readonly OpenRoomSummary[]> {
  return await statements.all(LIST, account, after, limit);
}

/** Whether an open room has this name, but for the one that is `replaced`. The caller has locked `rooms`. */
export async function isNamed(
  statements: Statements,
  { name }: OpenFacts,
  replaced: number | undefined,
): Promise<boolean> {
  return await statements.has(FIND_NAME, name, replaced ?? 0);
}

/** Inside the transaction that makes the room. */
export async function openRoom(
  transaction: Transaction,
  id: number,
  { name, topic, size }: OpenFacts,
): Promise<void> {
  await transaction.run(SET_OPEN, name, topic, size, id);
}

const FIND_NAME = `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
  WHERE r.open_name = $1 AND c.open = 1 AND c.id <> $2`;

const SET_OPEN =
  "UPDATE room SET open_name = $1, open_topic = $2, open_size = $3 WHERE conversation = $4";

const LIST = query(
  `SELECT r.number, c.conversation, r.open_name, r.open_topic, r.open_size,
      (SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) AS members,
      EXISTS (SELECT 1 FROM conversation_account p JOIN account a ON a.id = p.account
        WHERE p.conversation = c.id AND a.account = $1)::int AS member
    FROM room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
    WHERE r.open_name IS NOT NULL AND r.number > $2 ORDER BY r.number LIMIT $3`,
  readOpenRoom,
);
