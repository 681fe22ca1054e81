/**
 * One PostgreSQL database of the product: a bounded pool of connections, typed statements, and transactions that are made
 * again when another one was in their way. The client is loaded with the first database that is opened.
 */

import { Buffer } from "node:buffer";
import type { Sql, TransactionSql } from "postgres";
import type { Bytes } from "../../../base/bytes.ts";
import type { Clock } from "../../../base/clock.ts";
import { StorageError } from "../../../base/errors.ts";
import type { Random } from "../../../base/random.ts";
import { Row, type SqlValue } from "../../../storage/row.ts";
import { conflictRetries, isConnectionLost, isUnreachable, postgresError } from "./failures.ts";
import { PostgresSocket, type SocketAddress } from "./socket.ts";

/** Which database, and who asks. */
export interface PostgresAddress {
  readonly socket: SocketAddress;
  readonly user: string;
  /** Undefined: the server knows the user by the socket or needs no password. */
  readonly password: string | undefined;
  readonly database: string;
  /** All tables of the product are in it. */
  readonly schema: string;
  /** What its server knows the connections by; left out: a server's. */
  readonly application?: string | undefined;
}

/** By which a PostgreSQL tells the nodes of a server from everybody else. */
export const NODE_APPLICATION = "heliograph";

/** What a database is opened with. */
export interface PostgresOptions {
  readonly address: PostgresAddress;
  readonly clock: Clock;
  readonly random: Random;
}

/** A statement that returns rows, and how they are read. */
export interface PostgresQuery<T> {
  readonly sql: string;
  readonly read: (row: Row) => T;
}

/** A statement with parameters `$1`, … that returns rows. Keep it in a constant: each text is prepared once a connection. */
export function query<T>(sql: string, read: (row: Row) => T): PostgresQuery<T> {
  return { sql, read };
}

/** Runs statements. Of several that are begun at once inside a transaction each sees the ones before. */
export interface Statements {
  all<T>(query: PostgresQuery<T>, ...values: readonly SqlValue[]): Promise<T[]>;
  /** The first row, or undefined. */
  first<T>(query: PostgresQuery<T>, ...values: readonly SqlValue[]): Promise<T | undefined>;
  /** Whether there is a row. */
  has(sql: string, ...values: readonly SqlValue[]): Promise<boolean>;
  /** The one column of the first row; undefined when there is none. */
  integer(sql: string, ...values: readonly SqlValue[]): Promise<number | undefined>;
}

/** Inside a transaction. Each statement sees what others have committed before it began (READ COMMITTED). */
export interface Transaction extends Statements {
  /** Returns how many rows changed: what a conditional write is judged by. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
}

/** Of one process. Reads share them; a transaction has one alone. */
const CONNECTIONS = 8;
/** Longer than anything that we do. */
const STATEMENT_TIMEOUT_MS = 20_000;
const LOCK_TIMEOUT_MS = 10_000;
/** Ends a transaction whose process hangs or is gone without a word: its locks hold up everybody. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_SECONDS = 10;
/** Nothing is under way any more. The client waits in vain for connections that broke while it asked. */
const CLOSE_TIMEOUT_SECONDS = 1;
/** The client's own would let a caller wait up to 20 s after the server is back. */
const RECONNECT_AFTER_SECONDS = 0.1;

/** What a transaction waits at most that was in another one's way, before it is made again. */
const CONFLICT_PAUSE_MS = 40;
/** How long a server that is not there is waited for: a restart or a promotion takes less. */
const PATIENCE_MS = 5_000;
const UNREACHABLE_PAUSE_MS = 200;

/** Type numbers of the server (pg_type.dat). */
const BYTEA = 17;
const INTEGERS: readonly number[] = [20, 21, 23, 1700];

/** Open until `close`. All calls reject with StorageError; see `PostgresFailure`. */
export class PostgresDatabase implements Statements, AsyncDisposable {
  readonly schema: string;
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #random: Random;
  #isClosed = false;

  private constructor(sql: Sql, { address, clock, random }: PostgresOptions) {
    this.schema = address.schema;
    this.#sql = sql;
    this.#clock = clock;
    this.#random = random;
  }

  /** Connects with the first statement, not yet. */
  static async open(options: PostgresOptions): Promise<PostgresDatabase> {
    const { default: postgres } = await import("postgres");
    return new PostgresDatabase(postgres(clientOptions(options.address)), options);
  }

  async all<T>(query: PostgresQuery<T>, ...values: readonly SqlValue[]): Promise<T[]> {
    return await this.#patiently(() => statements(this.#sql).all(query, ...values));
  }

  async first<T>(query: PostgresQuery<T>, ...values: readonly SqlValue[]): Promise<T | undefined> {
    return await this.#patiently(() => statements(this.#sql).first(query, ...values));
  }

  async has(sql: string, ...values: readonly SqlValue[]): Promise<boolean> {
    return await this.#patiently(() => statements(this.#sql).has(sql, ...values));
  }

  async integer(sql: string, ...values: readonly SqlValue[]): Promise<number | undefined> {
    return await this.#patiently(() => statements(this.#sql).integer(sql, ...values));
  }

