/** One server per data folder. */

import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { StorageError } from "../base/errors.ts";
import { explainUnopened } from "./unopened.ts";

/**
 * Held from `take` to `release`, and let go by the system when the process dies, however it dies. An open exclusive
 * transaction on a database of its own: `Deno.FsFile.tryLock` is missing in 2.4.2. Never open `lock.db` by other means in
 * this process, that would drop the lock (see `Database`).
 */
export class InstanceLock implements Disposable {
  #handle: DatabaseSync | undefined;

  private constructor(handle: DatabaseSync) {
    this.#handle = handle;
  }

  /**
   * Throws `StorageError` `in-use` when another process, or this one, holds the folder's lock. At once, since a server keeps it
   * for weeks: `waitMs` is for whoever may meet one that does not, and blocks the process.
   */
  static take(folder: string, { waitMs = 0 }: { readonly waitMs?: number } = {}): InstanceLock {
    let handle: DatabaseSync | undefined;
    try {
      handle = new DatabaseSync(join(folder, "lock.db"));
      // Deno 2.4.2 waits 5 s by default.
      handle.exec(`PRAGMA busy_timeout=${waitMs}`);
      // Nothing is ever written, so no journal file that a crash would leave behind.
      handle.exec("PRAGMA journal_mode=MEMORY");
      handle.exec("BEGIN EXCLUSIVE");
      return new InstanceLock(handle);
    } catch (thrown) {
      handle?.close();
      const error = explainUnopened(
        `Cannot lock folder ${folder}`,
        join(folder, "lock.db"),
        thrown,
      );
      if (error.code !== "busy") throw error;
      throw new StorageError(
        "in-use",
        `Cannot use folder ${folder}: another process is running on it`,
        {
          cause: thrown,
        },
      );
    }
  }

  /** Releasing twice is fine. */
  release(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
