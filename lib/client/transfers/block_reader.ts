/** From the chunks of an upload, as they arrive, to what was sealed in them. */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";
import { BlockOpener, importTransferKey } from "../../crypto/file_blocks.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { BlockQueue } from "./block_queue.ts";
import { blockCount, type IncomingTransfer, uploadBytes } from "./transfer.ts";

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
      new BlockOpener(await importTransferKey(bytes), upload),
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
