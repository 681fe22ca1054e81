/** Why a database cannot be opened: SQLite says "unable to open database file" for most of it. */

import { StorageError } from "../base/errors.ts";
import { storageError } from "./failures.ts";

/**
 * What was thrown when the database at `path` was opened or first read, with the cause that the system names: a disk that is
 * read-only, a folder that is missing, no descriptor left. Only what SQLite itself calls no database is `damaged`: for that,
 * people put a backup over a file.
 */
export function explainUnopened(action: string, path: string, thrown: unknown): StorageError {
  const failure = storageError(action, thrown);
  if (failure.code === "damaged") {
    return new StorageError("damaged", `${action}: it is not a database, or damaged`, {
      cause: thrown,
    });
  }
  if (failure.code !== "no-permission") return failure;
  // SQLite needs a second file beside it, and a descriptor: so does this.
  const probe = `${path}.${Deno.pid}.probe`;
  try {
    Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(probe);
    return failure;
  } catch (error) {
    return storageError(action, error);
  }
}
