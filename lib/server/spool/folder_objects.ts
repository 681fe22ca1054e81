/** Objects as files of a folder that several machines have. */

import { dirname, join } from "node:path";
import type { Bytes } from "../../base/bytes.ts";
import { type Random, randomHex } from "../../base/random.ts";
import { storageError } from "../../storage/failures.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";
import type { Objects } from "./objects.ts";

/** Beside the objects, never listed: what is being written. On the same disk, as a file is renamed into its place. */
const WRITING = ".writing";

/** Nothing is synced, as in a spool of one node (docs/decisions/0031-files.md). */
export class FolderObjects implements Objects {
  readonly #folder: string;
  readonly #random: Random;

  private constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  /** Makes the folder when it is not there. Throws StorageError. */
  static async open(folder: string, random: Random): Promise<FolderObjects> {
    await makePrivateFolder(folder);
    await makePrivateFolder(join(folder, WRITING));
    return new FolderObjects(folder, random);
  }

  async put(name: string, bytes: Bytes): Promise<void> {
    const temporary = join(this.#folder, WRITING, randomHex(this.#random, 16));
    try {
      await Deno.writeFile(temporary, bytes, { createNew: true, mode: 0o600 });
      await this.#moveInto(temporary, join(this.#folder, name));
    } catch (error) {
      // What a full disk left of it is in the way of others. That it cannot be removed either must not hide why.
      await Deno.remove(temporary).catch(() => {});
      throw storageError("Cannot store upload", error);
    }
  }

  async get(name: string, offset: number, length: number): Promise<Bytes> {
    try {
      using file = await Deno.open(join(this.#folder, name), { read: true });
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, await file.read(bytes) ?? 0);
    } catch (error) {
      throw storageError("Cannot read upload", error);
    }
  }

  async remove(name: string): Promise<void> {
    const path = join(this.#folder, name);
    try {
      await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw storageError("Cannot remove upload", error);
      }
    }
    // Fails while something is in it, as another node may just have begun.
    if (name.includes("/")) await Deno.remove(dirname(path)).catch(() => {});
  }

  async *list(folder = ""): AsyncIterable<string> {
    try {
      for await (const { name, isDirectory } of Deno.readDir(join(this.#folder, folder))) {
        if (name.startsWith(".")) continue;
        const path = folder === "" ? name : `${folder}/${name}`;
        if (!isDirectory) yield path;
        else if (folder === "") yield* this.list(name);
      }
    } catch (error) {
      // Removed meanwhile.
      if (error instanceof Deno.errors.NotFound) return;
      throw storageError("Cannot look at uploads", error);
    }
  }

  [Symbol.dispose](): void {}

  /** Another node may remove the last object of the folder at the same moment, and the folder with it. */
  async #moveInto(from: string, to: string): Promise<void> {
    for (let triesLeft = 5;; triesLeft--) {
      await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
      try {
        return await Deno.rename(from, to);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound) || triesLeft === 0) throw error;
      }
    }
  }
}
