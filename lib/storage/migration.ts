/** Bringing a database to the present version (SR-31), and the copy that is made before. */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describeError, StorageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { isSystemFailure, OLDEST_VERSION, storageError } from "./failures.ts";
import { explainUnopened } from "./unopened.ts";

const log = logger("storage", "migration");

/** The number that a pragma answers with. */
export function numberOf(handle: DatabaseSync, pragma: string): number {
  const row = handle.prepare(`PRAGMA ${pragma}`).get();
  return Number(Object.values(row ?? {})[0]);
}

/** Throws `StorageError` `newer-format` for a file of a later program, having written nothing, not even its WAL. */
export function refuseNewer(path: string, newestVersion: number): void {
  if (!existsSync(path)) return;
  const version = readVersion(path);
  if (version > newestVersion) {
    throw new StorageError(
      "newer-format",
      `Cannot open database ${path}: a newer version of the program made it. Update the program. (Tables ${version}, known up to ${newestVersion})`,
    );
  }
}

function readVersion(path: string): number {
  const action = `Cannot open database ${path}`;
  let handle: DatabaseSync;
  try {
    // A writing connection would check the WAL into the file when it closes.
    handle = new DatabaseSync(path, { readOnly: true });
  } catch (error) {
    throw explainUnopened(action, path, error);
  }
  try {
    return numberOf(handle, "user_version");
  } catch (error) {
    throw explainUnopened(action, path, moreOf(handle, error));
  } finally {
    handle.close();
  }
}

/** Deno 2.4.2 says "failed to prepare statement" and no code, where `exec` says why. */
function moreOf(handle: DatabaseSync, thrown: unknown): unknown {
  if (storageError("Cannot read", thrown).code !== "failed") return thrown;
  try {
    handle.exec("PRAGMA user_version");
    return thrown;
  } catch (error) {
    return error;
  }
}

/**
 * Runs the missing migrations, all in one transaction, on connections from `open` that it closes. A database that already
 * has a version is copied to `PATH.vN.backup` first. Throws `StorageError` `unknown-format`, and leaves the file as it was,
 * when its tables are not those that these migrations made: it would be marked as new and fail at its first statement.
 */
export function migrate(
  path: string,
  migrations: readonly string[],
  open: () => DatabaseSync,
): void {
  const before = withHandle(open, (handle) => numberOf(handle, "user_version"));
  if (before === migrations.length) return;
  const backup = `${path}.v${before}.backup`;
  if (before > 0) copyDatabase(path, backup, { open, version: before });
  withHandle(open, (handle) => {
    // Tables are rebuilt by dropping the old one, which must not cascade (sqlite.org/lang_altertable.html §7).
    handle.exec("PRAGMA foreign_keys=OFF");
    handle.exec("BEGIN IMMEDIATE");
    let committed = false;
    try {
      // Again, under the lock: another process may have been faster.
      const version = numberOf(handle, "user_version");
      if (version < migrations.length) {
        const strange = tryMigrations(handle, migrations, version);
        if (strange !== undefined) throw unknownFormat({ path, backup, version, ...strange });
      }
      if (handle.prepare("PRAGMA foreign_key_check").all().length > 0) {
        throw new StorageError(
          "damaged",
          `Cannot migrate database ${path}: rows refer to missing rows`,
        );
      }
      handle.exec(`PRAGMA user_version=${Math.max(version, migrations.length)}`);
      handle.exec("COMMIT");
      committed = true;
    } finally {
      // Closing would roll back too, but a migration that fails must not leave it to chance.
      if (!committed) rollBack(handle);
    }
  });
}

/**
 * Copies the database at `path` to `target` (0600, synced, checked), on a connection from `open` that it closes. Other
 * processes may write meanwhile. This process MUST NOT have another connection to it (see `Database`): `VACUUM INTO` and
 * `backup()` are missing in Deno 2.4.2, and copying the file drops this process's locks on it. One that has another version
 * by now was copied by whoever migrated it, and that copy stays.
 */
function copyDatabase(
  path: string,
  target: string,
  { open, version }: { open: () => DatabaseSync; version: number },
): void {
  // Of its own: another process may be making the same copy.
  const partial = `${target}.${Deno.pid}.part`;
  try {
    copyTo(partial, path, { open, version, target });
  } catch (error) {
    // A full disk would be a little fuller after each try.
    removeIfThere(partial);
    throw error;
  }
}

/**
 * Removes what programs that were killed left of such copies of the database at `path`. Only for who alone has its folder: another
 * process may be making one.
 */
export function removeUnfinishedCopies(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) return;
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (!name.startsWith(`${basename(path)}.v`)) continue;
    if (/^\d+\.backup\.\d+\.part$/.test(name.slice(basename(path).length + 2))) {
      removeIfThere(join(folder, name));
    }
  }
}

