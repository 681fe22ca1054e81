/** One SQLite database of the product: opened durable and private, migrated, used through typed statements. */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Bug } from "../base/errors.ts";
import { isSystemFailure, storageError } from "./failures.ts";
import { migrate, refuseNewer } from "./migration.ts";
import { plainParameters } from "./parameters.ts";
import { Row, type SqlValue } from "./row.ts";
import { explainUnopened } from "./unopened.ts";
import type { Bytes } from "../base/bytes.ts";

/** How a database is made and shared. */
export interface DatabaseOptions {
  /** SQL of each version, the first makes version 1. Only ever appended to. */
  readonly migrations: readonly string[];
  /** How long a statement waits for another process's transaction before it fails as `busy`. */
  readonly busyTimeoutMs?: number;
}

/** Longer than any transaction of ours, shorter than a person's patience. */
const BUSY_TIMEOUT_MS = 5000;
/** More than a program has: what is put together of parts must not grow for ever. */
const MAX_STATEMENTS = 1_000;

/** A prepared SELECT, or any statement with RETURNING, and how its rows are read. */
export interface Query<T> {
  all(...values: SqlValue[]): T[];
  /** The first row, or undefined. */
  first(...values: SqlValue[]): T | undefined;
  /** Row by row, for what is not held in memory at once. The database MUST NOT be written meanwhile. */
  each(...values: SqlValue[]): IterableIterator<T>;
}

/** A prepared INSERT, UPDATE or DELETE. */
export interface Command {
  /** Returns how many rows changed: what a conditional write is judged by. */
  run(...values: SqlValue[]): number;
}

