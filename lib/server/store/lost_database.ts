/** Keys without the database that they are for: a disk that is not mounted, or a file that was deleted. */

import { join } from "node:path";
import { StorageError } from "../../base/errors.ts";
import { storageError } from "../../storage/failures.ts";
import { DATABASE_FILE } from "../config/data_folder.ts";

/** A first start makes them after the database, and a restore puts them in their place after it. */
const MADE_AFTER = ["ca.pem", "ca.key", "ca.next", "opaque.setup"] as const;

/**
 * Refuses a data folder that has a server's keys and no database, or an empty file for it: opening it would make a new, empty
 * one, and every account would be gone for good. Before anybody opens the database. Throws StorageError `database-missing`.
 */
export async function refuseLostDatabase(folder: string): Promise<void> {
  const path = join(folder, DATABASE_FILE);
  if (await sizeOf(path) > 0) return;
  for (const name of MADE_AFTER) {
    if (await sizeOf(join(folder, name)) === 0) continue;
    throw new StorageError(
      "database-missing",
      `Cannot open ${path}: it is missing or empty, and the keys of its server are there. ` +
        "Mount its disk or restore a backup; for a new server choose an empty folder",
    );
  }
}

/** 0 for a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw storageError(`Cannot read ${path}`, error);
  }
}
