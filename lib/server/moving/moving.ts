/**
 * Moves a whole server between a file and PostgreSQL: its rows, keys and waiting files (decision 0136). The source stays as it is,
 * but for a mark that it was moved, which comes when all is there and compared: from then on only the target can be started.
 */

import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { syncFolder } from "../../storage/atomic_file.ts";
import { Database } from "../../storage/database.ts";
import { FrozenDatabase } from "../../storage/frozen_database.ts";
import { InstanceLock } from "../../storage/instance_lock.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";
import { DATABASE_FILE } from "../config/data_folder.ts";
import {
  readMoveMark,
  refuseMovedFolder,
  removeMoveMark,
  writeMoveMark,
} from "../config/move_marks.ts";
import { readStoreMark, writeStoreMark } from "../config/store_mark.ts";
import { formatStore, type StoreChoice } from "../config/store_url.ts";
import { hasDatabaseFile } from "../store/database_file.ts";
import { connectPostgres, explaining } from "../store/postgres/opening.ts";
import { MIGRATIONS } from "../store/sqlite/schema.ts";
import { copyRows, digestTables, requireSameTables, type TableDigest } from "./copying.ts";
import {
  alone,
  beginMoveInto,
  finishMoveInto,
  markMovedAway,
  requireOwned,
} from "./database_moves.ts";
import { copyKeys, copySpool, ownerOf, type SpoolTally, wasBegun } from "./folders.ts";
import { PostgresSource, PostgresTarget } from "./postgres_rows.ts";
import { SqliteRows } from "./sqlite_rows.ts";

/** A server, where it is and where it comes. */
export interface Move {
  /** The data folder that has its keys and waiting files, and with `server.db` all of it. */
  readonly from: string;
  /** The new one, which may be there if it is empty, or a move into it was begun. */
  readonly to: string;
  /** The database that it is moved into, or out of. */
  readonly choice: StoreChoice;
}

/** What a move is done with. */
export interface MoveTools {
  readonly clock: Clock;
  readonly random: Random;
  /** What is done by now. */
  readonly told: (what: MoveNews) => Promise<void>;
}

/** What is told on the way. */
export type MoveNews =
  | { readonly step: "begun"; readonly isResumed: boolean }
  | { readonly step: "table"; readonly table: string }
  | { readonly step: "spool"; readonly spool: SpoolTally };

/** What was moved, and found the same on both sides. */
export interface Moved {
  readonly tables: readonly TableDigest[];
  readonly spool: SpoolTally;
}

/** Rejects with StorageError, and UsageError for a file that cannot be used. What was copied until then stays, for the next time. */
export async function moveToPostgres(move: Move, tools: MoveTools): Promise<Moved> {
  const { from, to, choice } = move;
  const { clock, random, told } = tools;
  using _locks = await lockBoth(move);
  await requireFile(from);
  const owner = await ownerOf(from);
  const isFolderBegun = await wasBegun(to, owner);
  if (!isFolderBegun) refuseMovedFolder(from);
  requireMovedTo(from, formatStore(choice.place));
  await using database = await connectPostgres({ clock, random, choice, application: MOVER });
  const isResumed = await explaining(choice, () => beginMoveInto(database, owner));
  return await alone(database, async () => {
    await writeMoveMark(to, "moving", { setup: owner.setupMark });
    await told({ step: "begun", isResumed });
    await copyKeys(from, to);
    using file = Database.open(join(from, DATABASE_FILE), { migrations: MIGRATIONS });
    const source = new SqliteRows(file);
    const target = new PostgresTarget(database, source.tables);
    await copyRows(source, target, (table) => told({ step: "table", table }));
    const spool = await copySpool(from, to);
    await told({ step: "spool", spool });
    const tables = await digestTables(source);
    requireSameTables(tables, await digestTables(target));
    // From here on only the target can be started: never both.
    await writeMoveMark(from, "moved", { to: formatStore(choice.place) });
    await writeStoreMark(to, choice);
    await finishMoveInto(database, owner);
    await removeMoveMark(to, "moving");
    return { tables, spool };
  });
}

