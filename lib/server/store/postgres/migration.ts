/** Makes the tables and brings them to the last version, one process at a time, whoever else starts meanwhile. */

import { StorageError } from "../../../base/errors.ts";
import type { Fingerprint } from "../../../base/ids.ts";
import { type PostgresDatabase, query, type Transaction } from "./database.ts";
import { POSTGRES_MIGRATIONS } from "./schema.ts";

/** Class of the advisory lock; its second number is the schema's. */
const MIGRATION_LOCK = 4_800;

/** What says that the tables are ours, and of which version. */
const MARKER = "heliograph_schema";

/**
 * Rejects with StorageError `newer-format` when a newer program made the tables, `unknown-format` when what is in the schema
 * is not ours; nothing is changed then.
 */
export async function migratePostgres(
  database: PostgresDatabase,
  { migrations = POSTGRES_MIGRATIONS, mayBeEmpty = true }: {
    readonly migrations?: readonly string[];
    /** False: it is of a server that has run. */
    readonly mayBeEmpty?: boolean;
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
    if (version === migrations.length) return;
    if (version === 0 && !mayBeEmpty) {
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
 * know that one's keys.
 */
export async function claimDatabase(
  database: PostgresDatabase,
  serverId: Fingerprint,
): Promise<void> {
  const owner = await database.transaction(async (transaction) => {
    await transaction.run(`UPDATE ${MARKER} SET server = $1 WHERE server IS NULL`, serverId);
    return await transaction.first(FIND_SERVER);
  });
  if (owner !== serverId) throw anotherServer("has the keys of another one");
}

/** For a data folder without keys, before any are made. Rejects as `claimDatabase`. */
export async function requireUnclaimed(database: PostgresDatabase): Promise<void> {
  const owner = await database.first(FIND_SERVER);
  if (owner !== undefined) throw anotherServer("has no keys");
}

function anotherServer(found: string): StorageError {
  return new StorageError(
    "another-server",
    `Cannot open the database: it is a server's whose keys are elsewhere, and this data folder ${found}. ` +
      "Choose its data folder, or another database",
  );
}

/** 0 for an empty schema or none. */
async function findVersion(transaction: Transaction, schema: string): Promise<number> {
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

const FIND_SERVER = query(`SELECT server FROM ${MARKER}`, (row) => row.optionalText("server"));
const LOCK = query("SELECT pg_advisory_xact_lock($1::int, hashtext($2))", () => true);
const LIST_TABLES = query(
  `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm', 'p')`,
  (row) => row.text("name"),
);
