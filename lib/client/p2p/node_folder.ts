/**
 * The folder of somebody without a server: `key`, `node.db`, and below `peers/` a folder for each person, with what was said
 * with them. One process uses it at a time.
 */

import { join } from "node:path";
import type { Random } from "../../base/random.ts";
import { InstanceLock } from "../../storage/instance_lock.ts";
import { makePrivateFolder, overwriteFile, readSmallFile } from "../../storage/private_files.ts";
import { storageError } from "../../storage/failures.ts";
import { NodeStore } from "./node_store.ts";
import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { createPrivateFile, removeFile } from "../../storage/atomic_file.ts";

/** How long it stays. */
export type Keeping =
  /** Until it is destroyed. */
  | "kept"
  /** As long as the process: its key is nowhere but in memory, and `destroy` is for the rest. */
  | "ephemeral";

/** Owns the folder's lock, key and store. */
export class NodeFolder implements Disposable {
  readonly store: NodeStore;
  readonly #lock: InstanceLock;
  readonly #key: NodeKey;

  private constructor(
    readonly path: string,
    parts: { lock: InstanceLock; key: NodeKey; store: NodeStore },
  ) {
    this.#lock = parts.lock;
    this.#key = parts.key;
    this.store = parts.store;
  }

  /** Makes it when it is not there. Throws StorageError, `in-use` when another process has it. */
  static async open(path: string, keeping: Keeping, random: Random): Promise<NodeFolder> {
    await makePrivateFolder(path);
    const lock = InstanceLock.take(path);
    try {
      const key = keeping === "kept"
        ? await NodeKey.inFolder(path, random)
        : NodeKey.inMemory(random);
      const store = await NodeStore.open(path, key.bytes, random);
      return new NodeFolder(path, { lock, key, store });
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The folder of one person, made when it is not there. */
  async ofPeer(name: string): Promise<string> {
    const path = this.#peerPath(name);
    await makePrivateFolder(path);
    return path;
  }

  /** Removes what was said with one person, whose databases are closed. */
  async removePeer(name: string): Promise<void> {
    await removeFolder(this.#peerPath(name));
  }

  /** Destroys the keys: from here on nothing in the folder can be read by anybody. */
  async destroyKeys(): Promise<void> {
    await this.#key.destroy();
  }

  /** Destroys the keys, then removes everything. All databases in it must be closed. */
  async destroy(): Promise<void> {
    await this.destroyKeys();
    this.close();
    await removeFolder(this.path);
  }

  /** Closing twice is fine. */
  close(): void {
    this.store.close();
    this.#lock.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #peerPath(name: string): string {
    return join(this.path, "peers", name);
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw storageError(`Cannot remove ${path}`, error);
  }
}

// The key of a folder: without it nothing in there can be read any more.

const KEY_BYTES = 32;

/** 32 random bytes, in the file `key` of the folder, or nowhere but in memory. */
class NodeKey {
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
      throw new StorageError("damaged", `Cannot read ${path}: it is not a key`);
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