  /**
   * Runs `action` in a transaction and commits it; undone when it throws. It is run again when another transaction was in its
   * way or the server is away for a moment, so it MUST change nothing else. Rejects with `outcome-unknown` when nobody can
   * tell whether it was committed.
   */
  async transaction<T>(action: (transaction: Transaction) => Promise<T>): Promise<T> {
    return await this.#patiently(() => this.#attempt(action));
  }

  /** Closing twice is fine. The caller waits for what is under way. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#sql.end({ timeout: CLOSE_TIMEOUT_SECONDS });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #attempt<T>(action: (transaction: Transaction) => Promise<T>): Promise<T> {
    let isCommitting = false;
    let isOver = false;
    try {
      const result = await this.#sql.begin(async (transaction) => {
        const value = await action(statements(transaction, () => isOver)).catch((error) =>
          // The client would send a rollback, over a connection that it has forgotten, and that ends the process. It rejects by
          // itself when a connection is gone.
          isOver || isConnectionLost(error) ? NEVER : Promise.reject(error)
        );
        isCommitting = true;
        // In a list: the client would await what is a promise, and join what is one.
        return { value };
      });
      // The client's type says that promises inside are awaited; there is none.
      return (result as { value: T }).value;
    } catch (error) {
      if (!isCommitting || !isUnreachable(error)) throw error;
      throw new StorageError(
        "outcome-unknown",
        "Cannot tell whether it was stored: the connection to the database broke. Try again",
      );
    } finally {
      isOver = true;
    }
  }

  /** Again after a conflict or while the server is away, for a while. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StorageError("closed", "Cannot use the store: it is closed");
    const endsMs = this.#clock.monotonicMs() + PATIENCE_MS;
    for (let conflicts = 0;;) {
      try {
        return await attempt();
      } catch (error) {
        if (++conflicts <= conflictRetries(error)) {
          await this.#clock.sleep(this.#random.fraction() * CONFLICT_PAUSE_MS);
        } else if (this.#mayWait(error, endsMs)) await this.#clock.sleep(UNREACHABLE_PAUSE_MS);
        else throw postgresError(error);
      }
    }
  }

  #mayWait(error: unknown, endsMs: number): boolean {
    return !this.#isClosed && isUnreachable(error) && this.#clock.monotonicMs() < endsMs;
  }
}

/** A copy: whoever reads bytes may keep them, and the client's may be a view of a whole answer. */
function parseBytes(text: string): Bytes {
  return new Uint8Array(Buffer.from(text.slice("\\x".length), "hex"));
}

function clientOptions(
  { application = NODE_APPLICATION, socket, user, password, database, schema }: PostgresAddress,
) {
  return {
    // Not used, as the socket connects by itself; without them the client would look into the environment.
    host: "localhost",
    port: 5432,
    user,
    database,
    ...(password === undefined ? { password: "" } : { password }),
    max: CONNECTIONS,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: () => RECONNECT_AFTER_SECONDS,
    // Only for arrays, which travel as text here.
    fetch_types: false,
    onnotice: () => {},
    socket: () => new PostgresSocket(socket),
    connection: {
      application_name: application,
      search_path: schema,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    },
    types: {
      integer: { to: 20, from: [...INTEGERS], serialize: String, parse: Number },
      bytes: {
        to: BYTEA,
        from: [BYTEA],
        serialize: ({ buffer, byteOffset, length }: Uint8Array) =>
          `\\x${Buffer.from(buffer, byteOffset, length).toString("hex")}`,
        parse: parseBytes,
      },
    },
  };
}

/** What nobody waits for any more. */
const NEVER = new Promise<never>(() => {});

/** `isOver`: the transaction has ended, by a connection that broke, and what goes on in it goes nowhere. */
function statements(sql: Sql | TransactionSql, isOver = () => false): Transaction {
  // Prepared by text: the texts are constants of the program, so there are as many as it has statements.
  const ask = (text: string, values: readonly SqlValue[]) =>
    isOver() ? NEVER : sql.unsafe(text, [...values], { prepare: true });
  // The client leaves holes before the rows of an answer where the one before it broke off, with its connection: `flatMap` has none.
  const rows = async (text: string, values: readonly SqlValue[]) =>
    (await ask(text, values)).flatMap((columns) => [new Row(columns)]);
  const first = async (text: string, values: readonly SqlValue[]) => (await rows(text, values))[0];
  return {
    all: async ({ sql, read }, ...values) => (await rows(sql, values)).map(read),
    first: async ({ sql, read }, ...values) => {
      const row = await first(sql, values);
      return row === undefined ? undefined : read(row);
    },
    has: async (text, ...values) => await first(text, values) !== undefined,
    integer: async (text, ...values) => {
      const row = await first(text, values);
      return row?.optionalInteger(row.onlyColumn);
    },
    run: async (text, ...values) => (await ask(text, values)).count,
    script: async (text) => {
      await (isOver() ? NEVER : sql.unsafe(text).simple());
    },
  };
}
