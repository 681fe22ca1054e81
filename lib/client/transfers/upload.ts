/** One upload over one connection: reads, seals and queues chunks for the lane, from what the server has to its end. */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { Bug, TransferError, TransportError } from "../../base/errors.ts";
import type { UploadId } from "../../base/ids.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { ChunkSealer, importTransferKey } from "../../crypto/file_chunks.ts";
import { MAX_SPOOL_CHUNK_BYTES } from "../../protocol/hop/spool.ts";
import type { Profile } from "../profile/profile.ts";
import { SourceStream } from "./source_stream.ts";
import type { SpoolEnd, SpoolLink } from "./spool_link.ts";
import { StallWatch } from "./stall_watch.ts";
import { type OutgoingTransfer, uploadBytes } from "./transfer.ts";
import type { Outflow, UploadLane } from "./upload_lane.ts";

/** Read and sealed together: WebCrypto works on them side by side. */
const BATCH_CHUNKS = 8;
/** Sealed chunks that may wait for the lane, so that reading goes on while it sends. */
const READY_CHUNKS = 2 * BATCH_CHUNKS;

/** What an upload needs. */
export interface UploadOptions {
  readonly profile: Profile;
  readonly spool: SpoolLink;
  readonly lane: UploadLane;
  readonly transfer: OutgoingTransfer;
  /** What the server has of it. */
  readonly storedBytes: number;
  /** Told as it grows. */
  onStored(bytes: number): void;
  /** Told what was read, before its last chunk leaves. */
  onDigest(digest: string): Promise<void>;
}

/** Runs once. */
export class Upload implements Outflow {
  readonly upload: UploadId;
  readonly #options: UploadOptions;
  readonly #sizeBytes: number;
  readonly #wakeup = new Wakeup();
  #ready: Bytes[] = [];
  #sentBytes: number;
  #storedBytes: number;
  #end: SpoolEnd | undefined;
  #isStalled = false;

  constructor(options: UploadOptions) {
    const { transfer, storedBytes } = options;
    this.#options = options;
    this.upload = transfer.upload;
    this.#sizeBytes = uploadBytes(transfer.items);
    this.#sentBytes = this.#storedBytes = storedBytes;
  }

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  take(): { offset: number; bytes: Bytes } | undefined {
    const bytes = this.#ready.shift();
    if (bytes === undefined) return undefined;
    const offset = this.#sentBytes;
    this.#sentBytes += bytes.length;
    this.#wakeup.wake();
    return { offset, bytes };
  }

  /**
   * Resolves when the server has all of it. Rejects with StorageError (`changed`, …), TransferError (`gone`, `storage-full`,
   * `failed`), TransportError when nothing moves any more, or the signal's reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { spool, lane, profile } = this.#options;
    using watch = new StallWatch(profile.clock, () => {
      this.#isStalled = true;
      this.#wakeup.wake();
    });
    const detach = spool.attach(this.upload, {
      stored: (bytes) => this.#stored(bytes, watch),
      ended: (reason) => {
        this.#end = reason;
        this.#wakeup.wake();
      },
    });
    lane.add(this);
    try {
      if (this.#storedBytes < this.#sizeBytes) await this.#produce(signal, watch);
      while (this.#storedBytes < this.#sizeBytes) await this.#wait(signal);
    } finally {
      lane.remove(this, this.#sentBytes - this.#storedBytes);
      detach();
    }
  }

  async #produce(signal: AbortSignal, watch: StallWatch): Promise<void> {
    const { transfer: { key, items }, profile, lane, onDigest } = this.#options;
    const bytes = decodeBase64(key);
    if (bytes === undefined) throw new Bug("Cannot read a transfer key of this profile");
    const root = await importTransferKey(bytes);
    const fromChunk = this.#storedBytes / MAX_SPOOL_CHUNK_BYTES;
    const sealer = await ChunkSealer.begin(root, this.upload, profile.random);
    using source = await SourceStream.open(items, fromChunk, signal);
    for (;;) {
      const { next, total } = source.position;
      const chunks = await source.read(BATCH_CHUNKS);
      if (chunks.length === 0) return;
      if (source.digest !== undefined) await onDigest(source.digest);
      const sealed = await Promise.all(chunks.map((chunk, i) => {
        const index = next + i;
        return sealer.seal({ index, isLast: index === total - 1 }, chunk);
      }));
      this.#ready.push(...sealed);
      watch.expect();
      lane.wake();
      while (this.#ready.length > READY_CHUNKS - BATCH_CHUNKS) await this.#wait(signal);
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#end !== undefined) {
      throw new TransferError(this.#end, "Cannot go on: the server does not take more of it");
    }
    if (this.#isStalled) {
      throw new TransportError("stalled", "Cannot go on: the server does not answer");
    }
    await this.#wakeup.wait(signal);
  }

  #stored(bytes: number, watch: StallWatch): void {
    const more = bytes - this.#storedBytes;
    if (more <= 0 || bytes > this.#sentBytes) return;
    this.#storedBytes = bytes;
    watch.moved(bytes < this.#sizeBytes);
    this.#options.lane.stored(more);
    this.#options.onStored(bytes);
    this.#wakeup.wake();
  }
}
