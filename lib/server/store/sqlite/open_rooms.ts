/** Rooms that let every account in (docs/decisions/0098-open-rooms.md). */

import type { AccountId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { OpenFacts, OpenRoomSummary } from "../room_store.ts";
import { rowNumber } from "../columns.ts";
import { readOpenRoom } from "../room_rows.ts";

/** What everybody may read of them. */
export class OpenRooms {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  list(
    { account, after, limit }: { account: AccountId; after: number; limit: number },
  ): readonly OpenRoomSummary[] {
    return this.#statements.list.all(account, after, limit);
  }

  /** Whether an open room has this name, but for the one that is `replaced`. */
  isNamed({ name }: OpenFacts, replaced: number | undefined): boolean {
    return this.#statements.findName.first(name, replaced ?? 0) !== undefined;
  }

  /** Inside the transaction that makes the room. */
  open(id: number, { name, topic, size }: OpenFacts): void {
    this.#statements.setOpen.run(name, topic, size, id);
  }
}

function prepare(database: Database) {
  return {
    findName: database.query(
      `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
        WHERE r.open_name = ? AND c.open = 1 AND c.id <> ?`,
      rowNumber,
    ),
    setOpen: database.command(
      "UPDATE room SET open_name = ?, open_topic = ?, open_size = ? WHERE conversation = ?",
    ),
    list: database.query(
      `SELECT r.number, c.conversation, r.open_name, r.open_topic, r.open_size,
          (SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) AS members,
          EXISTS (SELECT 1 FROM conversation_account p JOIN account a ON a.id = p.account
            WHERE p.conversation = c.id AND a.account = ?) AS member
        FROM room r JOIN conversation c ON c.id = r.conversation AND c.open = 1
        WHERE r.open_name IS NOT NULL AND r.number > ? ORDER BY r.number LIMIT ?`,
      readOpenRoom,
    ),
  };
}
