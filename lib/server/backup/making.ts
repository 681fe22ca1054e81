/** Makes a backup of a server, running or not, in one file. Works in a process of its own, so the server's loop never waits. */

import { join } from "node:path";
import { type Bytes, equalBytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { VERSION } from "../../base/version.ts";
import { ArchiveWriter, type ByteSink } from "../../storage/archive.ts";
import { createFileAtomically } from "../../storage/atomic_file.ts";
import { FrozenDatabase } from "../../storage/frozen_database.ts";
import { readSmallFile } from "../../storage/private_files.ts";
import { MAX_KEY_FILE_BYTES } from "../keys/ca_rotation.ts";
import { CONFIG_FILE, DATABASE_FILE, KEY_FILES } from "../config/data_folder.ts";
import { BACKUP_FORMAT, encodeManifest, MANIFEST, type Manifest } from "./manifest.ts";
import { type BackupLock, writeSealed } from "./sealing.ts";
import { takeTally } from "./tally.ts";

const MAX_CONFIG_BYTES = 1 << 20;

/** What is backed up. */
export interface BackupSource {
  readonly dataFolder: string;
  /** The database, where it is another file than the one in the folder, which the caller removes. */
  readonly databaseFile?: string;
  /** The server's configuration; one that is not there is left out. */
  readonly configFile: string;
  readonly nowMs: number;
  /** For whom the file is sealed; undefined for a plain one. */
  readonly lock?: BackupLock | undefined;
}

interface SmallFile {
  readonly name: string;
  readonly bytes: Bytes;
}

/**
 * Writes the backup to `path`, which must not be there; nothing stays when it fails. The server may run and go on writing: the
 * backup is its state of one moment. Throws `StorageError`: `not-found` when no server ever ran on the folder, `already-exists`,
 * `disk-full`, `damaged`, `busy`.
 */
export async function makeBackup(path: string, source: BackupSource): Promise<Manifest> {
  return await createFileAtomically(path, async (file) => {
    const keys = await readKeys(source.dataFolder);
    using database = FrozenDatabase.open(
      source.databaseFile ?? join(source.dataFolder, DATABASE_FILE),
    );
    database.requireSound();
    const config = await readSmallFile(source.configFile, MAX_CONFIG_BYTES);
    const write = (sink: ByteSink) =>
      writeBackup(new ArchiveWriter(sink, source.nowMs), {
        database,
        files: config === undefined ? keys : [...keys, { name: CONFIG_FILE, bytes: config }],
        nowMs: source.nowMs,
      });
    const { lock } = source;
    const manifest = lock === undefined ? await write(file) : await writeSealed(file, lock, write);
    requireSame(keys, await readKeys(source.dataFolder));
    return manifest;
  });
}

async function writeBackup(
  archive: ArchiveWriter,
  { database, files, nowMs }: {
    database: FrozenDatabase;
    files: readonly SmallFile[];
    nowMs: number;
  },
): Promise<Manifest> {
  const written: Manifest["files"] = [];
  for (const { name, bytes } of files) {
    const entry = { name, sizeBytes: bytes.length };
    written.push({ ...entry, sha256: await archive.add(entry, [bytes]) });
  }
  const entry = { name: DATABASE_FILE, sizeBytes: database.sizeBytes };
  written.push({ ...entry, sha256: await archive.add(entry, database.chunks()) });
  const manifest: Manifest = {
    v: BACKUP_FORMAT,
    program: `heliograph-server/${VERSION}`,
    createdMs: nowMs,
    tables: database.version,
    counts: takeTally((sql) => database.count(sql)),
    files: written,
  };
  const bytes = encodeManifest(manifest);
  await archive.add({ name: MANIFEST, sizeBytes: bytes.length }, [bytes]);
  await archive.end();
  return manifest;
}

async function readKeys(folder: string): Promise<readonly SmallFile[]> {
  const files: SmallFile[] = [];
  for (const name of KEY_FILES) {
    const bytes = await readSmallFile(join(folder, name), MAX_KEY_FILE_BYTES);
    if (bytes !== undefined) files.push({ name, bytes });
  }
  return files;
}

/** A start of the server, or a rotation of its CA, may replace several of them one after the other. */
function requireSame(before: readonly SmallFile[], after: readonly SmallFile[]): void {
  const isSame = before.length === after.length &&
    before.every(({ name, bytes }, i) =>
      name === after[i].name && equalBytes(bytes, after[i].bytes)
    );
  if (isSame) return;
  throw new StorageError("busy", "Cannot back up: the server's keys changed meanwhile. Try again");
}
