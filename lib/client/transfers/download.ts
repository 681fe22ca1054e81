/** One download over one connection: opens what arrives, hands it to the files, and grants more as it is written. */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { Bug, TransferError, TransportError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { ChunkOpener, importTransferKey } from "../../crypto/file_chunks.ts";
import { MAX_SPOOL_CHUNK_BYTES } from "../../protocol/hop/spool.ts";
import { FILE_CHUNK_BYTES } from "../../protocol/peer/file.ts";
import type { Profile } from "../profile/profile.ts";
import type { SpoolEnd, SpoolLink } from "./spool_link.ts";
import { StallWatch } from "./stall_watch.ts";
import type { TargetFiles } from "./target_files.ts";
import { chunkCount, type IncomingTransfer, uploadBytes } from "./transfer.ts";
import { TransferWindow } from "./transfer_window.ts";

/** Opened together: WebCrypto works on them side by side. */
const BATCH_CHUNKS = 8;

/** What a download needs. */
export interface DownloadOptions {
  readonly profile: Profile;
  readonly spool: SpoolLink;
  readonly transfer: IncomingTransfer;
  readonly target: TargetFiles;
  /** Told as it grows: bytes of the stream that are written. */
  onWritten(bytes: number): void;
}

/** Runs once. */
export class Download {
  readonly #options: DownloadOptions;
  readonly #wakeup = new Wakeup();
  readonly #window = new TransferWindow();
  readonly #joined: Bytes = new Uint8Array(BATCH_CHUNKS * FILE_CHUNK_BYTES);
  #queue: Bytes[] = [];
  #receivedBytes: number;
  #writtenBytes: number;
  #grantedBytes = 0;
  #knownBytes = 0;
  #end: SpoolEnd | undefined;
  #isStalled = false;

  constructor(options: DownloadOptions) {
    this.#options = options;
    const chunk = Math.floor(options.target.position / FILE_CHUNK_BYTES);
    this.#receivedBytes = this.#writtenBytes = chunk * MAX_SPOOL_CHUNK_BYTES;
  }

  /**
   * Resolves when every file is written, verified and named. Rejects with Refusal `unknown-upload`, CryptoError for a chunk
   * that does not open, TransferError (`damaged`, `gone`, …), StorageError, TransportError, or the signal's reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { spool, transfer: { upload, items }, target, profile } = this.#options;
    if (target.isWhole) return;
    using watch = new StallWatch(profile.clock, () => {
      this.#isStalled = true;
      this.#wakeup.wake();
    });
    const detach = spool.attach(upload, {
      piece: (offset, bytes) => this.#received(offset, bytes, watch),
      ended: (reason) => {
        this.#end = reason;
        this.#wakeup.wake();
      },
    });
    try {
      this.#grantedBytes = this.#receivedBytes + this.#window.bytes;
      const { fields } = await spool.link.ask("spool.fetch", {
        upload,
        offset: this.#receivedBytes,
        untilBytes: this.#grantedBytes,
      });
      if (fields.sizeBytes !== uploadBytes(items)) {
        throw new TransferError("damaged", "Cannot receive: the upload is not what was offered");
      }
      this.#knownBytes = Math.max(this.#knownBytes, fields.storedBytes);
      watch.moved(this.#isExpected);
      await this.#take(signal, watch);
    } finally {
      detach();
      if (spool.link.isOpen) spool.link.tell("spool.stop", { upload });
    }
  }

  /** Whether the server has something that it may send. */
  get #isExpected(): boolean {
    return this.#receivedBytes < Math.min(this.#knownBytes, this.#grantedBytes);
  }

  async #take(signal: AbortSignal, watch: StallWatch): Promise<void> {
    const { transfer: { key, upload, items }, target, onWritten } = this.#options;
    const bytes = decodeBase64(key);
    if (bytes === undefined) throw new Bug("Cannot read a transfer key: it was checked");
    const opener = new ChunkOpener(await importTransferKey(bytes), upload);
    const total = chunkCount(items);
    let index = this.#writtenBytes / MAX_SPOOL_CHUNK_BYTES;
    // The first chunk may have been written in part.
    let skip = target.position - index * FILE_CHUNK_BYTES;
    while (!target.isWhole) {
      const chunks = this.#queue.splice(0, BATCH_CHUNKS);
      if (chunks.length === 0) {
        await this.#wait(signal);
        continue;
      }
      const opened = await Promise.all(chunks.map((chunk, i) => {
        const place = { index: index + i, isLast: index + i === total - 1 };
        return opener.open(place, chunk);
      }));
      signal.throwIfAborted();
      // Written at once: for single chunks the system's calls cost more than opening them.
      await target.write(this.#join(opened).subarray(skip));
      skip = 0;
      index += chunks.length;
      this.#written(chunks.reduce((sum, { length }) => sum + length, 0));
      watch.moved(this.#isExpected);
      onWritten(target.position);
    }
  }

  /** In one piece that is used again: a new one each time is what the collector pays for. */
  #join(parts: readonly Bytes[]): Bytes {
    let sizeBytes = 0;
    for (const part of parts) {
      this.#joined.set(part, sizeBytes);
      sizeBytes += part.length;
    }
    return this.#joined.subarray(0, sizeBytes);
  }

  #received(offset: number, bytes: Bytes, watch: StallWatch): void {
    // Beyond what was granted, or not where it belongs: a server that breaks the rules gets no memory for that.
    if (offset !== this.#receivedBytes || offset + bytes.length > this.#grantedBytes) return;
    this.#queue.push(bytes);
    this.#receivedBytes += bytes.length;
    this.#knownBytes = Math.max(this.#knownBytes, this.#receivedBytes);
    watch.moved(this.#isExpected);
    this.#wakeup.wake();
  }

  /** Grants more when a quarter of the window is used up, so that there are few credits. */
  #written(bytes: number): void {
    const { spool, transfer, profile } = this.#options;
    this.#writtenBytes += bytes;
    this.#window.acknowledged(bytes, profile.clock.monotonicMs());
    const untilBytes = this.#writtenBytes + this.#window.bytes;
    if (untilBytes - this.#grantedBytes < this.#window.bytes / 4) return;
    this.#grantedBytes = untilBytes;
    spool.link.tell("spool.credit", { upload: transfer.upload, untilBytes });
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { link } = this.#options.spool;
    if (!link.isOpen) throw new TransportError("offline", "The connection to the server ended");
    if (this.#end !== undefined) {
      throw new TransferError(this.#end, "Cannot go on: the server has no more of it");
    }
    if (this.#isStalled) {
      throw new TransportError("stalled", "Cannot go on: the server does not answer");
    }
    await this.#wakeup.wait(signal);
  }
}
