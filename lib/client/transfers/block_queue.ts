/** Chunks of an upload that arrived: put together, and opened a block at a time. */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { Bug } from "../../base/errors.ts";
import { importRootKey } from "../../crypto/keys/kdf.ts";
import { BlockOpener } from "../../crypto/sealing/file_blocks.ts";
import { blockCount, type IncomingTransfer, uploadBytes } from "./transfer.ts";

/** Two blocks at once are out of its hands: one that is opened, and one before it that is written. */
const LENT_BLOCKS = 2;

/**
 * Of one download: what comes is in order, and begins at the beginning of a block. Each chunk is copied into its block at
 * once, and the buffers of blocks are used again: chunks that are kept until the block is whole outlive the collector's young
 * generation, and that costs the receiver a tenth of its time.
 */
export class BlockQueue {
  readonly #sizeBytes: number;
  readonly #free: ArrayBuffer[] = [];
  readonly #lent: ArrayBuffer[] = [];
  #whole: Bytes[] = [];
  /** The block that is filled, and how far. */
  #block: Bytes | undefined;
  #filledBytes = 0;
  /** Offset of that block. */
  #offset: number;

  /** `sizeBytes`: of the whole upload. */
  constructor(sizeBytes: number, fromBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#offset = fromBytes;
  }

  /** Takes what belongs behind the bytes before. A server may cut as it likes. What is beyond the end is dropped. */
  push(chunk: Bytes): void {
    for (let at = 0; at < chunk.length && this.#offset < this.#sizeBytes;) {
      const block = this.#block ??= this.#begin();
      const part = chunk.subarray(at, at + block.length - this.#filledBytes);
      block.set(part, this.#filledBytes);
      at += part.length;
      this.#filledBytes += part.length;
      if (this.#filledBytes === block.length) this.#end(block);
    }
  }

  /** The next block once all of it is there. It holds until the one after the next is taken. */
  take(): Bytes | undefined {
    const block = this.#whole.shift();
    if (block === undefined) return undefined;
    if (this.#lent.length === LENT_BLOCKS) this.#free.push(...this.#lent.splice(0, 1));
    this.#lent.push(block.buffer);
    return block;
  }

  #begin(): Bytes {
    const sizeBytes = Math.min(SPOOL_BLOCK_BYTES, this.#sizeBytes - this.#offset);
    const buffer = this.#free.pop() ??
      new ArrayBuffer(Math.min(SPOOL_BLOCK_BYTES, this.#sizeBytes));
    return new Uint8Array(buffer, 0, sizeBytes);
  }

  #end(block: Bytes): void {
    this.#whole.push(block);
    this.#offset += block.length;
    this.#block = undefined;
    this.#filledBytes = 0;
  }
}

/** Reads forward, from the beginning of a block. */
export class BlockReader {
  readonly #queue: BlockQueue;
  readonly #opener: BlockOpener;
  readonly #last: number;
  #index: number;

  private constructor(
    queue: BlockQueue,
    opener: BlockOpener,
    blocks: { next: number; last: number },
  ) {
    this.#queue = queue;
    this.#opener = opener;
    this.#index = blocks.next;
    this.#last = blocks.last;
  }

  static async begin(
    { key, upload, items }: IncomingTransfer,
    fromBytes: number,
  ): Promise<BlockReader> {
    const bytes = decodeBase64(key);
    if (bytes === undefined) throw new Bug("Cannot read a transfer key: it was checked");
    return new BlockReader(
      new BlockQueue(uploadBytes(items), fromBytes),
      new BlockOpener(await importRootKey(bytes), upload),
      { next: fromBytes / SPOOL_BLOCK_BYTES, last: blockCount(items) - 1 },
    );
  }

  /** Takes the bytes behind those before. */
  push(chunk: Bytes): void {
    this.#queue.push(chunk);
  }

  /**
   * What is in the next block, once all of it is there. At most two may be under way. Rejects with CryptoError for what
   * does not open.
   */
  next(): Promise<Bytes> | undefined {
    const block = this.#queue.take();
    if (block === undefined) return undefined;
    const index = this.#index++;
    return this.#opener.open({ index, isLast: index === this.#last }, block);
  }
}
