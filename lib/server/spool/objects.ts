/** Where a spool that several nodes share keeps its pieces: a folder that all of them have, or an S3 store. */

import type { Bytes } from "../../base/bytes.ts";

/**
 * Bytes by name, `FOLDER/NAME` or `NAME`. All calls throw StorageError. An implementation
 * 1. MUST show an object to everybody, listed too, once `put` has returned, and never a part of one;
 * 2. MUST bound what it takes from the other side, in bytes and in time.
 */
export interface Objects extends Disposable {
  /** Under a name that nobody used before, or with the same bytes. */
  put(name: string, bytes: Bytes): Promise<void>;
  /** At most `length` from `offset` on, at least one. Rejects with `not-found` when there is none. */
  get(name: string, offset: number, length: number): Promise<Bytes>;
  /** One that is not there is fine. */
  remove(name: string): Promise<void>;
  /** The names of all objects of a folder; of all that there are, when it is left out. */
  list(folder?: string): AsyncIterable<string>;
}
