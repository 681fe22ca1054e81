/** The `Store` over a PostgreSQL database. */

import { StorageError } from "../../../base/errors.ts";
import { type CommitTimes, isOwnFailure } from "../commit_times.ts";
import { copyBytes } from "../copy_bytes.ts";
import type { CallName, Store } from "../store.ts";
import { CallOrder } from "./call_order.ts";
import { SINGLE_CALLS, type SingleName } from "./calls.ts";
import type { PostgresDatabase, Statements, Transaction } from "./database.ts";
import { MessageBatches } from "./message_batches.ts";

/** With the calls of the table, which its constructor makes. */
export interface PostgresStore extends Store {}

/**
 * Every call is a transaction of its own, or one of a batch of appends and acknowledgements. Calls that could see each other
 * are made in the order in which they came; others side by side. Bytes are copied when the call is made.
 */
export class PostgresStore {
  readonly #database: PostgresDatabase;
  readonly #order = new CallOrder();
  readonly #batches: MessageBatches;
  readonly #commits: CommitTimes | undefined;
  #closing: Promise<void> | undefined;

  /** Takes the database over, whose tables are there. Left out `commits`: nobody wants to know how long they take. */
  constructor(database: PostgresDatabase, commits?: CommitTimes) {
    this.#database = database;
    this.#batches = new MessageBatches(database);
    this.#commits = commits;
    for (const name of Object.keys(SINGLE_CALLS) as SingleName[]) {
      const call = (...args: readonly unknown[]) =>
        this.#call(name, args, (copies) => this.#single(name, copies));
      Object.assign(this, { [name]: call });
    }
    const gathered: Pick<Store, "append" | "acknowledge"> = {
      append: (submission) =>
        this.#call(
          "append",
          [submission] as const,
          ([copy]) => this.#write(() => this.#batches.append(copy)),
        ),
      acknowledge: (options) =>
        this.#call(
          "acknowledge",
          [options] as const,
          ([copy]) => this.#write(() => this.#batches.acknowledge(copy)),
        ),
    };
    Object.assign(this, gathered);
  }

  /** Waits for what was called before. */
  close(): Promise<void> {
    this.#closing ??= this.#order.idle().then(() => this.#database.close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T, Args extends readonly unknown[]>(
    name: CallName,
    args: Args,
    run: (args: Args) => Promise<T>,
  ): Promise<T> {
    if (this.#closing !== undefined) {
      return Promise.reject(new StorageError("closed", "Cannot use the store: it is closed"));
    }
    // The cast: a copy has the type of what it is of.
    const copies = args.map(copyBytes) as unknown as Args;
    return this.#order.run(name, copies, () => run(copies));
  }

  async #single(name: SingleName, args: readonly unknown[]): Promise<unknown> {
    // The constructor takes name and arguments from one typed signature.
    const call = SINGLE_CALLS[name] as unknown as AnyCall;
    if (call.effect === "read") return await call.run(this.#database, ...args);
    return await this.#write(() =>
      this.#database.transaction((transaction) => call.run(transaction, ...args))
    );
  }

  async #write<T>(action: () => Promise<T>): Promise<T> {
    const ended = this.#commits?.begin();
    let hasFailed = false;
    try {
      return await action();
    } catch (error) {
      hasFailed = error instanceof StorageError && !isOwnFailure(error.code);
      throw error;
    } finally {
      ended?.({ failed: hasFailed });
    }
  }
}

/** One of the table, whichever. */
type AnyCall =
  | {
    readonly effect: "read";
    readonly run: (database: Statements, ...args: readonly unknown[]) => Promise<unknown>;
  }
  | {
    readonly effect: "write";
    readonly run: (transaction: Transaction, ...args: readonly unknown[]) => Promise<unknown>;
  };
