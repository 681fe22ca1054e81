/** One reading of an upload over one connection: what is stored and granted leaves on the bulk lane, in pieces that fit the grant. */

import type { Bytes } from "../../base/bytes.ts";
import type { UploadId } from "../../base/ids.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { BULK_QUEUED_MAX_BYTES, FILE_STEP_BYTES, filePieceBytes } from "../../protocol/limits.ts";
import type { BlobReader } from "../../relay/blob_store.ts";
import type { ClientLine } from "../sessions/client_line.ts";
import type { HeldSource } from "./spool_files.ts";

const log = logger("server", "spool");

/** What a download is made of. It gives `held` back when it ends. */
export interface DownloadOptions {
  readonly upload: UploadId;
  readonly held: HeldSource;
  readonly line: Pick<ClientLine, "push" | "whenBulkBelow">;
  readonly offset: number;
}

/** Sends nothing before it is granted. Runs until it is closed; a whole upload leaves it waiting for nothing. */
export class Download {
  readonly #options: DownloadOptions;
  readonly #scope = new Scope();
  #offset: number;
  #untilBytes = 0;
  #pieceBytes = 0;
  readonly #wakeup = new Wakeup();

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#offset = options.offset;
    this.#scope.run("download", (signal) => this.#run(signal));
    this.#scope.run("follow", (signal) => options.held.file.follow(signal));
  }

  /** The reader takes more. */
  grant(untilBytes: number): void {
    if (untilBytes <= this.#untilBytes) return;
    this.#untilBytes = untilBytes;
    this.#pieceBytes = filePieceBytes(untilBytes - this.#offset);
    this.#wakeup.wake();
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
    this.#options.held.release();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { held: { file }, upload, line } = this.#options;
    const stopListening = file.listen(() => this.#wakeup.wake());
    try {
      using reader = await file.read(this.#offset, signal);
      // One that nothing is granted to costs no more than its place.
      let buffer: Bytes | undefined;
      for (;;) {
        signal.throwIfAborted();
        const ready = this.#readyBytes();
        if (ready === 0) {
          await this.#wakeup.wait(signal);
          continue;
        }
        // A block: fewer calls of the system than with single chunks.
        buffer ??= new Uint8Array(Math.min(file.sizeBytes, SPOOL_BLOCK_BYTES));
        const bytes = await readFully(
          reader,
          buffer.subarray(0, Math.min(ready, SPOOL_BLOCK_BYTES)),
        );
        await this.#push(bytes, signal);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      log.warn("download failed", { reason: describeError(error) });
      line.push("spool.ended", { upload, reason: "failed" });
    } finally {
      stopListening();
    }
  }

  /** Whole steps only, but for the last one. */
  #readyBytes(): number {
    const { file } = this.#options.held;
    const end = Math.min(file.readableBytes, this.#untilBytes);
    const ready = Math.max(0, end - this.#offset);
    return end === file.sizeBytes ? ready : ready - ready % FILE_STEP_BYTES;
  }

  async #push(bytes: Bytes, signal: AbortSignal): Promise<void> {
    const { upload, line } = this.#options;
    const pieceBytes = this.#pieceBytes;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await line.whenBulkBelow(BULK_QUEUED_MAX_BYTES);
      signal.throwIfAborted();
      // `push` copies into its packet before the buffer is filled again.
      const payload = bytes.subarray(at, at + pieceBytes);
      line.push("spool.piece", { upload, offset: this.#offset }, { payload, lane: "bulk" });
      this.#offset += payload.length;
    }
  }
}

async function readFully(blob: BlobReader, buffer: Bytes): Promise<Bytes> {
  let filled = 0;
  while (filled < buffer.length) {
    const count = await blob.read(buffer.subarray(filled));
    // It was cleared meanwhile; what is missing comes again.
    if (count === null) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
