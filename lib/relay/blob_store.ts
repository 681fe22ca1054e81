/** Where a spool keeps bytes. One contract suite runs against every implementation (tests/unit/relay/blob_store_contract.ts). */

import type { Bytes } from "../base/bytes.ts";

/**
 * Bytes by id. An implementation
 * 1. MUST let a blob be read while it grows. Once it is removed, whoever has it open goes on with it or is rejected;
 * 2. MUST make another, empty one for whoever opens a removed id again, into which nothing of the one before comes;
 * 3. MUST reject with what `storageError` makes `disk-full` of when there is no room, and keep what it had.
 */
export interface BlobStore {
  /** Whether other processes write and read it too: then `cutTo` takes a blob over from whoever wrote it before. */
  readonly isShared: boolean;
  /** Opens or makes one, to write at its end. In this process nobody else has it open to write. */
  open(id: string): Promise<OpenBlob>;
  /** From `offset` on. Rejects when there is none, or no such place in it. */
  read(id: string, offset: number): Promise<BlobReader>;
  /** 0 when there is none. */
  sizeOf(id: string): Promise<number>;
  /** One that is not there is fine. */
  remove(id: string): Promise<void>;
  /** What all of them take. */
  usedBytes(): Promise<number>;
  /** Removes those of which `isKept` says no. What somebody begins after it was asked MUST stay. */
  sweep(isKept: (id: string) => Promise<boolean>): Promise<void>;
}

/** Whoever opened it closes it. */
export interface OpenBlob {
  sizeBytes(): Promise<number>;
  /** Writes behind everything else. Returns how much of it, at least a byte: the rest is for another call. */
  append(bytes: Bytes): Promise<number>;
  /** Cuts off what is behind; beyond the end it fills up with zeros. What others append from now on does not count. */
  cutTo(sizeBytes: number): Promise<void>;
  /** After an append that failed: cuts off what of it may be there, behind `sizeBytes`. */
  undo(sizeBytes: number): Promise<void>;
  close(): void;
}

/** Whoever opened it closes it. */
export interface BlobReader extends Disposable {
  /** The next bytes that are there; returns how many. Null when there are none now: there may be later. */
  read(into: Bytes): Promise<number | null>;
}