/** The same the other way. */
export async function moveToFolder(move: Move, tools: MoveTools): Promise<Moved> {
  const { from, to, choice } = move;
  const { clock, random, told } = tools;
  using _locks = await lockBoth(move);
  if (await hasDatabaseFile(from)) {
    throw new StorageError(
      "database-elsewhere",
      `Cannot move out of ${
        formatStore(choice.place)
      }: the accounts and messages of ${from} are in its server.db`,
    );
  }
  const owner = await ownerOf(from);
  const isResumed = await wasBegun(to, owner);
  if (!isResumed) refuseMovedFolder(from);
  requireMovedTo(from, to);
  await using database = await connectPostgres({ clock, random, choice, application: MOVER });
  const part = join(to, `${DATABASE_FILE}.part`);
  await explaining(choice, () => requireOwned(database, owner, { isResumed }));
  const moved = await alone(database, async (snapshot) => {
    await writeMoveMark(to, "moving", { setup: owner.setupMark });
    await told({ step: "begun", isResumed });
    await copyKeys(from, to);
    using file = openPart(part);
    const target = new SqliteRows(file);
    const source = new PostgresSource(snapshot, target.tables);
    await copyRows(source, target, (table) => told({ step: "table", table }));
    const spool = await copySpool(from, to);
    await told({ step: "spool", spool });
    const tables = await digestTables(source);
    requireSameTables(tables, await digestTables(target));
    file.truncateLog();
    await writeMoveMark(from, "moved", { to });
    await markMovedAway(snapshot, owner);
    return { tables, spool };
  });
  await Deno.rename(part, join(to, DATABASE_FILE));
  await syncFolder(to);
  await removeMoveMark(to, "moving");
  return moved;
}

/** How a PostgreSQL knows who moves. */
const MOVER = "heliograph-move";

/** Both folders, so that no server runs on either. Throws StorageError `in-use`. */
async function lockBoth({ from, to }: Move): Promise<Disposable> {
  using locks = new DisposableStack();
  locks.use(InstanceLock.take(from));
  await makePrivateFolder(to);
  locks.use(InstanceLock.take(to));
  return locks.move();
}

/** That the source is a file with the tables of now: opening an older one would change it. */
async function requireFile(folder: string): Promise<void> {
  const elsewhere = readStoreMark(folder);
  if (elsewhere !== undefined) {
    throw new StorageError(
      "database-elsewhere",
      `Cannot move ${folder}: its accounts and messages are in ${elsewhere.url}`,
    );
  }
  if (!await hasDatabaseFile(folder)) {
    throw new StorageError("not-found", `Cannot move ${folder}: no server has run there yet`);
  }
  const path = join(folder, DATABASE_FILE);
  const version = versionOf(path);
  if (version === MIGRATIONS.length) return;
  throw new StorageError(
    version > MIGRATIONS.length ? "newer-format" : "unknown-format",
    `Cannot move ${path}: its tables are of version ${version}, this program's of ${MIGRATIONS.length}. ` +
      "Start the server of this version on it once",
  );
}

function versionOf(path: string): number {
  using file = FrozenDatabase.open(path);
  return file.version;
}

/** A source that is marked was moved to this target, by a move that was cut off at its very end. Throws StorageError. */
function requireMovedTo(from: string, to: string): void {
  const moved = readMoveMark(from, "moved");
  if (moved === undefined || moved.to === to) return;
  throw new StorageError("moved-away", `Cannot move ${from}: it was moved to ${moved.to}`);
}

/** The database that comes, with the rows that are there already. */
function openPart(path: string): Database {
  const file = Database.open(path, { migrations: MIGRATIONS });
  // A new one has an incarnation of its own; that of the source comes.
  if (!file.has("SELECT 1 FROM account")) {
    file.transaction(() => void file.command("DELETE FROM incarnation").run());
  }
  return file;
}
