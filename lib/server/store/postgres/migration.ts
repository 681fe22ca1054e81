/** Makes the tables and brings them to the last version, one process at a time, whoever else starts meanwhile. */

import { StorageError } from "../../../base/errors.ts";
import type { StoreOwner } from "../opened_store.ts";
import { type PostgresDatabase, type PostgresQuery, query, type Transaction } from "./database.ts";
import { POSTGRES_MIGRATIONS } from "./schema.ts";

/** Class of the advisory lock; its second number is the schema's. */
export const MIGRATION_LOCK = 4_800;

/** What says that the tables are ours, and of which version. */
export const MARKER = "heliograph_schema";

/**
 * Rejects with StorageError `newer-format` when a newer program made the tables, `unknown-format` when what is in the schema
 * is not ours, `another-server` and `database-missing` when it does not fit the data folder; nothing is changed then.
 */
export async function migratePostgres(
  database: PostgresDatabase,
  { migrations = POSTGRES_MIGRATIONS, isFirst = true, owner, judge }: {
    readonly migrations?: readonly string[];
    /** By the keys of the data folder; left out, where those are not looked at. */
    readonly owner?: StoreOwner | undefined;
    /** No server has run on the data folder: the database is nobody's yet. Otherwise it has tables. */
    readonly isFirst?: boolean;
    /** Rejects where this program may not work on its server's database, by what else works there. */
    readonly judge?: () => Promise<void>;
  } = {},
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.first(LOCK, MIGRATION_LOCK, database.schema);
    const version = await findVersion(transaction, database.schema);
    if (version > migrations.length) {
      throw new StorageError(
        "newer-format",
        `Cannot open the database: its tables are of version ${version}, this program knows ` +
          `${migrations.length}. Install the version of heliograph-server that made them`,
      );
    }
    if (version > 0) refuseMoved(await transaction.first(FIND_SERVER));
    if (isFirst && version > 0 && await transaction.first(FIND_SERVER) !== undefined) {
      throw anotherServer("has no keys");
    }
    if (owner !== undefined && version > 0) {
      await requireOwner(transaction, owner, database.schema);
      await judge?.();
    }
    if (version === migrations.length) return;
    if (version === 0 && !isFirst) {
      throw new StorageError(
        "database-missing",
        "Cannot open the database: it is empty, and the keys of its server are in the data folder. " +
          "Choose the right database; for a new server choose an empty folder",
      );
    }
    if (version === 0) await makeSchema(transaction, database.schema);
    for (const step of migrations.slice(version)) await transaction.script(step);
    await transaction.run(`UPDATE ${MARKER} SET version = $1`, migrations.length);
  });
}

/**
 * From now on the database is this server's. Rejects with StorageError `another-server` when it is another one's: its accounts
 * know that one's keys; or when this node has its CA and another `opaque.setup`, by which no password of its accounts is right.
 */
export async function claimDatabase(
  database: PostgresDatabase,
  { serverId, setupMark }: StoreOwner,
): Promise<void> {
  const found = await database.transaction(async (transaction) => {
    await transaction.run(`UPDATE ${MARKER} SET server = $1 WHERE server IS NULL`, serverId);
    await transaction.run(
      `UPDATE ${MARKER} SET setup = $1 WHERE setup IS NULL AND server = $2`,
      setupMark,
      serverId,
    );
    return await transaction.first(FIND_OWNER);
  });
  if (found?.server !== serverId) throw anotherServer("has the keys of another one");
  if (found.setup !== setupMark) throw anotherSetup();
}

/** Whoever has other keys is refused before the tables are touched: nodes that run would meet newer ones. */
async function requireOwner(
  transaction: Transaction,
  { serverId, setupMark }: StoreOwner,
  schema: string,
): Promise<void> {
  const server = await transaction.first(FIND_SERVER);
  if (server !== undefined && server !== serverId) {
    throw anotherServer("has the keys of another one");
  }
  if (!await transaction.has(HAS_SETUP, schema, MARKER)) return;
  const setup = (await transaction.first(FIND_OWNER))?.setup;
  if (setup !== undefined && setup !== setupMark) throw anotherSetup();
}

function anotherSetup(): StorageError {
  return new StorageError(
    "another-server",
    "Cannot open the database: this data folder has its server's CA and another opaque.setup. " +
      "Have the node admitted with all keys: heliograph-server node ask, in an empty folder",
  );
}

/** Of a database whose server's keys are not those of the data folder. */
export function anotherServer(found: string): StorageError {
  return new StorageError(
    "another-server",
    `Cannot open the database: it is a server's whose keys are elsewhere, and this data folder ${found}. ` +
      "Choose its data folder, or another database; to make this a node of it: heliograph-server node ask",
  );
}

/** Before the id of a server whose accounts are being moved into the database, and have been moved out of it. */
export const MOVES = { into: "moving:", away: "moved:" } as const;

/** Throws StorageError `move-unfinished`, `moved-away`. */
function refuseMoved(server: string | undefined): void {
  if (server?.startsWith(MOVES.into)) {
    throw new StorageError(
      "move-unfinished",
      "Cannot open the database: a server is being moved into it. Run heliograph-server move again, to the end",
    );
  }
  if (server?.startsWith(MOVES.away)) {
    throw new StorageError(
      "moved-away",
      "Cannot open the database: its server was moved into a folder, and is there now",
    );
  }
}

/** 0 for an empty schema or none. */
export async function findVersion(transaction: Transaction, schema: string): Promise<number> {
  const tables = await transaction.all(LIST_TABLES, schema);
  if (tables.includes(MARKER)) {
    return await transaction.integer(`SELECT version FROM ${MARKER}`) ?? 0;
  }
  if (tables.length === 0) return 0;
  throw new StorageError(
    "unknown-format",
    `Cannot open the database: its schema ${schema} has tables that are not Heliograph's. ` +
      "Choose another database",
  );
}

async function makeSchema(transaction: Transaction, schema: string): Promise<void> {
  const name = `"${schema.replaceAll('"', '""')}"`;
  // Whoever may not make one is fine with one that is there.
  if (!await transaction.has("SELECT 1 FROM pg_namespace WHERE nspname = $1", schema)) {
    await transaction.script(`CREATE SCHEMA ${name}`);
  }
  await transaction.script(
    `CREATE TABLE ${MARKER} (id int PRIMARY KEY CHECK (id = 1), version bigint NOT NULL,
       server text);
     INSERT INTO ${MARKER} (id, version) VALUES (1, 0)`,
  );
}

/** Whose the database is; none yet. */
export const FIND_SERVER: PostgresQuery<string | undefined> = query(
  `SELECT server FROM ${MARKER}`,
  (row) => row.optionalText("server"),
);
/** The same, and the mark of its `opaque.setup`. */
export const FIND_OWNER: PostgresQuery<{ server?: string; setup?: string }> = query(
  `SELECT server, setup FROM ${MARKER}`,
  (row) => ({ server: row.optionalText("server"), setup: row.optionalText("setup") }),
);
/** With the class and the schema: nobody else opens the database until the transaction ends. */
export const LOCK: PostgresQuery<boolean> = query(
  "SELECT pg_advisory_xact_lock($1::int, hashtext($2))",
  () => true,
);
const HAS_SETUP = `SELECT 1 FROM information_schema.columns
  WHERE table_schema = $1 AND table_name = $2 AND column_name = 'setup'`;
const LIST_TABLES = query(
  `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm', 'p')`,
  (row) => row.text("name"),
);