/**
 * A database in WAL mode with `synchronous=FULL`: what was committed survives a power cut. Content that was deleted is
 * overwritten and temporary tables stay in memory (SR-80). All calls are synchronous and throw `StorageError`.
 *
 * Never open the file by other means in a process that has it open: closing any descriptor of a file drops all POSIX locks
 * that the process holds on it, SQLite's too (sqlite.org/howtocorrupt.html §2.2).
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #handle: DatabaseSync;
  #depth = 0;
  #closed = false;
  /** Preparing one costs more than running it. */
  readonly #statements = new Map<string, StatementSync>();
  readonly #onCommit = new Set<() => void>();
  #toldChanges = 0;
  #countChanges: Query<number> | undefined;
  #askVersion: Query<number> | undefined;

  private constructor(path: string, handle: DatabaseSync) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens or creates the database and brings it to the last migration, after a backup copy `PATH.vN.backup` when it holds
   * something. Throws `StorageError`: `newer-format` and `unknown-format` leave the file as it is (SR-31), `damaged`, `busy`,
   * `no-permission`.
   */
  static open(path: string, options: DatabaseOptions): Database {
    const { migrations, busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
    const connect = () => openConnection(path, busyTimeoutMs);
    try {
      refuseNewer(path, migrations.length);
      migrate(path, migrations, connect);
      return new Database(path, connect());
    } catch (error) {
      if (!isSystemFailure(error)) throw error;
      throw explainUnopened(`Cannot open database ${path}`, path, error);
    }
  }

  /** Prepares a statement that returns rows, with parameters `?` or `?1`. Throws `Bug` for SQL that does not compile. */
  query<T>(sql: string, read: (row: Row) => T): Query<T> {
    const plain = plainParameters(sql);
    const statement = this.#prepared(plain.sql);
    // node:sqlite types rows as records of unknown; `Row` checks each column.
    const toRow = (columns: unknown) => read(new Row(columns as Record<string, unknown>));
    const writes = /\bRETURNING\b/.test(sql);
    const done = <Result>(result: Result) => {
      if (writes && this.#depth === 0) this.#committed();
      return result;
    };
    return {
      all: (...values) =>
        done(this.#guard(() => statement.all(...plain.arrange(values)))).map(toRow),
      first: (...values) => {
        const columns = done(this.#guard(() => statement.get(...plain.arrange(values))));
        return columns === undefined ? undefined : toRow(columns);
      },
      // One of its own: who goes through rows may ask the same of others meanwhile.
      each: (...values) => this.#iterate(this.#prepare(plain.sql), plain.arrange(values), toRow),
    };
  }

  /** Whether there is a row. */
  has(sql: string, ...values: readonly SqlValue[]): boolean {
    return this.query(sql, () => true).first(...values) ?? false;
  }

  /** The one column of the first row; undefined when there is none. */
  integer(sql: string, ...values: readonly SqlValue[]): number | undefined {
    return this.query(sql, (row) => row.integer(row.onlyColumn)).first(...values);
  }

  /** See `integer`. */
  text(sql: string, ...values: readonly SqlValue[]): string | undefined {
    return this.query(sql, (row) => row.text(row.onlyColumn)).first(...values);
  }

  /** See `integer`. */
  bytes(sql: string, ...values: readonly SqlValue[]): Bytes | undefined {
    return this.query(sql, (row) => row.bytes(row.onlyColumn)).first(...values);
  }

  /** The one column of every row. */
  integers(sql: string, ...values: readonly SqlValue[]): readonly number[] {
    return this.query(sql, (row) => row.integer(row.onlyColumn)).all(...values);
  }

  /**
   * Prepares a statement that changes rows, with parameters `?` or `?1`. Throws `Bug` for SQL that does not compile. With `isTold`
   * false whoever listens to this connection does not hear of it.
   */
  command(sql: string, { isTold = true }: { readonly isTold?: boolean } = {}): Command {
    const plain = plainParameters(sql);
    const statement = this.#prepared(plain.sql);
    return {
      run: (...values) => {
        const changes = Number(this.#guard(() => statement.run(...plain.arrange(values))).changes);
        if (this.#depth === 0) this.#committed(isTold);
        return changes;
      },
    };
  }

  /** Calls `listener`, which must not throw, after each write of this connection that changed a row. Returns what ends that. */
  onCommit(listener: () => void): () => void {
    this.#toldChanges = this.#changes;
    this.#onCommit.add(listener);
    return () => this.#onCommit.delete(listener);
  }

  /** Another number after each write of another connection, as of another process (sqlite.org/pragma.html#pragma_data_version). */
  get foreignVersion(): number {
    this.#askVersion ??= this.query("PRAGMA data_version", (row) => row.integer("data_version"));
    return this.#askVersion.first() ?? 0;
  }

  /**
   * Runs `action` in a transaction that has the write lock from its start (BEGIN IMMEDIATE), so that what it reads stays
   * true until it commits. It rolls back when `action` throws. Inside another transaction it is a step of it: a failure
   * undoes the step only, and the caller may catch it. `action` MUST be synchronous.
   */
  transaction<T>(action: () => T): T {
    const [begin, commit, rollback] = this.#depth === 0
      ? ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"]
      : ["SAVEPOINT step", "RELEASE step", "ROLLBACK TO step; RELEASE step"];
    this.#exec(begin);
    this.#depth++;
    let result: T;
    try {
      result = action();
      if (result instanceof Promise) {
        throw new Bug("Cannot commit: the transaction is asynchronous");
      }
      this.#exec(commit);
    } catch (error) {
      this.#undo(rollback);
      throw error;
    } finally {
      this.#depth--;
    }
    if (this.#depth === 0) this.#committed();
    return result;
  }

  /**
   * Moves everything from the log (WAL) into the file and cuts the log off: older versions of what was replaced or deleted
   * stand there until then. False while another process reads an old version; then it stays for a later call.
   */
  truncateLog(): boolean {
    return this.query("PRAGMA wal_checkpoint(TRUNCATE)", (row) => row.integer("busy")).first() ===
      0;
  }

  /** Closing twice is fine. Statements of a closed database throw. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One that is run to its end by each call, and can be used for the next. */
  #prepared(sql: string): StatementSync {
    const kept = this.#statements.get(sql);
    if (kept !== undefined && !this.#closed) return kept;
    const statement = this.#prepare(sql);
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }

  #prepare(sql: string): StatementSync {
    if (this.#closed) throw new Bug("Cannot use the database: it is closed");
    try {
      return this.#handle.prepare(sql);
    } catch (error) {
      throw new Bug(`Cannot prepare statement: ${sql}`, { cause: error });
    }
  }

  *#iterate<T>(
    statement: StatementSync,
    values: readonly SqlValue[],
    toRow: (columns: unknown) => T,
  ): IterableIterator<T> {
    const rows = this.#guard(() => statement.iterate(...values));
    for (;;) {
      const next = this.#guard(() => rows.next());
      if (next.done === true) return;
      yield toRow(next.value);
    }
  }

  /** Rows changed since the connection was opened, those of `RETURNING` too. */
  get #changes(): number {
    this.#countChanges ??= this.query("SELECT total_changes() AS n", (row) => row.integer("n"));
    return this.#countChanges.first() ?? 0;
  }

  #committed(isTold = true): void {
    if (this.#onCommit.size === 0) return;
    const changes = this.#changes;
    if (changes === this.#toldChanges) return;
    this.#toldChanges = changes;
    if (!isTold) return;
    for (const listener of this.#onCommit) listener();
  }

  #exec(sql: string): void {
    this.#guard(() => this.#handle.exec(sql));
  }

  /** A full disk rolls the whole transaction back by itself (sqlite.org/lang_transaction.html §3). */
  #undo(rollback: string): void {
    if (this.#closed) return;
    try {
      this.#handle.exec(rollback);
    } catch (error) {
      if (!isSystemFailure(error)) throw error;
    }
  }

  /** Every call of SQLite goes through here. Using a statement after `close` ends the whole process in Deno 2.4.2. */
  #guard<T>(action: () => T): T {
    if (this.#closed) throw new Bug("Cannot use the database: it is closed");
    try {
      return action();
    } catch (error) {
      if (isSystemFailure(error)) throw storageError("Cannot use the database", error);
      throw new Bug("Cannot use the database", { cause: error });
    }
  }
}

function openConnection(path: string, busyTimeoutMs: number): DatabaseSync {
  const handle = new DatabaseSync(path);
  try {
    handle.exec(`PRAGMA busy_timeout=${Math.trunc(busyTimeoutMs)}`);
    handle.exec("PRAGMA journal_mode=WAL");
    // NORMAL may lose the last commits at a power cut, which for ratchets and the order of commits is an error (SR-20).
    handle.exec("PRAGMA synchronous=FULL");
    handle.exec("PRAGMA temp_store=MEMORY");
    handle.exec("PRAGMA secure_delete=ON");
    handle.exec("PRAGMA foreign_keys=ON");
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}
