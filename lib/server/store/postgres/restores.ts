/** The lives of the database (SR-58, `sqlite/incarnation.ts`). */

import { StorageError } from "../../../base/errors.ts";
import { conversationId } from "../columns.ts";
import type { RestoredPlace, RestoreStore } from "../store.ts";
import { query, type Statements } from "./database.ts";

/** See `RestoreStore.findIncarnation`. */
export async function findIncarnation(database: Statements): Promise<string> {
  const incarnation = await database.first(FIND);
  if (incarnation === undefined) {
    throw new StorageError("damaged", "Cannot read database: it has no incarnation");
  }
  return incarnation;
}

/** See `RestoreStore.listRestored`. */
export async function listRestored(
  database: Statements,
  { account, known, after, limit }: Parameters<RestoreStore["listRestored"]>[0],
): Promise<readonly RestoredPlace[]> {
  return await database.all(LIST, account, known, after ?? "", limit);
}

const FIND = query(
  "SELECT incarnation FROM incarnation ORDER BY number DESC LIMIT 1",
  (row) => row.text("incarnation"),
);
// One that this database never had is of a life that was restored over: it has seen none of these restores.
const LIST = query(
  `SELECT c.conversation, min(r.epoch) AS epoch, min(r.seq) AS seq
    FROM account a JOIN conversation_account p ON p.account = a.id
    JOIN conversation c ON c.id = p.conversation
    JOIN restored_place r ON r.conversation = c.id
    WHERE a.account = $1 AND c.open = 1 AND c.conversation > $3
      AND r.incarnation > coalesce((SELECT number FROM incarnation WHERE incarnation = $2), 0)
    GROUP BY c.conversation ORDER BY c.conversation LIMIT $4`,
  (row): RestoredPlace => ({
    conversation: conversationId(row),
    epoch: row.integer("epoch"),
    seq: row.integer("seq"),
  }),
);
