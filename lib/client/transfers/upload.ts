/** One upload over one connection: reads, seals and queues blocks for the lane, from what the server has to its end. */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { Bug, TransferError, TransportError } from "../../base/errors.ts";
import type { UploadId } from "../../base/ids.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { importRootKey } from "../../crypto/keys/kdf.ts";
import { BlockSealer } from "../../crypto/sealing/file_blocks.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import type { Profile } from "../profile/profile.ts";
import type { BlockTransport, Opened, TransportEnd } from "./block_transport.ts";
import { SourceStream } from "./source_stream.ts";
import { StallWatch } from "./stall_watch.ts";
import { type OutgoingTransfer, uploadBytes } from "./transfer.ts";
import type { Outflow } from "./upload_lane.ts";

/** Sealed blocks that may wait for the lane, so that reading goes on while it sends. */
const READY_BLOCKS = 2;
/** One is sealed while all of those but one wait, and of one before them the last chunk may be in the lane's hands. */
const BLOCK_BUFFERS = READY_BLOCKS + 1;

/** What an upload needs. */
export interface UploadOptions {
  readonly profile: Profile;
  readonly transport: BlockTransport;
  readonly transfer: OutgoingTransfer;
  readonly opened: Opened;
  /** Told as it grows. */
  onStored(bytes: number): void;
  /** Told what was read, before its last block leaves; `fileDigest` is that of the only file. */
  onDigest(digest: string, fileDigest: string | undefined): Promise<void>;
}

/** Runs once. */
export class Upload implements Outflow {
  readonly #options: UploadOptions;
  readonly upload: UploadId;
  readonly opening: number;
  readonly #sizeBytes: number;
  readonly #wakeup = new Wakeup();
  /** Sealed blocks, and how much of the first one has left. */
  #ready: Bytes[] = [];
  #takenBytes = 0;
  #sentBytes: number;
  #storedBytes: number;
  #end: TransportEnd | undefined;
  #isStalled = false;

  constructor(options: UploadOptions) {
    this.#options = options;
    const { transfer, opened: { storedBytes, opening } } = options;
    this.upload = transfer.upload;
    this.opening = opening;
    this.#sizeBytes = uploadBytes(transfer.items);
    this.#sentBytes = this.#storedBytes = storedBytes;
  }

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  take(maxBytes: number): { offset: number; bytes: Bytes } | undefined {
    const [block] = this.#ready;
    if (block === undefined) return undefined;
    const bytes = block.subarray(this.#takenBytes, this.#takenBytes + maxBytes);
    const offset = this.#sentBytes;
    this.#sentBytes += bytes.length;
    this.#takenBytes += bytes.length;
    if (this.#takenBytes === block.length) {
      this.#ready.shift();
      this.#takenBytes = 0;
      this.#wakeup.wake();
    }
    return { offset, bytes };
  }

  /**
   * Resolves when the server has all of it. Rejects with StorageError (`changed`, …), TransferError (`gone`, `storage-full`,
   * `failed`), TransportError when nothing moves any more, or the signal's reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { transport, profile } = this.#options;
    using watch = new StallWatch(profile.clock, () => {
      this.#isStalled = true;
      this.#wakeup.wake();
    });
    const detach = transport.attach(this.upload, {
      stored: (bytes) => this.#stored(bytes, watch),
      ended: (reason) => {
        this.#end = reason;
        this.#wakeup.wake();
      },
    });
    transport.lane.add(this);
    try {
      if (this.#storedBytes < this.#sizeBytes) await this.#produce(signal, watch);
      while (this.#storedBytes < this.#sizeBytes) await this.#wait(signal);
    } finally {
      transport.lane.remove(this, this.#sentBytes - this.#storedBytes);
      detach();
    }
  }

  async #produce(signal: AbortSignal, watch: StallWatch): Promise<void> {
    const { transfer: { key, items }, profile, transport, onDigest } = this.#options;
    const bytes = decodeBase64(key);
    if (bytes === undefined) throw new Bug("Cannot read a transfer key of this profile");
    const root = await importRootKey(bytes);
    const sealer = await BlockSealer.begin(root, this.upload, profile.random);
    const fromBlock = this.#storedBytes / SPOOL_BLOCK_BYTES;
    using source = await SourceStream.open(items, fromBlock, signal);
    // Used in turn: a new one for each block is what the collector pays for.
    const longest = Math.min(SPOOL_BLOCK_BYTES, this.#sizeBytes);
    const targets = Array.from({ length: BLOCK_BUFFERS }, () => new Uint8Array(longest));
    let block = await source.read();
    while (block !== undefined) {
      const { next, total } = source.position;
      if (source.digest !== undefined) await onDigest(source.digest, source.fileDigest);
      // Sealed beside the event loop while the next one is read.
      const place = { index: next - 1, isLast: next === total };
      const sealing = sealer.seal(place, block, targets[next % BLOCK_BUFFERS]);
      const [sealed, following] = await Promise.all([sealing, source.read()]);
      block = following;
      this.#ready.push(sealed);
      watch.expect();
      transport.lane.wake();
      while (this.#ready.length >= READY_BLOCKS) await this.#wait(signal);
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#end !== undefined) {
      throw new TransferError(this.#end, "Cannot continue: the server accepts no more of it");
    }
    if (this.#isStalled) {
      throw new TransportError("stalled", "Cannot continue: the server does not answer");
    }
    await this.#wakeup.wait(signal);
  }

  #stored(bytes: number, watch: StallWatch): void {
    const more = bytes - this.#storedBytes;
    // What a transport claims beyond what was sent is no news.
    if (more <= 0 || bytes > this.#sentBytes) return;
    this.#storedBytes = bytes;
    watch.moved(bytes < this.#sizeBytes);
    this.#options.transport.lane.stored(more);
    this.#options.onStored(bytes);
    this.#wakeup.wake();
  }
}
