/** The server's store, and what is known of the database under it. */

import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { removeUnfinishedCopies } from "../../storage/migration.ts";
import { DATABASE_FILE } from "../config/data_folder.ts";
import { refuseMovedFolder } from "../config/move_marks.ts";
import { readStoreMark } from "../config/store_mark.ts";
import type { StoreChoice } from "../config/store_url.ts";
import { CommitTimes } from "./commit_times.ts";
import { DatabaseFile, refuseLostDatabase } from "./database_file.ts";
import type { NodeOnStore, OpenedStore, StoreOwner } from "./opened_store.ts";
import { openWorkerStore } from "./sqlite/worker_store.ts";

/** What a store is opened with. */
interface StoredOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Left out: a file in the data folder. */
  readonly choice: StoreChoice | undefined;
  /** By the keys of the data folder; undefined without them. */
  readonly owner?: StoreOwner | undefined;
  /** As which node; left out, by whoever is none. */
  readonly node?: NodeOnStore | undefined;
  /** See `openWorkerStore`. */
  readonly onLost: (error: StorageError) => void;
}

/**
 * Opens or creates the database of the data folder, whose lock the caller holds. The store belongs to `owned`. Throws
 * StorageError, and UsageError for a password that cannot be used.
 */
export async function openStored(
  dataFolder: string,
  owned: AsyncDisposableStack,
  options: StoredOptions,
): Promise<OpenedStore> {
  const { clock, choice, onLost } = options;
  refuseMovedFolder(dataFolder);
  const commitTimes = new CommitTimes(clock);
  if (choice !== undefined) {
    // With its client, only for who wants it.
    const { openPostgresStored } = await import("./postgres/opening.ts");
    return await openPostgresStored(dataFolder, owned, { ...options, choice, commitTimes });
  }
  requireHere(dataFolder);
  await refuseLostDatabase(dataFolder);
  removeUnfinishedCopies(join(dataFolder, DATABASE_FILE));
  const worker = { onLost, commits: commitTimes };
  const store = owned.use(await openWorkerStore(`${dataFolder}/${DATABASE_FILE}`, worker));
  return {
    dataFolder,
    store,
    database: await DatabaseFile.find(dataFolder),
    commitTimes,
    clock,
    // It lies beside the keys.
    claim: () => Promise.resolve(),
  };
}

/** Beside the keys of a server whose accounts are elsewhere, a new and empty database would make it forget them all. */
function requireHere(dataFolder: string): void {
  const mark = readStoreMark(dataFolder);
  if (mark === undefined) return;
  throw new StorageError(
    "database-elsewhere",
    `Cannot open ${dataFolder}: its accounts and messages are in ${mark.url}. Start it with --store`,
  );
}
