/** The key of a folder: without it nothing in there can be read any more. */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { createPrivateFile, removeFile } from "../../storage/atomic_file.ts";
import { overwriteFile, readSmallFile } from "../../storage/private_files.ts";

const KEY_BYTES = 32;

/** 32 random bytes, in the file `key` of the folder, or nowhere but in memory. */
export class NodeKey {
  readonly bytes: Bytes;
  readonly #path: string | undefined;

  private constructor(bytes: Bytes, path: string | undefined) {
    this.bytes = bytes;
    this.#path = path;
  }

  /** For what is gone with the process: a `kill -9` leaves nothing that can be read. */
  static inMemory(random: Random): NodeKey {
    return new NodeKey(random.bytes(KEY_BYTES), undefined);
  }

  /** The folder's key, made when there is none. Throws StorageError `damaged`. */
  static async inFolder(folder: string, random: Random): Promise<NodeKey> {
    const path = `${folder}/key`;
    const found = await readSmallFile(path, KEY_BYTES);
    if (found !== undefined && found.length !== KEY_BYTES) {
      throw new StorageError("damaged", `Cannot read ${path}: it is no key`);
    }
    const bytes = found ?? random.bytes(KEY_BYTES);
    if (found === undefined) await createPrivateFile(path, bytes);
    return new NodeKey(bytes, path);
  }

  /** Overwrites and removes it. Doing so twice is fine. */
  async destroy(): Promise<void> {
    this.bytes.fill(0);
    if (this.#path === undefined) return;
    await overwriteFile(this.#path);
    await removeFile(this.#path);
  }
}
