/** The rows of a database on PostgreSQL. */

import { encodeHex } from "../../base/bytes.ts";
import {
  type PostgresDatabase,
  type PostgresQuery,
  query,
  type Statements,
  type Transaction,
} from "../store/postgres/database.ts";
import { lastNumber } from "../store/postgres/numbers.ts";
import type { RowSource, RowTarget } from "./copying.ts";
import {
  COUNTED,
  keyOf,
  type MovedTable,
  type Numbers,
  readValues,
  type Values,
} from "./tables.ts";

const TYPES = { integer: "bigint", text: "text", bytes: "bytea" } as const;
/** As it travels within JSON. */
const WIRE_TYPES = { integer: "bigint", text: "text", bytes: "text" } as const;

/** What is read: by a transaction of one snapshot where others write. */
export class PostgresSource implements RowSource {
  readonly tables: readonly MovedTable[];
  readonly #statements: Statements;
  readonly #queries = new Map<string, PostgresQuery<Values>>();

  /** `tables`: those of `movedTables`. */
  constructor(statements: Statements, tables: readonly MovedTable[]) {
    this.#statements = statements;
    this.tables = tables;
  }

  async page(
    table: MovedTable,
    after: Values | undefined,
    limit: number,
  ): Promise<readonly Values[]> {
    const keys = table.key.join(", ");
    const marks = table.key.map((name, at) => {
      const column = table.columns.find((one) => one.name === name);
      return `$${at + 2}::${TYPES[column?.kind ?? "integer"]}`;
    });
    const behind = after === undefined ? "" : `WHERE (${keys}) > (${marks.join(", ")})`;
    const select = this.#query(table, `${behind} ORDER BY ${keys} LIMIT $1::bigint`);
    return await this.#statements.all(select, limit, ...after ?? []);
  }

  async lastKey(table: MovedTable): Promise<Values | undefined> {
    const order = table.key.map((name) => `${name} DESC`).join(", ");
    const last = await this.#statements.first(this.#query(table, `ORDER BY ${order} LIMIT 1`));
    return last && keyOf(table, last);
  }

  async numbers(): Promise<Numbers> {
    const [audit, broadcast] = await Promise.all(
      COUNTED.map((name) => lastNumber(this.#statements, name)),
    );
    return { audit, broadcast };
  }

  #query(table: MovedTable, rest: string): PostgresQuery<Values> {
    const columns = table.columns.map(({ name }) => name).join(", ");
    const sql = `SELECT ${columns} FROM ${table.name} ${rest}`;
    let known = this.#queries.get(sql);
    if (known === undefined) this.#queries.set(sql, known = query(sql, readValues(table)));
    return known;
  }
}

/** What is written. */
export class PostgresTarget extends PostgresSource implements RowTarget {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase, tables: readonly MovedTable[]) {
    super(database, tables);
    this.#database = database;
  }

  /** In one statement: the rows travel as one text of JSON, bytes in it as hexadecimal digits. */
  async append({ name, columns }: MovedTable, rows: readonly Values[]): Promise<void> {
    const list = columns.map((column) => column.name).join(", ");
    const values = columns.map(({ name, kind }) =>
      kind === "bytes" ? `decode(${name}, 'hex')` : name
    );
    const shape = columns.map(({ name, kind }) => `${name} ${WIRE_TYPES[kind]}`);
    const objects = rows.map((row) =>
      Object.fromEntries(columns.map(({ name }, at) => [name, spelled(row[at])]))
    );
    await this.#database.transaction((transaction) =>
      transaction.run(
        `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE SELECT ${values.join(", ")}
          FROM json_to_recordset($1::text::json) AS r(${shape.join(", ")})`,
        JSON.stringify(objects),
      )
    );
  }

  async setNumbers(numbers: Numbers): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      for (const name of COUNTED) {
        await transaction.run("UPDATE counter SET value = $2 WHERE name = $1", name, numbers[name]);
      }
      for (const table of IDENTIFIED) await goOn(transaction, table);
    });
  }
}

function spelled(value: Values[number]): string | number | null {
  return value instanceof Uint8Array ? encodeHex(value) : value;
}

/** Tables whose rows PostgreSQL numbers. */
const IDENTIFIED = ["account", "device", "key_package", "conversation"] as const;

/** The next row is numbered behind all that are there. */
async function goOn(transaction: Transaction, table: string): Promise<void> {
  await transaction.has(
    `SELECT setval(pg_get_serial_sequence('${table}', 'id'), coalesce(max(id), 1), count(*) > 0)
      FROM ${table}`,
  );
}