function copyTo(
  partial: string,
  path: string,
  { open, version, target }: { open: () => DatabaseSync; version: number; target: string },
): void {
  const isDue = withHandle(open, (handle) => {
    lockWithEmptyWal(handle, path);
    try {
      if (numberOf(handle, "user_version") !== version) return false;
      Deno.copyFileSync(path, partial);
      return true;
    } finally {
      handle.exec("ROLLBACK");
    }
  });
  if (!isDue) return;
  if (Deno.build.os !== "windows") Deno.chmodSync(partial, 0o600);
  syncFile(partial);
  checkCopy(partial);
  Deno.renameSync(partial, target);
}

/** BEGIN IMMEDIATE at a moment when everything is in the main file. Throws `StorageError` `busy`. */
export function lockWithEmptyWal(handle: DatabaseSync, path: string): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    handle.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    handle.exec("BEGIN IMMEDIATE");
    // Another process may have committed between the two.
    if (!existsSync(`${path}-wal`) || Deno.statSync(`${path}-wal`).size === 0) return;
    handle.exec("ROLLBACK");
  }
  throw new StorageError(
    "busy",
    `Cannot copy database ${path}: other processes keep writing to it`,
  );
}

/** What shows that the tables were none of `version`; undefined when they are now what a new database has. */
function tryMigrations(
  handle: DatabaseSync,
  migrations: readonly string[],
  version: number,
): { why: string; cause?: unknown } | undefined {
  try {
    for (const sql of migrations.slice(version)) handle.exec(sql);
  } catch (cause) {
    // A full disk says nothing about the tables.
    if (!STEP_FAILURES.includes(storageError("Cannot migrate", cause).code)) throw cause;
    return { why: "a step to the next version does not run", cause };
  }
  const [found, expected] = [new Set(shapeOf(handle)), new Set(shapeAfter(migrations))];
  const [different] = found.symmetricDifference(expected);
  return different === undefined
    ? undefined
    : { why: `${different.slice(0, different.indexOf(":"))} differs` };
}

/** Codes of what SQLite says when tables or rows are not as a step needs them. */
const STEP_FAILURES: readonly string[] = ["failed", "constraint", "not-unique"];

function unknownFormat(
  facts: { path: string; backup: string; version: number; why: string; cause?: unknown },
): StorageError {
  const { path, backup, version, why, cause } = facts;
  const kept = version > 0 ? `, and ${backup} is a copy of it` : "";
  const message =
    `Cannot open database ${path}: its tables are none of a released version (${why}). The oldest version whose data can be opened is ${OLDEST_VERSION}. The file is as it was${kept}`;
  return new StorageError("unknown-format", message, { cause });
}

/** A full disk has rolled back already, and then there is no transaction (sqlite.org/lang_transaction.html §3). */
function rollBack(handle: DatabaseSync): void {
  try {
    handle.exec("ROLLBACK");
  } catch (error) {
    if (!isSystemFailure(error)) throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    // It is in nobody's way, and why the copy failed is what matters.
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("copy not removed", { reason: describeError(error) });
    }
  }
}

function syncFile(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

function checkCopy(path: string): void {
  const handle = new DatabaseSync(path);
  try {
    const row = handle.prepare("PRAGMA integrity_check").get();
    const answer = String(Object.values(row ?? {})[0]);
    if (answer !== "ok") throw new StorageError("damaged", `Cannot back up database: ${answer}`);
  } catch (error) {
    throw storageError(`Cannot check database copy ${path}`, error);
  } finally {
    handle.close();
  }
}

function withHandle<T>(open: () => DatabaseSync, action: (handle: DatabaseSync) => T): T {
  const handle = open();
  try {
    return action(handle);
  } finally {
    handle.close();
  }
}

// What tables a database has, to be compared with what its migrations make (SR-31).

/**
 * Every table, index and trigger with its SQL, in an order of its own. What SQLite keeps of the text itself does not count:
 * comments, blanks, and the quotes that a renamed table gets.
 */
function shapeOf(handle: DatabaseSync): readonly string[] {
  return handle.prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").all()
    .map(({ type, name, sql }) => `${type} ${name}: ${plainSql(String(sql))}`)
    .sort();
}

/** The shape of a new database. Throws what SQLite throws for migrations that do not run. */
function shapeAfter(migrations: readonly string[]): readonly string[] {
  const handle = new DatabaseSync(":memory:");
  try {
    for (const sql of migrations) handle.exec(sql);
    return shapeOf(handle);
  } finally {
    handle.close();
  }
}

/** A comment; or a string, a word, a sign. Between them are blanks and double quotes. */
const TOKEN = /(--[^\n]*|\/\*[\s\S]*?\*\/)|'(?:[^']|'')*'|\w+|[^\s\w"]/g;

function plainSql(sql: string): string {
  const tokens = [...sql.matchAll(TOKEN)].filter(([, comment]) => comment === undefined);
  return tokens.map(([token]) => token).join(" ");
}
