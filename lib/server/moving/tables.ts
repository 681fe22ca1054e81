/** What a server's database consists of, as rows that a file and PostgreSQL both have (decision 0136). */

import type { Database } from "../../storage/database.ts";
import type { Row, SqlValue } from "../../storage/row.ts";

/** A column of both. */
export interface Column {
  readonly name: string;
  readonly kind: "integer" | "text" | "bytes";
}

/** A table that is moved. Its rows come in the order of its key, which is the same everywhere. */
export interface MovedTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
}

/** A row, by the columns of its table. */
export type Values = readonly SqlValue[];

/** Tables and what identifies a row. Rows come after those that they refer to. */
const KEYS: readonly (readonly [string, readonly string[]])[] = [
  ["account", ["id"]],
  ["device", ["id"]],
  ["bot_token", ["device"]],
  ["key_package", ["id"]],
  ["registration_token", ["hash"]],
  ["notebook", ["owner", "page"]],
  ["broadcast", ["number"]],
  ["role", ["account"]],
  ["sanction", ["account", "kind"]],
  ["audit", ["id"]],
  ["incarnation", ["number"]],
  ["conversation", ["id"]],
  ["conversation_account", ["conversation", "account"]],
  ["conversation_member", ["conversation", "device"]],
  ["envelope", ["conversation", "seq"]],
  ["group_info", ["conversation", "epoch"]],
  ["commit_winner", ["conversation", "epoch"]],
  ["room", ["conversation"]],
  ["room_entry", ["conversation", "version"]],
  ["room_invitation", ["conversation", "account"]],
  ["room_removal", ["conversation", "account"]],
  ["restored_place", ["conversation", "incarnation"]],
  ["upload", ["upload"]],
  ["upload_reader", ["upload", "reader"]],
];

/** What one of both has by itself: it follows from the rows, or from `Numbers`. */
export const UNMOVED: {
  readonly tables: readonly string[];
  readonly columns: readonly string[];
} = {
  tables: ["upload_total", "counter", "heliograph_schema", "sqlite_sequence"],
  columns: ["envelope.id", "group_info.id"],
};

/** The last numbers that were given out, which are never given out again, whatever became of their rows. */
export interface Numbers {
  readonly audit: number;
  readonly broadcast: number;
}

/** The counted tables. */
export const COUNTED = ["audit", "broadcast"] as const;

const KINDS: Readonly<Record<string, Column["kind"]>> = {
  INTEGER: "integer",
  TEXT: "text",
  BLOB: "bytes",
};

/** All of them, as this version of the program has them. `database` is one with the tables of now. */
export function movedTables(database: Database): readonly MovedTable[] {
  const columnsOf = database.query(
    "SELECT name, type FROM pragma_table_info(?) ORDER BY cid",
    (row): Column => ({ name: row.text("name"), kind: KINDS[row.text("type")] }),
  );
  return KEYS.map(([name, key]) => ({
    ...{ name, key },
    columns: columnsOf.all(name)
      .filter((column) => !UNMOVED.columns.includes(`${name}.${column.name}`)),
  }));
}

/** Reads a row by the columns of its table. */
export function readValues({ columns }: MovedTable): (row: Row) => Values {
  return (row) =>
    columns.map(({ name, kind }) => {
      if (kind === "bytes") return row.optionalBytes(name) ?? null;
      return (kind === "text" ? row.optionalText(name) : row.optionalInteger(name)) ?? null;
    });
}

/** The key of a row. */
export function keyOf({ key, columns }: MovedTable, values: Values): Values {
  return key.map((name) => values[columns.findIndex((column) => column.name === name)]);
}
