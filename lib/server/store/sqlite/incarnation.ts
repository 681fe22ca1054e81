/**
 * The lives of a server's database. A restored backup goes back in time: what came after it is gone here and known to clients.
 * So each restore begins a new incarnation, under an id that was never seen, and writes down where each conversation was; a
 * client that is beyond that gives the conversation up instead of taking a second commit for an epoch that it has passed (SR-58).
 */

import { StorageError } from "../../../base/errors.ts";
import type { Database } from "../../../storage/database.ts";
import type { RestoredPlace, RestoreStore } from "../store.ts";
import { conversationId } from "../columns.ts";

/**
 * Numbers of envelopes are never given out again: after a restore they go on this far beyond the last one that the backup has.
 * Nobody sends as many in one life of a server, and 2^21 restores stay below 2^53.
 */
const SEQ_LEAP = 2 ** 32;

/** Marks the database as restored: after this, nothing that it gives out is mixed up with what it has forgotten. */
export function beginIncarnation(database: Database): void {
  database.transaction(() => {
    database.command(
      `INSERT INTO incarnation (number, incarnation)
        SELECT max(number) + 1, lower(hex(randomblob(16))) FROM incarnation`,
    ).run();
    database.command(
      `INSERT INTO restored_place (conversation, incarnation, epoch, seq)
        SELECT c.id, (SELECT max(number) FROM incarnation), c.epoch, c.last_seq FROM conversation c`,
    ).run();
    database.command("UPDATE conversation SET last_seq = last_seq + ?").run(SEQ_LEAP);
  });
}

/** Which life it is, and what came before the last restores. */
export class IncarnationTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  find(): string {
    const incarnation = this.#statements.find.first();
    if (incarnation === undefined) {
      throw new StorageError("damaged", "Cannot read database: it has no incarnation");
    }
    return incarnation;
  }

  listRestored(
    { account, known, after, limit }: Parameters<RestoreStore["listRestored"]>[0],
  ): readonly RestoredPlace[] {
    return this.#statements.listRestored.all(account, known, after ?? "", limit);
  }
}

function prepare(database: Database) {
  return {
    find: database.query(
      "SELECT incarnation FROM incarnation WHERE number = (SELECT max(number) FROM incarnation)",
      (row) => row.text("incarnation"),
    ),
    // One that this database never had is of a life that was restored over: it has seen none of these restores.
    listRestored: database.query(
      `SELECT c.conversation, min(r.epoch) AS epoch, min(r.seq) AS seq
        FROM account a JOIN conversation_account p ON p.account = a.id
        JOIN conversation c ON c.id = p.conversation
        JOIN restored_place r ON r.conversation = c.id
        WHERE a.account = ?1 AND c.open = 1 AND c.conversation > ?3
          AND r.incarnation > coalesce((SELECT number FROM incarnation WHERE incarnation = ?2), 0)
        GROUP BY c.conversation ORDER BY c.conversation LIMIT ?4`,
      (row): RestoredPlace => ({
        conversation: conversationId(row),
        epoch: row.integer("epoch"),
        seq: row.integer("seq"),
      }),
    ),
  };
}
