/**
 * The tables of a database on PostgreSQL as an SQLite file with the tables of the same names, so that one set of checks reads
 * either (`store_history.ts`).
 */

import { MIGRATIONS } from "../../lib/server/store/sqlite/schema.ts";
import { type PostgresDatabase, query } from "../../lib/server/store/postgres/database.ts";
import { Database } from "../../lib/storage/database.ts";
import type { Row, SqlValue } from "../../lib/storage/row.ts";

/** Rows of a table come after those that they refer to. */
const TABLES = [
  ...["account", "device", "role", "sanction", "audit", "conversation", "conversation_account"],
  ...["conversation_member", "envelope", "commit_winner", "room", "room_entry", "upload"],
  ...["upload_reader", "upload_total"],
] as const;

/** Makes the file at `path`. Nobody writes to `from` meanwhile. */
export async function copyToFile(from: PostgresDatabase, path: string): Promise<void> {
  using to = Database.open(path, { migrations: MIGRATIONS });
  for (const table of TABLES) {
    const columns = await from.all(COLUMNS, from.schema, table);
    const names = columns.map(({ name }) => name).join(", ");
    const rows = await from.all(query(`SELECT ${names} FROM ${table}`, readAll(columns)));
    const marks = columns.map(() => "?").join(", ");
    const insert = to.command(`INSERT OR REPLACE INTO ${table} (${names}) VALUES (${marks})`);
    to.transaction(() => {
      for (const row of rows) insert.run(...row);
    });
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
}

const COLUMNS = query(
  `SELECT column_name::text AS name, data_type::text AS type FROM information_schema.columns
    WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`,
  (row): Column => ({ name: row.text("name"), type: row.text("type") }),
);

const readAll = (columns: readonly Column[]) => (row: Row): SqlValue[] =>
  columns.map(({ name, type }) => {
    if (type === "bytea") return row.optionalBytes(name) ?? null;
    return (type === "text" ? row.optionalText(name) : row.optionalInteger(name)) ?? null;
  });
