/**
 * The bytes of one upload: one appends, others read at the same time. What comes in a turn is written at once; nothing is
 * synced (docs/decisions/0031-files.md).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import type { BlobReader, BlobStore, OpenBlob } from "../../relay/blob_store.ts";
import { wholeBlocks } from "../../relay/spool_rules.ts";
import { storageError } from "../../storage/failures.ts";
import { Allowance, type Reserve } from "./allowance.ts";

const log = logger("server", "spool");

/** Once so much came without a pause, writes wait for more: single ones cost four times as much of the processor. */
const STREAK_BYTES = 1024 * 1024;
const WAIT_MS = 1;
/** How often a reader looks for what another node has written. */
const LOOK_EVERY_MS = 1_000;

/** Told whenever there is more, or it cannot go on. Must not throw. */
export type UploadListener = () => void;

/** An upload as whoever reads it sees it, wherever it lies. */
export interface UploadSource {
  readonly sizeBytes: number;
  /** What may be read: whole blocks. */
  readonly readableBytes: number;
  /** What is there from `offset` on, and what comes, until `signal` aborts. The caller closes it. */
  read(offset: number, signal: AbortSignal): Promise<BlobReader>;
  /** Calls `listener` from now on. Returns what ends that. */
  listen(listener: UploadListener): () => void;
  /** Looks for what is written elsewhere, while there may be more. Ends only with `signal`, whose reason it rejects with. */
  follow(signal: AbortSignal): Promise<void>;
}

/** What waits for the disk, of all files that share it. */
export interface Pending {
  bytes: number;
}

/** What a file is opened with. */
export interface UploadFileOptions {
  readonly blobs: BlobStore;
  readonly upload: string;
  readonly sizeBytes: number;
  readonly clock: Clock;
  readonly pending: Pending;
  /** Of all that the spool may hold. */
  readonly reservedBytes: number;
  readonly reserve: Reserve;
}

/** Shared by all who use it; the spool closes it after the last one. */
export class UploadFile implements UploadSource {
  readonly sizeBytes: number;
  readonly #options: UploadFileOptions;
  readonly #blob: OpenBlob;
  readonly #listeners = new Set<UploadListener>();
  readonly #allowance: Allowance;
  #storedBytes: number;
  #pending: Bytes[] = [];
  #pendingBytes = 0;
  #joined: Bytes | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  /** Number of the last one who began to write. */
  #writer = 0;
  #isClosed = false;
  /** Somebody waits for what is pending: no more of it is waited for. */
  #isAwaited = false;
  #hurry: () => void = () => {};

  private constructor(
    { blob, storedBytes }: { blob: OpenBlob; storedBytes: number },
    options: UploadFileOptions,
  ) {
    this.#options = options;
    this.#blob = blob;
    this.#allowance = new Allowance(options.reservedBytes - storedBytes, options.reserve);
    this.sizeBytes = options.sizeBytes;
    this.#storedBytes = storedBytes;
  }

  /**
   * Opens or makes it. A block that a sudden end cut off is forgotten, here or, as another node may just write a shared one, by
   * who goes on with it. Throws StorageError.
   */
  static async open(options: UploadFileOptions): Promise<UploadFile> {
    const { blobs, upload, sizeBytes } = options;
    try {
      const blob = await blobs.open(upload);
      const found = await blob.sizeBytes();
      const storedBytes = blobs.isShared ? found : wholeBlocks(found, sizeBytes);
      if (storedBytes !== found) await blob.cutTo(storedBytes);
      return new UploadFile({ blob, storedBytes }, options);
    } catch (error) {
      throw storageError("Cannot open upload", error);
    }
  }

