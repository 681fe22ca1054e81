/**
 * Puts a backup into an empty folder. The whole archive is read and compared with its checksums before anything is written;
 * the database comes last but the keys, without which a server with accounts does not start: whatever a crash leaves behind is
 * never a server that looks whole and is not.
 */

import { join } from "node:path";
import { type Bytes, concatBytes, writeAll } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { type ArchivedFile, Digest, readArchive } from "../../storage/archive.ts";
import { syncFolder } from "../../storage/atomic_file.ts";
import { Database } from "../../storage/database.ts";
import { OLDEST_VERSION, storageError } from "../../storage/failures.ts";
import { InstanceLock } from "../../storage/instance_lock.ts";
import { beginIncarnation } from "../store/sqlite/incarnation.ts";
import { MIGRATIONS } from "../store/sqlite/schema.ts";
import {
  CONFIG_FILE,
  DATABASE_FILE,
  KEY_FILES,
  LOCK_FILE,
  requireEmpty,
} from "../config/data_folder.ts";
import { type BackedUpFile, decodeManifest, MANIFEST, type Manifest } from "./manifest.ts";
import { takeTally, type Tally } from "./tally.ts";

const KNOWN_FILES: readonly string[] = [...KEY_FILES, CONFIG_FILE, DATABASE_FILE];
/** The manifest and the configuration: more is none of ours. */
const MAX_SMALL_BYTES = 1 << 20;

/** What was restored. */
export interface Restored {
  readonly manifest: Manifest;
  /** Of the restored database: the same as in the manifest. */
  readonly counts: Tally;
  /** The configuration that the backup holds, which is not put anywhere: the folder is only data. */
  readonly config: Bytes | undefined;
}

/**
 * Reads the whole backup at `path` and compares it with its checksums. Throws `StorageError` `damaged`, `newer-format`,
 * `not-found`.
 */
export async function verifyBackup(path: string): Promise<Manifest> {
  using file = await openBackup(path);
  const seen: BackedUpFile[] = [];
  let manifest: Manifest | undefined;
  for await (const entry of readArchive(file)) {
    if (manifest !== undefined) throw damaged("something stands behind its manifest");
    if (entry.name === MANIFEST) manifest = decodeManifest(await readSmall(entry));
    else seen.push(await digestOf(entry));
  }
  if (manifest === undefined) throw damaged("it is not a backup of a server, or not whole");
  requireSame(manifest.files, seen);
  if (manifest.tables > MIGRATIONS.length) {
    throw new StorageError(
      "newer-format",
      "Cannot restore: the backup was made by a newer version of the program. Update first",
    );
  }
  return manifest;
}

/**
 * Restores the backup at `path` into `folder`, which is there, private and empty, and begins a new incarnation of the server
 * (SR-58). When it fails, the folder is empty again. Throws `StorageError`: `in-use` while a server runs on the folder,
 * `not-empty`, and what `verifyBackup` throws.
 */
export async function restoreBackup(path: string, folder: string): Promise<Restored> {
  const manifest = await verifyBackup(path);
  using _lock = InstanceLock.take(folder);
  await requireEmpty(folder);
  return await putInPlace(path, folder, manifest);
}

/** The last step, for a backup that was verified, in a folder whose lock the caller holds. Throws as `restoreBackup`. */
export async function putInPlace(
  path: string,
  folder: string,
  manifest: Manifest,
): Promise<Restored> {
  try {
    const config = await extract(path, folder, manifest);
    const counts = renew(join(folder, `${DATABASE_FILE}.part`), manifest);
    // The copy that a migration made before: the backup is one.
    await Deno.remove(join(folder, `${DATABASE_FILE}.part.v${manifest.tables}.backup`))
      .catch(() => undefined);
    const keys = manifest.files.map(({ name }) => name).filter((name) => KEY_FILES.includes(name));
    for (const name of [DATABASE_FILE, ...keys]) {
      await Deno.rename(join(folder, `${name}.part`), join(folder, name));
    }
    await syncFolder(folder);
    return { manifest, counts, config };
  } catch (error) {
    await removeAll(folder);
    const failure = storageError(`Cannot restore into ${folder}`, error);
    // It names the copy that the migration made, which is gone by now: the backup is that copy.
    if (failure.code === "unknown-format") throw unknownFormat(failure);
    throw failure;
  }
}

