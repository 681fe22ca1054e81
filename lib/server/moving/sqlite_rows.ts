/** The rows of a database in a file. */

import type { Command, Database, Query } from "../../storage/database.ts";
import type { RowTarget } from "./copying.ts";
import {
  COUNTED,
  keyOf,
  type MovedTable,
  movedTables,
  type Numbers,
  readValues,
  type Values,
} from "./tables.ts";

interface Statements {
  readonly first: Query<Values>;
  readonly after: Query<Values>;
  readonly last: Query<Values>;
  readonly insert: Command;
}

/** Over an open database with the tables of now, which stays the caller's. */
export class SqliteRows implements RowTarget {
  readonly tables: readonly MovedTable[];
  readonly #database: Database;
  readonly #statements = new Map<string, Statements>();

  constructor(database: Database) {
    this.#database = database;
    this.tables = movedTables(database);
  }

  // Async, so that what it throws rejects.
  // deno-lint-ignore require-await
  async page(
    table: MovedTable,
    after: Values | undefined,
    limit: number,
  ): Promise<readonly Values[]> {
    const statements = this.#of(table);
    if (after === undefined) return statements.first.all(limit);
    return statements.after.all(...after, limit);
  }

  // deno-lint-ignore require-await
  async lastKey(table: MovedTable): Promise<Values | undefined> {
    const last = this.#of(table).last.first();
    return last && keyOf(table, last);
  }

  // deno-lint-ignore require-await
  async append(table: MovedTable, rows: readonly Values[]): Promise<void> {
    const { insert } = this.#of(table);
    this.#database.transaction(() => {
      for (const values of rows) insert.run(...values);
    });
  }

  // deno-lint-ignore require-await
  async numbers(): Promise<Numbers> {
    const last = (name: string) =>
      this.#database.integer("SELECT seq FROM sqlite_sequence WHERE name = ?", name) ?? 0;
    return { audit: last("audit"), broadcast: last("broadcast") };
  }

  // deno-lint-ignore require-await
  async setNumbers(numbers: Numbers): Promise<void> {
    this.#database.transaction(() => {
      this.#database.command("DELETE FROM sqlite_sequence WHERE name IN ('audit', 'broadcast')")
        .run();
      const insert = this.#database.command(
        "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
      );
      for (const name of COUNTED) insert.run(name, numbers[name]);
    });
  }

  #of(table: MovedTable): Statements {
    let known = this.#statements.get(table.name);
    if (known === undefined) this.#statements.set(table.name, known = this.#prepare(table));
    return known;
  }

  #prepare(table: MovedTable): Statements {
    const { name, key } = table;
    const columns = table.columns.map((column) => column.name).join(", ");
    const keys = key.join(", ");
    const marks = (of: readonly unknown[]) => of.map(() => "?").join(", ");
    const read = readValues(table);
    const select = (rest: string) =>
      this.#database.query(`SELECT ${columns} FROM ${name} ${rest}`, read);
    return {
      first: select(`ORDER BY ${keys} LIMIT ?`),
      after: select(`WHERE (${keys}) > (${marks(key)}) ORDER BY ${keys} LIMIT ?`),
      last: select(`ORDER BY ${key.map((one) => `${one} DESC`).join(", ")} LIMIT 1`),
      insert: this.#database.command(
        `INSERT INTO ${name} (${columns}) VALUES (${marks(table.columns)})`,
      ),
    };
  }
}
