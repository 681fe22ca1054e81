/**
 * A file that arrives piece by piece under `NAME.part`: what is in it has been verified, so its length is the place to go on
 * at. It gets its name when it is whole, and never the place of another file (SR-64).
 */

import { join } from "node:path";
import { Bug, StorageError } from "../base/errors.ts";
import { storageError } from "./failures.ts";
import { numberedName } from "./safe_path.ts";
import { syncFolder } from "./atomic_file.ts";

/** Other names that are tried when one is taken. */
const MAX_NUMBER = 999;

/** Open for appending. Whoever opened it closes it; it stays on disk. */
export class PartFile implements Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;
  #sizeBytes: number;

  private constructor(path: string, file: Deno.FsFile, sizeBytes: number) {
    this.path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** Makes `NAME.part` in a folder that is there, or `NAME (1).part` …: never one that another began. Throws StorageError. */
  static async create(folder: string, name: string): Promise<PartFile> {
    for (let n = 0; n <= MAX_NUMBER; n++) {
      const path = join(folder, `${n === 0 ? name : numberedName(name, n)}.part`);
      try {
        // createNew follows no link that stands there (open(2), O_EXCL).
        const file = await Deno.open(path, { read: true, write: true, createNew: true });
        return new PartFile(path, file, 0);
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) continue;
        throw storageError(`Cannot create ${path}`, error);
      }
    }
    throw new StorageError(
      "already-exists",
      `Cannot create ${name}: too many files have that name`,
    );
  }

  /** Goes on with a part of ours. Undefined when it is gone, or no plain file any more. Throws StorageError. */
  static async reopen(path: string): Promise<PartFile | undefined> {
    try {
      if (!(await Deno.lstat(path)).isFile) return undefined;
      const file = await Deno.open(path, { read: true, write: true });
      const sizeBytes = await file.seek(0, Deno.SeekMode.End);
      return new PartFile(path, file, sizeBytes);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw storageError(`Cannot open ${path}`, error);
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends all of it. Throws StorageError; what did not fit is cut off again. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < bytes.length;) {
        written += await this.#file.write(bytes.subarray(written));
      }
      this.#sizeBytes += bytes.length;
    } catch (error) {
      await this.cutTo(this.#sizeBytes);
      throw storageError(`Cannot write ${this.path}`, error);
    }
  }

  /** Writes over what is there. Throws StorageError, and `bug` for what is not. */
  async overwrite(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset + bytes.length > this.#sizeBytes) throw new Bug("Cannot mend: nothing is there");
    try {
      await this.#file.seek(offset, Deno.SeekMode.Start);
      for (let written = 0; written < bytes.length;) {
        written += await this.#file.write(bytes.subarray(written));
      }
      await this.#file.seek(this.#sizeBytes, Deno.SeekMode.Start);
    } catch (error) {
      throw storageError(`Cannot write ${this.path}`, error);
    }
  }

  /** Throws StorageError unless so much more can be written. Nothing of it stays. */
  async requireRoom(bytes: number): Promise<void> {
    const { sizeBytes } = this;
    const block = new Uint8Array(64 * 1024);
    try {
      for (let left = bytes; left > 0;) {
        left -= await this.#file.write(block.subarray(0, Math.min(left, block.length)));
      }
    } catch (error) {
      throw storageError(`Cannot write ${this.path}`, error);
    } finally {
      await this.cutTo(sizeBytes);
    }
  }

  /** Forgets what is behind `sizeBytes`. Throws StorageError. */
  async cutTo(sizeBytes: number): Promise<void> {
    try {
      await this.#file.truncate(sizeBytes);
      await this.#file.seek(sizeBytes, Deno.SeekMode.Start);
      this.#sizeBytes = sizeBytes;
    } catch (error) {
      throw storageError(`Cannot write ${this.path}`, error);
    }
  }

  /** Gives the whole content to `take`, piece by piece: to hash it again after a pause. Throws StorageError. */
  async readAll(take: (bytes: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(256 * 1024);
    try {
      await this.#file.seek(0, Deno.SeekMode.Start);
      for (let left = this.#sizeBytes; left > 0;) {
        const count = await this.#file.read(buffer.subarray(0, Math.min(left, buffer.length)));
        if (count === null) break;
        take(buffer.subarray(0, count));
        left -= count;
      }
      await this.#file.seek(this.#sizeBytes, Deno.SeekMode.Start);
    } catch (error) {
      throw storageError(`Cannot read ${this.path}`, error);
    }
  }

  /** Syncs it and gives it `name` in `folder`, or `NAME (1)` …; returns the path. Closes it. Throws StorageError. */
  async finish(folder: string, name: string): Promise<string> {
    try {
      await this.#file.sync();
      this.#file.close();
      for (let n = 0; n <= MAX_NUMBER; n++) {
        const path = join(folder, n === 0 ? name : numberedName(name, n));
        if (!await moveNew(this.path, path)) continue;
        await syncFolder(folder);
        return path;
      }
    } catch (error) {
      throw storageError(`Cannot finish ${this.path}`, error);
    }
    throw new StorageError("already-exists", `Cannot finish ${name}: too many of that name`);
  }

  close(): void {
    try {
      this.#file.close();
    } catch (error) {
      // `finish` closed it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Removes a part of ours that nobody goes on with; what else has its name stays. Throws StorageError. */
export async function discardPart(path: string): Promise<void> {
  try {
    if ((await Deno.lstat(path)).isFile) await Deno.remove(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw storageError(`Cannot remove ${path}`, error);
  }
}

/** Throws StorageError unless a file of so much can be written in this folder. Nothing of it stays. */
export async function requireRoomIn(folder: string, bytes: number): Promise<void> {
  using file = await PartFile.create(folder, ".room");
  try {
    await file.requireRoom(bytes);
  } finally {
    await Deno.remove(file.path);
  }
}

/** Renames only to a name that nothing has: a link fails when it is taken, a rename would not. */
async function moveNew(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) return await claimAndRename(from, to);
    // Linked before a sudden end: the name is this very file's.
    if (!await isSameFile(from, to)) return false;
  }
  await Deno.remove(from);
  return true;
}

async function isSameFile(left: string, right: string): Promise<boolean> {
  const [one, other] = await Promise.all([Deno.lstat(left), Deno.lstat(right)]);
  return one.ino !== null && one.ino === other.ino && one.dev === other.dev;
}

/** Where there are no links (FAT, some shares): the name is taken by an empty file of ours first. */
async function claimAndRename(from: string, to: string): Promise<boolean> {
  try {
    (await Deno.open(to, { write: true, createNew: true })).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
  await Deno.rename(from, to);
  return true;
}
