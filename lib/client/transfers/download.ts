/** One download over one connection: opens what arrives, hands it to the files, and grants more as it is written. */

import type { Bytes } from "../../base/bytes.ts";
import { TransferError, TransportError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { FILE_WINDOW_MAX_BYTES, READ_CREDIT_MIN_BYTES } from "../../protocol/limits.ts";
import type { Profile } from "../profile/profile.ts";
import { BlockReader } from "./block_queue.ts";
import type { BlockTransport, TransportEnd } from "./block_transport.ts";
import { StallWatch } from "./stall_watch.ts";
import { blockAt, type IncomingTransfer, sealedBytes, uploadBytes } from "./transfer.ts";
import { TransferWindow } from "./upload_lane.ts";

/** Where what is downloaded goes, in the order of the stream. */
export interface DownloadTarget {
  /** Place in the stream: everything before it is written. */
  readonly position: number;
  /** Whether nothing more is wanted. */
  readonly isWhole: boolean;
  write(bytes: Bytes): Promise<void>;
}

/** What a download needs. */
export interface DownloadOptions {
  readonly profile: Profile;
  readonly transport: BlockTransport;
  readonly transfer: IncomingTransfer;
  readonly target: DownloadTarget;
  /** Of a part of the upload: where it ends. Nothing beyond is asked for, and nobody is told that it was written. */
  readonly endBytes?: number;
  /** Told as it grows: bytes of the stream that are written. */
  onWritten(bytes: number): void;
}

/** Runs once. */
export class Download {
  readonly #options: DownloadOptions;
  readonly #wakeup = new Wakeup();
  readonly #window: TransferWindow;
  #receivedBytes: number;
  #writtenBytes: number;
  #grantedBytes = 0;
  /** A grant that is measured: what comes first of it came a round trip later. */
  #measured: { readonly fromBytes: number; readonly sinceMs: number } | undefined;
  #knownBytes = 0;
  #end: TransportEnd | undefined;
  #isStalled = false;
  readonly #endBytes: number;

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#endBytes = options.endBytes ?? Infinity;
    this.#window = new TransferWindow({
      leastBytes: READ_CREDIT_MIN_BYTES,
      delayMs: () => options.transport.delayMs,
    });
    this.#receivedBytes = this.#writtenBytes = blockAt(options.target.position).uploadBytes;
  }

  /**
   * Resolves when every file is written, verified and named. Rejects with Refusal `unknown-upload`, CryptoError for a block
   * that does not open, TransferError (`damaged`, `gone`, …), StorageError, TransportError, or the signal's reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { transport, transfer: { upload, items }, target, profile } = this.#options;
    if (target.isWhole) return;
    const reader = await BlockReader.begin(this.#options.transfer, this.#receivedBytes);
    using watch = new StallWatch(profile.clock, () => {
      this.#isStalled = true;
      this.#wakeup.wake();
    });
    const detach = transport.attach(upload, {
      piece: (offset, bytes) => {
        // Beyond what was granted, or not where it belongs: a server that breaks the rules gets no memory for that.
        const endBytes = offset + bytes.length;
        if (offset !== this.#receivedBytes || endBytes > this.#grantedBytes) return;
        reader.push(bytes);
        this.#received(bytes.length);
        watch.moved(this.#isExpected);
      },
      ended: (reason) => {
        this.#end = reason;
        this.#wakeup.wake();
      },
    });
    try {
      this.#measure();
      this.#grantedBytes = Math.min(this.#receivedBytes + this.#window.bytes, this.#endBytes);
      const { sizeBytes, storedBytes } = await transport.fetch({
        upload,
        offset: this.#receivedBytes,
        untilBytes: this.#grantedBytes,
      }, signal);
      if (sizeBytes !== uploadBytes(items)) {
        throw new TransferError("damaged", "Cannot receive: the upload does not match the request");
      }
      this.#knownBytes = Math.max(this.#knownBytes, storedBytes);
      watch.moved(this.#isExpected);
      await this.#take(reader, signal, watch);
    } finally {
      detach();
      transport.stop(upload);
    }
  }

  /** Whether the other end has something that it may send. */
  get #isExpected(): boolean {
    return this.#receivedBytes < Math.min(this.#knownBytes, this.#grantedBytes);
  }

  async #take(reader: BlockReader, signal: AbortSignal, watch: StallWatch): Promise<void> {
    const { transport, transfer, target, onWritten } = this.#options;
    // The first block may have been written in part.
    let skip = target.position - blockAt(target.position).streamBytes;
    let plaintext: Bytes | undefined;
    while (!target.isWhole) {
      signal.throwIfAborted();
      const opening = reader.next();
      if (opening === undefined && plaintext === undefined) {
        await this.#wait(signal);
        continue;
      }
      // Opened beside the event loop while the one before is written. Both end before anything else is done to the files.
      const [opened, written] = await Promise.allSettled([
        opening,
        plaintext === undefined ? undefined : target.write(plaintext.subarray(skip)),
      ]);
      if (written.status === "rejected") throw written.reason;
      if (opened.status === "rejected") throw opened.reason;
      if (plaintext !== undefined) {
        this.#writtenBytes += sealedBytes(plaintext.length);
        skip = 0;
        if (this.#endBytes === Infinity) transport.written(transfer.upload, this.#writtenBytes);
        this.#grant();
        watch.moved(this.#isExpected);
        onWritten(target.position);
      }
      plaintext = opened.value;
    }
  }

  #received(bytes: number): void {
    this.#receivedBytes += bytes;
    this.#knownBytes = Math.max(this.#knownBytes, this.#receivedBytes);
    const nowMs = this.#options.profile.clock.monotonicMs();
    if (this.#measured !== undefined && this.#receivedBytes > this.#measured.fromBytes) {
      this.#window.roundTrip(nowMs - this.#measured.sinceMs);
      this.#measured = undefined;
    }
    this.#window.acknowledged(bytes, nowMs);
    this.#grant();
    this.#wakeup.wake();
  }

  /** What is granted now begins where all before it ends. */
  #measure(): void {
    const fromBytes = Math.max(this.#receivedBytes, this.#grantedBytes);
    this.#measured ??= { fromBytes, sinceMs: this.#options.profile.clock.monotonicMs() };
  }

  /** Grants more when a quarter of the window is used up, so that there are few credits. A slow disk holds back all of it. */
  #grant(): void {
    const { transport, transfer } = this.#options;
    const windowBytes = this.#window.bytes;
    const untilBytes = Math.min(
      this.#receivedBytes + windowBytes,
      this.#writtenBytes + FILE_WINDOW_MAX_BYTES,
      this.#endBytes,
    );
    // The last credit of a part may be small, and there is one only.
    const least = untilBytes === this.#endBytes ? 1 : windowBytes / 4;
    if (untilBytes - this.#grantedBytes < least) return;
    this.#measure();
    this.#grantedBytes = untilBytes;
    transport.credit(transfer.upload, untilBytes);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (!this.#options.transport.isOpen) {
      throw new TransportError("offline", "The connection to the other side is lost");
    }
    if (this.#end !== undefined) {
      throw new TransferError(this.#end, "Cannot continue: the server has no more of it");
    }
    if (this.#isStalled) {
      throw new TransportError("stalled", "Cannot continue: the server does not answer");
    }
    await this.#wakeup.wait(signal);
  }
}
