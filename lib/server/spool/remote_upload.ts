/** An upload that lies at another node, as its reader here sees it. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { UploadId } from "../../base/ids.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import type { BlobReader } from "../../relay/blob_store.ts";
import type { UploadPiece } from "../bus/upload_news.ts";
import type { UploadListener, UploadSource } from "./upload_file.ts";

/** What was lost on the way is asked for again after so long. */
const ASK_AGAIN_MS = 200;
/** How often it is asked what there is: the other node says so by itself, which may be lost. */
const LOOK_MS = 1_000;

/** What it is made of. */
export interface RemoteOptions {
  /** The instance where it lies. */
  readonly node: string;
  readonly upload: UploadId;
  readonly sizeBytes: number;
  readonly readableBytes: number;
  readonly clock: Clock;
  /** Asks for so many bytes from there on; for none: what there is. Never waits. */
  readonly want: (offset: number, bytes: number) => void;
}

/** Read by one. Whoever made it closes it. */
export class RemoteUpload implements UploadSource {
  readonly node: string;
  readonly upload: UploadId;
  readonly sizeBytes: number;
  readonly #options: RemoteOptions;
  readonly #listeners = new Set<UploadListener>();
  readonly #wakeup = new Wakeup();
  #readableBytes: number;
  /** Where the next piece is wanted from, and the piece. */
  #awaited: number | undefined;
  #piece: Bytes | undefined;
  #cancelLook: () => void = () => {};

  constructor(options: RemoteOptions) {
    this.node = options.node;
    this.upload = options.upload;
    this.sizeBytes = options.sizeBytes;
    this.#options = options;
    this.#readableBytes = options.readableBytes;
  }

  /** Begins to ask for it: from now on it may be told. */
  open(): void {
    this.#lookOn();
  }

  get readableBytes(): number {
    return this.#readableBytes;
  }

  listen(listener: UploadListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The node where it lies is asked from `open` on. */
  follow(): Promise<void> {
    return Promise.resolve();
  }

  read(offset: number, signal: AbortSignal): Promise<BlobReader> {
    let at = offset;
    return Promise.resolve({
      read: async (into) => {
        const bytes = await this.#fetch(at, Math.min(into.length, SPOOL_BLOCK_BYTES), signal);
        into.set(bytes);
        at += bytes.length;
        return bytes.length;
      },
      [Symbol.dispose]() {},
    });
  }

  /** A word of the other node. */
  take(piece: UploadPiece): void {
    const isMore = piece.readableBytes > this.#readableBytes;
    if (isMore) this.#readableBytes = Math.min(piece.readableBytes, this.sizeBytes);
    // One that was asked for twice may come after the next one was asked for.
    if (piece.bytes.length > 0 && piece.offset === this.#awaited) {
      this.#piece = piece.bytes;
      this.#wakeup.wake();
    }
    if (!isMore) return;
    for (const listener of this.#listeners) listener();
  }

  /** Closing twice is fine. */
  close(): void {
    this.#cancelLook();
  }

  /** Rejects with the signal's reason alone: whoever reads stops when the other node is gone. */
  async #fetch(offset: number, sizeBytes: number, signal: AbortSignal): Promise<Bytes> {
    const { clock, want } = this.#options;
    this.#awaited = offset;
    while (this.#piece === undefined) {
      want(offset, sizeBytes);
      await this.#wakeup.waitUntil(clock, clock.monotonicMs() + ASK_AGAIN_MS, signal);
      signal.throwIfAborted();
    }
    const piece = this.#piece.subarray(0, sizeBytes);
    this.#awaited = this.#piece = undefined;
    return piece;
  }

  /** The first time at once: from then on the other node says what comes. */
  #lookOn(): void {
    const { clock, want } = this.#options;
    want(0, 0);
    this.#cancelLook = clock.after(LOOK_MS, () => this.#lookOn());
  }
}