/** Writes the files as `NAME.part`; returns the configuration, which is only read. */
async function extract(
  path: string,
  folder: string,
  manifest: Manifest,
): Promise<Bytes | undefined> {
  using archive = await openBackup(path);
  let config: Bytes | undefined;
  for await (const entry of readArchive(archive)) {
    if (entry.name === MANIFEST) break;
    if (entry.name === CONFIG_FILE) {
      config = await readSmall(entry);
      continue;
    }
    using file = await Deno.open(join(folder, `${entry.name}.part`), {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    // Again: it may be another file by now than the one that was verified.
    const written = await digestOf(entry, (chunk) => writeAll(file, chunk));
    const expected = manifest.files.find(({ name }) => name === entry.name);
    if (written.sha256 !== expected?.sha256) throw damaged("it changed while it was read");
    await file.sync();
  }
  return config;
}

/** Checks the restored database, brings it to the present version, and begins its new incarnation. */
function renew(path: string, manifest: Manifest): Tally {
  using database = Database.open(path, { migrations: MIGRATIONS });
  const answer = database.query("PRAGMA integrity_check(1)", (row) => row.text("integrity_check"))
    .first();
  if (answer !== "ok") throw damaged(`its database is: ${answer}`);
  const counts = takeTally((sql) => database.query(sql, (row) => row.integer("n")).first() ?? 0);
  if (JSON.stringify(counts) !== JSON.stringify(manifest.counts)) {
    throw damaged("its database holds something else than it says");
  }
  beginIncarnation(database);
  return counts;
}

async function digestOf(
  entry: ArchivedFile,
  take: (chunk: Bytes) => Promise<void> = () => Promise.resolve(),
): Promise<BackedUpFile> {
  const { name, sizeBytes } = entry;
  if (!KNOWN_FILES.includes(name)) throw damaged("it holds a file that no server has");
  const digest = new Digest();
  for await (const chunk of entry.chunks()) {
    digest.add(chunk);
    await take(chunk);
  }
  return { name, sizeBytes, sha256: digest.finish() };
}

function requireSame(said: readonly BackedUpFile[], seen: readonly BackedUpFile[]): void {
  const isSame = said.length === seen.length && said.every((file, i) => {
    const { name, sizeBytes, sha256 } = seen[i];
    return file.name === name && file.sizeBytes === sizeBytes && file.sha256 === sha256;
  });
  if (!isSame) throw damaged("its files do not fit their checksums");
  const names = new Set(seen.map(({ name }) => name));
  if (names.size !== seen.length || !names.has(DATABASE_FILE)) {
    throw damaged("it has no database, or a file twice");
  }
}

async function readSmall(entry: ArchivedFile): Promise<Bytes> {
  if (entry.sizeBytes > MAX_SMALL_BYTES) throw damaged(`${entry.name} is too large`);
  const parts: Bytes[] = [];
  for await (const chunk of entry.chunks()) parts.push(chunk.slice());
  return concatBytes(...parts);
}

/** Throws StorageError. */
export async function openBackup(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    throw storageError(`Cannot read backup ${path}`, error);
  }
}

/** All but the lock: closing any descriptor of that would drop it. */
export async function removeAll(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    // Closing any descriptor of the lock would drop it; the holder's end takes it away.
    if (!LOCK_FILE.test(name)) await Deno.remove(join(folder, name)).catch(() => undefined);
  }
}

function damaged(why: string): StorageError {
  return new StorageError("damaged", `Cannot restore: the backup is damaged: ${why}`);
}

function unknownFormat(cause: StorageError): StorageError {
  return new StorageError(
    "unknown-format",
    `Cannot restore: the tables of the backup are none of a released version. The oldest version whose data can be restored is ${OLDEST_VERSION}. Nothing was restored, and the backup is as it was`,
    { cause },
  );
}
