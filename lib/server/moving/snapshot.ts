/** A database on PostgreSQL as it was at one moment, as a file with the same rows, while its nodes go on writing. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { Database } from "../../storage/database.ts";
import type { StoreChoice } from "../config/store_url.ts";
import { connectPostgres, explaining } from "../store/postgres/opening.ts";
import { MIGRATIONS } from "../store/sqlite/schema.ts";
import { copyRows } from "./copying.ts";
import { oneMoment, requireOwned } from "./database_moves.ts";
import { ownerOf } from "./folders.ts";
import { PostgresSource } from "./postgres_rows.ts";
import { SqliteRows } from "./sqlite_rows.ts";

/** How a PostgreSQL knows who makes it. */
const APPLICATION = "heliograph-backup";

/** What is copied. */
interface Source {
  readonly choice: StoreChoice;
  /** Of a node of its server: with its keys. */
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Called with each table that is whole. */
  readonly told?: (table: string) => Promise<void>;
}

/** Makes the file at `path`, in the place of one that is there. Rejects with StorageError; what it has made then stays. */
export async function snapshotPostgres(
  { choice, dataFolder, clock, random, told }: Source,
  path: string,
): Promise<void> {
  const owner = await ownerOf(dataFolder);
  await using database = await connectPostgres({
    clock,
    random,
    choice,
    application: APPLICATION,
  });
  await explaining(choice, () => requireOwned(database, owner, { isResumed: false }));
  await oneMoment(database, async (snapshot) => {
    // Again from the beginning where the database was away: that would be another moment.
    await removeSnapshot(path);
    using file = Database.open(path, { migrations: MIGRATIONS });
    file.transaction(() => void file.command("DELETE FROM incarnation").run());
    const target = new SqliteRows(file);
    await copyRows(new PostgresSource(snapshot, target.tables), target, told);
    file.truncateLog();
  });
}

/** It, and what is beside it while it is open. */
export async function removeSnapshot(path: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) {
    await Deno.remove(`${path}${suffix}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
