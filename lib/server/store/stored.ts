/** The server's store, and what is known of the file under it. */

import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { StorageError } from "../../base/errors.ts";
import { removeUnfinishedCopies } from "../../storage/migration.ts";
import { DATABASE_FILE } from "../config/data_folder.ts";
import { DatabaseFile, refuseLostDatabase } from "./database_file.ts";
import type { Store } from "./store.ts";
import { CommitTimes } from "./commit_times.ts";
import { openWorkerStore } from "./sqlite/worker_store.ts";

/** Each lives as long as the server. */
export interface Stored {
  readonly store: Store;
  readonly database: DatabaseFile;
  readonly commitTimes: CommitTimes;
}

/**
 * Opens or creates the database of the data folder, whose lock the caller holds. The store belongs to `owned`. Throws
 * StorageError. `onLost`: see `openWorkerStore`.
 */
export async function openStored(
  dataFolder: string,
  owned: AsyncDisposableStack,
  { clock, onLost }: { clock: Clock; onLost: (error: StorageError) => void },
): Promise<Stored> {
  await refuseLostDatabase(dataFolder);
  removeUnfinishedCopies(join(dataFolder, DATABASE_FILE));
  const commitTimes = new CommitTimes(clock);
  const options = { onLost, commits: commitTimes };
  const store = owned.use(await openWorkerStore(`${dataFolder}/server.db`, options));
  return { store, database: await DatabaseFile.find(dataFolder), commitTimes };
}
