/** What a database on PostgreSQL says of a move into it and out of it, and that nobody else opens it meanwhile. */

import { StorageError } from "../../base/errors.ts";
import type { StoreOwner } from "../store/opened_store.ts";
import {
  NODE_APPLICATION,
  type PostgresDatabase,
  type Statements,
  type Transaction,
} from "../store/postgres/database.ts";
import {
  anotherServer,
  FIND_OWNER,
  FIND_SERVER,
  findVersion,
  LOCK,
  MARKER,
  migratePostgres,
  MIGRATION_LOCK,
  MOVES,
} from "../store/postgres/migration.ts";
import { POSTGRES_MIGRATIONS } from "../store/postgres/schema.ts";

/** A move may take hours, in which this connection has nothing to say. */
const PATIENCE =
  "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0";

/** Runs `action` while no node starts on the database; in a transaction that sees one moment. */
export async function alone<T>(
  database: PostgresDatabase,
  action: (snapshot: Transaction) => Promise<T>,
): Promise<T> {
  return await oneMoment(database, async (snapshot) => {
    await snapshot.first(LOCK, MIGRATION_LOCK, database.schema);
    await requireNobody(snapshot);
    return await action(snapshot);
  });
}

/** Runs `action` in a transaction that sees the database as it is at its first statement (REPEATABLE READ), for hours if it must. */
export async function oneMoment<T>(
  database: PostgresDatabase,
  action: (snapshot: Transaction) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (transaction) => {
    await transaction.script(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ${PATIENCE}`);
    return await action(transaction);
  });
}

async function requireNobody(statements: Statements): Promise<void> {
  const others = await statements.integer(
    `SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND split_part(application_name, '/', 1) = $1`,
    NODE_APPLICATION,
  );
  if (others === 0) return;
  throw new StorageError(
    "in-use",
    "Cannot move: a node of the server is running on the database. Stop all of them",
  );
}

/**
 * Makes the tables where there are none, and marks them as those of a move. Returns whether it was begun before. Rejects with
 * StorageError `not-empty`, `another-server`, `unknown-format`, `newer-format`; nothing is changed then.
 */
export async function beginMoveInto(
  database: PostgresDatabase,
  { serverId }: StoreOwner,
): Promise<boolean> {
  const { version, server } = await readMark(database);
  if (server === undefined) {
    await migratePostgres(database);
    await database.transaction((transaction) => mark(transaction, `${MOVES.into}${serverId}`));
    return false;
  }
  if (server === serverId || server === `${MOVES.away}${serverId}`) {
    throw new StorageError(
      "not-empty",
      "Cannot move: the database has this server's tables already. Choose an empty one",
    );
  }
  if (server !== `${MOVES.into}${serverId}`) throw anotherServer("is of another one");
  requireNow(version, "Empty it, and begin again");
  return true;
}

async function mark(transaction: Transaction, server: string): Promise<void> {
  const isMarked = await transaction.run(
    `UPDATE ${MARKER} SET server = $1 WHERE server IS NULL
      AND NOT EXISTS (SELECT 1 FROM account)`,
    server,
  );
  if (isMarked === 0) {
    throw new StorageError("not-empty", "Cannot move: the database is not empty. Choose another");
  }
  // That of the source comes.
  await transaction.run("DELETE FROM incarnation");
}

/** From now on it is this server's. */
export async function finishMoveInto(
  database: PostgresDatabase,
  { serverId, setupMark }: StoreOwner,
): Promise<void> {
  await database.transaction((transaction) =>
    transaction.run(
      `UPDATE ${MARKER} SET server = $1, setup = $2 WHERE server = $3`,
      ...[serverId, setupMark, `${MOVES.into}${serverId}`],
    )
  );
}

/**
 * That the database is this server's, with the tables of now. `isResumed`: it may be marked as moved. Rejects with StorageError
 * `another-server`, `database-missing`, `unknown-format`, `moved-away`.
 */
export async function requireOwned(
  database: PostgresDatabase,
  { serverId, setupMark }: StoreOwner,
  { isResumed }: { readonly isResumed: boolean },
): Promise<void> {
  const { version, server } = await readMark(database);
  if (version === 0) {
    throw new StorageError("database-missing", "Cannot move: the database is empty");
  }
  requireNow(version, "Start this version of the server on it once");
  const isMoved = server === `${MOVES.away}${serverId}`;
  if (isMoved && !isResumed) {
    throw new StorageError("moved-away", "Cannot move: its server was moved into a folder");
  }
  if (!isMoved && server !== serverId) throw anotherServer("has the keys of another one");
  const owner = await database.first(FIND_OWNER);
  if (owner?.setup === undefined || owner.setup === setupMark) return;
  throw anotherServer("has its CA and another opaque.setup");
}

/** No node starts on it any more. */
export async function markMovedAway(
  transaction: Transaction,
  { serverId }: StoreOwner,
): Promise<void> {
  await transaction.run(
    `UPDATE ${MARKER} SET server = $1 WHERE server = $2`,
    `${MOVES.away}${serverId}`,
    serverId,
  );
}

async function readMark(
  database: PostgresDatabase,
): Promise<{ version: number; server: string | undefined }> {
  return await database.transaction(async (transaction) => {
    const version = await findVersion(transaction, database.schema);
    return { version, server: version === 0 ? undefined : await transaction.first(FIND_SERVER) };
  });
}

function requireNow(version: number, then: string): void {
  if (version === POSTGRES_MIGRATIONS.length) return;
  throw new StorageError(
    version > POSTGRES_MIGRATIONS.length ? "newer-format" : "unknown-format",
    `Cannot move: the tables of the database are of version ${version}, this program's of ` +
      `${POSTGRES_MIGRATIONS.length}. ${then}`,
  );
}
