/** Blobs as files of one folder. */

import { join } from "node:path";
import type { Bytes } from "../../base/bytes.ts";
import type { BlobReader, BlobStore, OpenBlob } from "../../relay/blob_store.ts";
import { storageError } from "../../storage/failures.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";

/** The folder is its own, unless it was opened by `at`. Nothing is synced (docs/decisions/0031-files.md). */
export class DiskBlobs implements BlobStore {
  readonly isShared = false;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder when it is not there. Throws StorageError. */
  static async make(folder: string): Promise<DiskBlobs> {
    await makePrivateFolder(folder);
    return new DiskBlobs(folder);
  }

  /** In a folder that is there, and holds other things, too: only single blobs are asked for. */
  static at(folder: string): DiskBlobs {
    return new DiskBlobs(folder);
  }

  async open(id: string): Promise<OpenBlob> {
    const options = { read: true, write: true, create: true, mode: 0o600 };
    const file = await Deno.open(this.#path(id), options);
    return new DiskBlob(await moved(file, 0, Deno.SeekMode.End));
  }

  async read(id: string, offset: number): Promise<BlobReader> {
    const file = await Deno.open(this.#path(id), { read: true });
    return await moved(file, offset, Deno.SeekMode.Start);
  }

  async sizeOf(id: string): Promise<number> {
    try {
      return (await Deno.stat(this.#path(id))).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw storageError("Cannot look at upload", error);
    }
  }

  async remove(id: string): Promise<void> {
    try {
      await Deno.remove(this.#path(id));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async usedBytes(): Promise<number> {
    let bytes = 0;
    for await (const { name } of Deno.readDir(this.#folder)) bytes += await this.sizeOf(name);
    return bytes;
  }

  async sweep(isKept: (id: string) => Promise<boolean>): Promise<void> {
    for await (const { name } of Deno.readDir(this.#folder)) {
      if (!await isKept(name)) await this.remove(name);
    }
  }

  #path(id: string): string {
    return join(this.#folder, id);
  }
}

/** Closes the file when there is no such place in it. */
async function moved(file: Deno.FsFile, offset: number, from: Deno.SeekMode): Promise<Deno.FsFile> {
  try {
    await file.seek(offset, from);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

class DiskBlob implements OpenBlob {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  append(bytes: Bytes): Promise<number> {
    return this.#file.write(bytes);
  }

  async cutTo(sizeBytes: number): Promise<void> {
    await this.#file.truncate(sizeBytes);
    await this.#file.seek(sizeBytes, Deno.SeekMode.Start);
  }

  undo(sizeBytes: number): Promise<void> {
    return this.cutTo(sizeBytes);
  }

  close(): void {
    this.#file.close();
  }
}
