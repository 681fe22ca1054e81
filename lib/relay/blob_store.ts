/** Where a spool keeps bytes. One contract suite runs against every implementation (tests/unit/relay/blob_store_contract.ts). */

import type { Bytes } from "../base/bytes.ts";

/**
 * Bytes by id. An implementation
 * 1. MUST let a blob be read while it grows, and go on being written and read by whoever has it open once it is removed;
 * 2. MUST make another, empty one for whoever opens a removed id again;
 * 3. MUST reject with what `storageError` makes `disk-full` of when there is no room, and keep what it had.
 */
export interface BlobStore {
  /** Opens or makes one, to write at its end. Nobody else has it open to write. */
  open(id: string): Promise<OpenBlob>;
  /** From `offset` on. Rejects when there is none, or no such place in it. */
  read(id: string, offset: number): Promise<BlobReader>;
  /** 0 when there is none. */
  sizeOf(id: string): Promise<number>;
  /** One that is not there is fine. */
  remove(id: string): Promise<void>;
  /** The ids of all that there are. */
  list(): AsyncIterable<string>;
}

/** Whoever opened it closes it. */
export interface OpenBlob {
  sizeBytes(): Promise<number>;
  /** Writes behind everything else. Returns how much of it, at least a byte: the rest is for another call. */
  append(bytes: Bytes): Promise<number>;
  /** Cuts off what is behind; beyond the end it fills up with zeros. */
  cutTo(sizeBytes: number): Promise<void>;
  close(): void;
}

/** Whoever opened it closes it. */
export interface BlobReader extends Disposable {
  /** The next bytes that are there; returns how many. Null when there are none now: there may be later. */
  read(into: Bytes): Promise<number | null>;
}
