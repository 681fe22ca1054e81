/** A database as it is at one moment, for copying, while others go on writing to it. */

import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../base/errors.ts";
import { isSystemFailure, storageError } from "./failures.ts";
import { lockWithEmptyWal, numberOf } from "./migration.ts";

/** As long as `Database` waits. */
const BUSY_TIMEOUT_MS = 5000;
const CHUNK_BYTES = 256 * 1024;

/**
 * From `open` to `close` nothing is written to the database's main file: what others commit goes to its log. A read
 * transaction that began with an empty log keeps everybody from moving the log into the file, and nobody from anything else
 * (sqlite.org/walformat.html §2.3.1, WAL_READ_LOCK(0)). So the file alone is the whole database of that moment, and can be read
 * in pieces for as long as it takes. Tried on Deno 2.4.2 and 2.9.6, with a writer beside it.
 *
 * This process MUST NOT have another connection to it: closing the file drops the process's locks on it (see `Database`).
 */
export class FrozenDatabase implements Disposable {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of its tables. */
  readonly version: number;
  readonly #reader: DatabaseSync;
  readonly #file: Deno.FsFile;
  #isClosed = false;

  private constructor(path: string, reader: DatabaseSync, file: Deno.FsFile) {
    this.path = path;
    this.#reader = reader;
    this.#file = file;
    this.sizeBytes = file.statSync().size;
    this.version = numberOf(reader, "user_version");
  }

  /** Holds writers up for as long as it takes to move their log into the file. Throws `StorageError`. */
  static open(path: string): FrozenDatabase {
    let writer: DatabaseSync | undefined;
    let reader: DatabaseSync | undefined;
    let isFrozen = false;
    try {
      writer = connect(path);
      reader = connect(path);
      lockWithEmptyWal(writer, path);
      // The transaction begins with its first read; the lock of the writer keeps the log empty until then.
      reader.exec("BEGIN");
      numberOf(reader, "schema_version");
      writer.exec("ROLLBACK");
      const frozen = new FrozenDatabase(path, reader, Deno.openSync(path));
      isFrozen = true;
      return frozen;
    } catch (error) {
      if (!isSystemFailure(error)) throw error;
      throw storageError(`Cannot read database ${path}`, error);
    } finally {
      writer?.close();
      if (!isFrozen) reader?.close();
    }
  }

  /** The number that a query of one row and one column answers with. */
  count(sql: string): number {
    const row = this.#reader.prepare(sql).get();
    return Number(Object.values(row ?? {})[0]);
  }

  /** Throws `StorageError` `damaged` when the database is. Reads all of it. */
  requireSound(): void {
    const row = this.#reader.prepare("PRAGMA quick_check(1)").get();
    const answer = String(Object.values(row ?? {})[0]);
    if (answer === "ok") return;
    throw new StorageError("damaged", `Database ${this.path} is damaged: ${answer}`);
  }

  /** The bytes of the database, once, in pieces that are good until the next one. */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (let left = this.sizeBytes; left > 0;) {
      const count = await this.#file.read(buffer.subarray(0, Math.min(left, buffer.length)));
      if (count === null) {
        throw new StorageError("damaged", `Database ${this.path} became shorter while it was read`);
      }
      left -= count;
      yield buffer.subarray(0, count);
    }
  }

  /** Lets the log be moved into the file again. Closing twice is fine. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader.close();
    // Last: it drops the locks of this process.
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function connect(path: string): DatabaseSync {
  const handle = new DatabaseSync(path);
  handle.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  return handle;
}
