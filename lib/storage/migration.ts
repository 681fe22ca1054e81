/** Bringing a database to the present version (SR-31), and the copy that is made before. */

import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../base/errors.ts";
import { isSystemFailure, storageError } from "./failures.ts";

/** The number that a pragma answers with. */
export function numberOf(handle: DatabaseSync, pragma: string): number {
  const row = handle.prepare(`PRAGMA ${pragma}`).get();
  return Number(Object.values(row ?? {})[0]);
}

/** Throws `StorageError` `newer-format` for a file of a later program, having written nothing, not even its WAL. */
export function refuseNewer(path: string, newestVersion: number): void {
  if (!existsSync(path)) return;
  // A writing connection would check the WAL into the file when it closes.
  const handle = new DatabaseSync(path, { readOnly: true });
  let version: number;
  try {
    version = numberOf(handle, "user_version");
  } catch (error) {
    const failure = storageError(`Cannot open database ${path}`, error);
    if (failure.code === "disk-full") throw failure;
    // 2.4.2 says "failed to prepare statement" and no code; the statement is constant, so it is the file.
    throw new StorageError("damaged", `Cannot read database ${path}: it is not a database`, {
      cause: error,
    });
  } finally {
    handle.close();
  }
  if (version > newestVersion) {
    throw new StorageError(
      "newer-format",
      `Cannot open database ${path}: it was made by a newer version of the program. Update it. (Tables ${version}, known up to ${newestVersion})`,
    );
  }
}

/**
 * Runs the missing migrations, all in one transaction, on connections from `open` that it closes. A database that already
 * has a version is copied to `PATH.vN.backup` first.
 */
export function migrate(
  path: string,
  migrations: readonly string[],
  open: () => DatabaseSync,
): void {
  const before = withHandle(open, (handle) => numberOf(handle, "user_version"));
  if (before === migrations.length) return;
  if (before > 0) copyDatabase(path, `${path}.v${before}.backup`, { open, version: before });
  withHandle(open, (handle) => {
    // Tables are rebuilt by dropping the old one, which must not cascade (sqlite.org/lang_altertable.html §7).
    handle.exec("PRAGMA foreign_keys=OFF");
    handle.exec("BEGIN IMMEDIATE");
    let committed = false;
    try {
      // Again, under the lock: another process may have been faster.
      const version = numberOf(handle, "user_version");
      for (const sql of migrations.slice(version)) handle.exec(sql);
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
export function copyDatabase(
  path: string,
  target: string,
  { open, version }: { open: () => DatabaseSync; version: number },
): void {
  // Of its own: another process may be making the same copy.
  const partial = `${target}.${Deno.pid}.part`;
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

/** A full disk has rolled back already, and then there is no transaction (sqlite.org/lang_transaction.html §3). */
function rollBack(handle: DatabaseSync): void {
  try {
    handle.exec("ROLLBACK");
  } catch (error) {
    if (!isSystemFailure(error)) throw error;
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
