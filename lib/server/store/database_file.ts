/** The file of the database: that it is there before it is opened, and still the one that the next start will open. */

import { statfs } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../../base/clock.ts";
import { describeError, StorageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { storageError } from "../../storage/failures.ts";
import { DATABASE_FILE } from "../config/data_folder.ts";

const log = logger("server", "store");

/** `node:fs/promises` has none in Deno 2.4.2. */
const diskOf = promisify(statfs);

/** What was acknowledged in this time after the file was deleted is lost; after it nothing is taken. */
const LOOK_EVERY_MS = 5_000;

/** A first start makes them after the database, and a restore puts them in their place after it. */
const MADE_AFTER = ["ca.pem", "ca.key", "ca.next", "opaque.setup"] as const;

/**
 * Refuses a data folder that has a server's keys and no database, or an empty file for it: opening it would make a new, empty
 * one, and every account would be gone for good. Before anybody opens the database. Throws StorageError `database-missing`.
 */
export async function refuseLostDatabase(folder: string): Promise<void> {
  const path = join(folder, DATABASE_FILE);
  if (await hasDatabaseFile(folder) || !await hasServerKeys(folder)) return;
  throw new StorageError(
    "database-missing",
    `Cannot open ${path}: it is missing or empty, and the keys of its server are there. ` +
      "Mount its disk or restore a backup; for a new server choose an empty folder",
  );
}

/** Whether the database is a file in the folder. Throws StorageError. */
export async function hasDatabaseFile(folder: string): Promise<boolean> {
  return await sizeOf(join(folder, DATABASE_FILE)) > 0;
}

/** Whether a server has run in the folder. Throws StorageError. */
export async function hasServerKeys(folder: string): Promise<boolean> {
  const sizes = await Promise.all(MADE_AFTER.map((name) => sizeOf(join(folder, name))));
  return sizes.some((size) => size > 0);
}

/** How the database is, whatever it lies on. */
export interface DatabaseHealth {
  /** Whether the next start will open the one that is open now. */
  isInPlace(): Promise<boolean>;
  /** What it takes, and what is left where it lies. What cannot be asked is left out. */
  sizes(): Promise<{ readonly databaseBytes?: number; readonly freeBytes?: number }>;
  /** Rejects with StorageError once it is lost for good, and with the signal's reason. Never resolves. */
  watch(clock: Clock, signal: AbortSignal): Promise<never>;
}

/** The file of an open database. Holds nothing open: a second descriptor would drop SQLite's locks (see `Database`). */
export class DatabaseFile implements DatabaseHealth {
  readonly path: string;
  readonly #inode: number | null;

  private constructor(path: string, inode: number | null) {
    this.path = path;
    this.#inode = inode;
  }

  /** The one in the data folder, which is open. Throws StorageError. */
  static async find(folder: string): Promise<DatabaseFile> {
    const path = join(folder, DATABASE_FILE);
    try {
      return new DatabaseFile(path, (await Deno.stat(path)).ino);
    } catch (error) {
      throw storageError(`Cannot read ${path}`, error);
    }
  }

  async isInPlace(): Promise<boolean> {
    return await this.place() === "in-place";
  }

  /** Where the file is now. But for `in-place`, what is committed is gone at the next start. */
  async place(): Promise<"in-place" | "deleted" | "replaced"> {
    try {
      // Windows has no inodes, and lets nobody delete an open file.
      return (await Deno.stat(this.path)).ino === this.#inode ? "in-place" : "replaced";
    } catch (error) {
      // Whatever else a disk says is no proof.
      return error instanceof Deno.errors.NotFound ? "deleted" : "in-place";
    }
  }

  /** The file and its log, and what is left on its disk. What cannot be asked is left out. */
  async sizes(): Promise<{ readonly databaseBytes?: number; readonly freeBytes?: number }> {
    const [size, free] = await Promise.all([
      known(this.#sizeBytes()),
      known(diskOf(this.path).then(({ bavail, bsize }) => bavail * bsize)),
    ]);
    return {
      ...(size === undefined ? {} : { databaseBytes: size }),
      ...(free === undefined ? {} : { freeBytes: free }),
    };
  }

  async #sizeBytes(): Promise<number> {
    const sizes = await Promise.all([this.path, `${this.path}-wal`].map(sizeOf));
    return sizes[0] + sizes[1];
  }

  /**
   * Rejects with StorageError `database-missing` once it was deleted, and with the signal's reason. Never resolves. One that was
   * replaced is only logged: some file systems give a file another number by themselves.
   */
  async watch(clock: Clock, signal: AbortSignal): Promise<never> {
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, { signal });
      const place = await this.place();
      if (place === "replaced") log.error("database replaced", { path: this.path });
      if (place !== "deleted") continue;
      throw new StorageError(
        "database-missing",
        `Cannot continue: ${this.path} was deleted while it was open. Restore a backup`,
      );
    }
  }
}

/** What a disk says; undefined when it does not. */
async function known(size: Promise<number>): Promise<number | undefined> {
  try {
    return await size;
  } catch (error) {
    log.debug("size not known", { reason: describeError(error) });
    return undefined;
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
