/** A spool's bytes in memory. */

import type { Bytes } from "../../lib/base/bytes.ts";
import type { BlobReader, BlobStore, OpenBlob } from "../../lib/relay/blob_store.ts";

/** What an operating system says of a full disk. */
const noSpace = () => Object.assign(new Error("No space left on device"), { code: "ENOSPC" });

/** Grows by doubling, so that many small pieces cost little. */
class Growing {
  #buffer = new Uint8Array(1024);
  #length = 0;

  get bytes(): Bytes {
    return this.#buffer.subarray(0, this.#length);
  }

  push(bytes: Bytes): void {
    const from = this.#length;
    this.resize(from + bytes.length);
    this.#buffer.set(bytes, from);
  }

  resize(length: number): void {
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.bytes);
      this.#buffer = larger;
    }
    this.#buffer.fill(0, Math.min(length, this.#length), length);
    this.#length = length;
  }
}

/** Of at most `roomBytes`; what is appended waits for `appending` first. */
export class MemoryBlobs implements BlobStore {
  readonly isShared = false;
  readonly #blobs = new Map<string, Growing>();
  readonly #roomBytes: number;
  appending: Promise<void> = Promise.resolve();

  constructor(roomBytes = Infinity) {
    this.#roomBytes = roomBytes;
  }

  /** What there is of one, whole. */
  bytesOf(id: string): Bytes | undefined {
    return this.#blobs.get(id)?.bytes;
  }

  open(id: string): Promise<OpenBlob> {
    const blob = this.#blobs.get(id) ?? new Growing();
    this.#blobs.set(id, blob);
    const cutTo = (sizeBytes: number) => {
      blob.resize(sizeBytes);
      return Promise.resolve();
    };
    return Promise.resolve({
      sizeBytes: () => Promise.resolve(blob.bytes.length),
      append: async (bytes) => {
        await this.appending;
        const fits = bytes.subarray(0, this.#roomBytes - this.#usedBytes());
        if (fits.length === 0) throw noSpace();
        blob.push(fits);
        return fits.length;
      },
      ...{ cutTo, undo: cutTo },
      close() {},
    });
  }

  read(id: string, offset: number): Promise<BlobReader> {
    const blob = this.#blobs.get(id);
    if (blob === undefined) return Promise.reject(new Deno.errors.NotFound(id));
    let at = offset;
    return Promise.resolve({
      read: (into) => {
        const next = blob.bytes.subarray(at, at + into.length);
        into.set(next);
        at += next.length;
        return Promise.resolve(next.length === 0 ? null : next.length);
      },
      [Symbol.dispose]() {},
    });
  }

  sizeOf(id: string): Promise<number> {
    return Promise.resolve(this.bytesOf(id)?.length ?? 0);
  }

  remove(id: string): Promise<void> {
    this.#blobs.delete(id);
    return Promise.resolve();
  }

  usedBytes(): Promise<number> {
    return Promise.resolve(this.#usedBytes());
  }

  async sweep(isKept: (id: string) => Promise<boolean>): Promise<void> {
    for (const id of [...this.#blobs.keys()]) if (!await isKept(id)) this.#blobs.delete(id);
  }

  #usedBytes(): number {
    return [...this.#blobs.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}