  /** On disk, as far as the system goes. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** What may be read: whole blocks. */
  get readableBytes(): number {
    return wholeBlocks(this.#storedBytes, this.sizeBytes);
  }

  /** Where the next bytes belong. */
  get endBytes(): number {
    return this.#storedBytes + this.#pendingBytes;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** A StorageError once something could not be written; nothing is taken any more. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What is there from `offset` on, and what comes. The caller closes it. */
  read(offset: number): Promise<BlobReader> {
    return this.#options.blobs.read(this.#options.upload, offset);
  }

  /** Calls `listener` from now on. Returns what ends that. */
  listen(listener: UploadListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For who reads: sees what another node writes, until it is whole. Ends only with `signal`, whose reason it rejects with. */
  async follow(signal: AbortSignal): Promise<void> {
    const { blobs, clock } = this.#options;
    if (!blobs.isShared) return;
    for (let seenBytes = this.#storedBytes; this.#storedBytes < this.sizeBytes;) {
      await clock.sleep(LOOK_EVERY_MS, { signal });
      // Written here: then there is nothing to ask.
      if (this.#storedBytes === seenBytes) await this.look();
      seenBytes = this.#storedBytes;
    }
  }

  /** Another node may have written more of it. */
  async look(): Promise<void> {
    const before = this.#storedBytes;
    if (!this.#options.blobs.isShared || this.#writing !== undefined) return;
    try {
      const found = await this.#blob.sizeBytes();
      const isWritten = this.#writing !== undefined || this.#storedBytes !== before;
      if (found === before || isWritten) return;
      this.#storedBytes = found;
      this.#tell();
    } catch (error) {
      // Whoever reads waits as for a slow sender, and it is asked again.
      log.warn("upload not seen", { reason: describeError(error) });
    }
  }

  /** Takes the next bytes from who writes; returns at once. Listeners hear when they are stored. */
  append(bytes: Bytes, writer: number): void {
    if (writer !== this.#writer || this.#failure !== undefined || this.#isClosed) return;
    this.#pending.push(bytes);
    this.#wait(bytes.length);
    this.#writing ??= this.#write();
  }

  /** Resolves when what was appended before is stored, or failed. Never rejects. */
  async settled(): Promise<void> {
    if (this.#writing === undefined) return;
    this.#isAwaited = true;
    this.#hurry();
    await this.#writing;
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await this.settled();
    await this.#cutTo(0);
    this.#failure = undefined;
  }

  /** After a failure: takes more again, behind what is there. Throws StorageError. */
  async mend(): Promise<void> {
    await this.settled();
    try {
      await this.#cutTo(wholeBlocks(await this.#blob.sizeBytes(), this.sizeBytes));
      this.#failure = undefined;
    } catch (error) {
      throw storageError("Cannot open upload", error);
    }
  }

  /** Throws StorageError unless so much more fits behind what is there. Nothing of it stays. */
  async requireRoom(bytes: number): Promise<void> {
    await this.settled();
    const missing = Math.min(bytes, this.sizeBytes - this.#storedBytes);
    const block = new Uint8Array(Math.min(missing, SPOOL_BLOCK_BYTES));
    try {
      await this.#allowance.require(missing);
      for (let left = missing; left > 0;) {
        left -= await this.#blob.append(block.subarray(0, Math.min(left, block.length)));
      }
    } catch (error) {
      throw storageError("Cannot store upload", error);
    } finally {
      await this.#cutTo(this.#storedBytes);
    }
  }

  /**
   * Begins to write, and returns the writer's number: from now on nobody else's bytes are taken, not even those of a
   * connection that is lost and not yet found to be. Forgets the block that is not whole: whoever goes on seals it anew. Up
   * to `skipBytes` the reader needs nothing.
   */
  async beginWriting(skipBytes = 0): Promise<number> {
    const writer = ++this.#writer;
    await this.settled();
    try {
      // Another node may have gone on with it meanwhile.
      if (this.#options.blobs.isShared) this.#storedBytes = await this.#blob.sizeBytes();
      const fromBytes = Math.max(this.readableBytes, skipBytes);
      // Beyond the end that leaves a hole, which takes no room on most disks. Who reads it gets what does not open.
      const isTaken = this.#options.blobs.isShared && fromBytes < this.sizeBytes;
      if (isTaken || fromBytes !== this.#storedBytes) await this.#cutTo(fromBytes);
    } catch (error) {
      throw storageError("Cannot open upload", error);
    }
    return writer;
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.settled();
    this.#blob.close();
  }

  async #write(): Promise<void> {
    // Lets the other chunks of this turn come in first.
    await Promise.resolve();
    let streakBytes = 0;
    try {
      while (this.#pending.length > 0) {
        const isBusy = streakBytes >= STREAK_BYTES && this.endBytes < this.sizeBytes;
        if (isBusy && !this.#isAwaited && this.#pendingBytes < SPOOL_BLOCK_BYTES) {
          await this.#gather();
        }
        const bytes = this.#join();
        await this.#allowance.take(bytes.length);
        for (let written = 0; written < bytes.length;) {
          written += await this.#blob.append(bytes.subarray(written));
        }
        this.#wait(-bytes.length);
        this.#storedBytes += bytes.length;
        streakBytes += bytes.length;
        this.#tell();
      }
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#writing = undefined;
      this.#isAwaited = false;
    }
  }

  #wait(byBytes: number): void {
    this.#pendingBytes += byBytes;
    this.#options.pending.bytes += byBytes;
  }

  /** Waits for more to write at once, until somebody waits for what there is. */
  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(WAIT_MS, resolve);
      this.#hurry = () => {
        cancel();
        resolve();
      };
    });
  }

  /** What is pending, as far as it fits, in one piece that is used again: a new one each time is what the collector pays for. */
  #join(): Bytes {
    const [first] = this.#pending;
    if (this.#pending.length === 1) {
      this.#pending = [];
      return first;
    }
    const joined = this.#joined ??= new Uint8Array(SPOOL_BLOCK_BYTES);
    let sizeBytes = 0;
    let count = 0;
    for (const bytes of this.#pending) {
      if (sizeBytes + bytes.length > SPOOL_BLOCK_BYTES) break;
      joined.set(bytes, sizeBytes);
      sizeBytes += bytes.length;
      count++;
    }
    this.#pending = this.#pending.slice(count);
    return joined.subarray(0, sizeBytes);
  }

  /** What did not fit is cut off, so that the length says what is there. */
  async #failed(error: unknown): Promise<void> {
    this.#failure = storageError("Cannot store upload", error);
    this.#pending = [];
    this.#wait(-this.#pendingBytes);
    try {
      await this.#blob.undo(this.#storedBytes);
    } catch (second) {
      // The disk is gone altogether. Nothing more is taken, and the next opening measures what is there.
      log.error("upload cannot be cut off", { reason: describeError(second) });
    }
    this.#tell();
  }

  async #cutTo(sizeBytes: number): Promise<void> {
    await this.#blob.cutTo(sizeBytes);
    this.#storedBytes = sizeBytes;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
