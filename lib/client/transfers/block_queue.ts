/** Chunks that arrived and wait to be opened, a block at a time. Pure. */

import type { Bytes } from "../../base/bytes.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";

/** Two blocks at once are out of its hands: one that is opened, and one before it that is written. */
const BUFFERS = 2;

/** Of one download: what comes is in order, and begins at the beginning of a block. */
export class BlockQueue {
  readonly #sizeBytes: number;
  /** Used in turn: a new buffer for each block is what the collector pays for. */
  readonly #buffers: Bytes[];
  #turn = 0;
  #chunks: Bytes[] = [];
  #queuedBytes = 0;
  /** Offset of the next block. */
  #offset: number;

  /** `sizeBytes`: of the whole upload. */
  constructor(sizeBytes: number, fromBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#offset = fromBytes;
    const longest = Math.min(SPOOL_BLOCK_BYTES, sizeBytes);
    this.#buffers = Array.from({ length: BUFFERS }, () => new Uint8Array(longest));
  }

  push(chunk: Bytes): void {
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
  }

  /** The next block once all of it is there. It holds until the one after the next is taken. */
  take(): Bytes | undefined {
    const sizeBytes = Math.min(SPOOL_BLOCK_BYTES, this.#sizeBytes - this.#offset);
    if (sizeBytes <= 0 || this.#queuedBytes < sizeBytes) return undefined;
    const block = this.#buffers[this.#turn++ % BUFFERS].subarray(0, sizeBytes);
    let filled = 0;
    let taken = 0;
    // A server may cut as it likes: what is left of a chunk stays.
    while (filled < sizeBytes) {
      const chunk = this.#chunks[taken];
      const part = chunk.subarray(0, sizeBytes - filled);
      block.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#chunks[taken] = chunk.subarray(part.length);
      else taken++;
    }
    this.#chunks.splice(0, taken);
    this.#queuedBytes -= sizeBytes;
    this.#offset += sizeBytes;
    return block;
  }
}
