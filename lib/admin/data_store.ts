/** The server's database, from another process than the server. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { refuseLostDatabase } from "../server/store/lost_database.ts";
import type { Store } from "../server/store/store.ts";
import { openLocalStore } from "../server/store/sqlite/local_store.ts";
import { InstanceLock } from "../storage/instance_lock.ts";
import { readState } from "./state_file.ts";

/**
 * A second connection to the database: WAL mode lets several processes in, and each write waits for the other's for up to
 * five seconds. The caller closes it. Throws StorageError: `not-found` when no server ever ran here, `database-missing`, `in-use` when the one
 * that runs is of another version, whose tables may differ.
 */
export async function openDataStore(folder: string): Promise<Store> {
  const path = join(folder, "server.db");
  await refuseLostDatabase(folder);
  if (!existsSync(path)) {
    throw new StorageError("not-found", `Cannot open ${folder}: no server has run there yet`);
  }
  const state = await readState(folder);
  if (state !== undefined && state.version !== VERSION && isServerRunning(folder)) {
    throw new StorageError(
      "in-use",
      `Cannot open ${folder}: the server that runs is ${state.version}, this program ${VERSION}`,
    );
  }
  return openLocalStore(path);
}

/** Whether a server holds the folder now. */
export function isServerRunning(folder: string): boolean {
  try {
    InstanceLock.take(folder).release();
    return false;
  } catch (error) {
    if (error instanceof StorageError && error.code === "in-use") return true;
    throw error;
  }
}
