/** The files of an offer as one stream of bytes, each followed by its SHA-256, cut into blocks. */

import { type Bytes, encodeHex } from "../../base/bytes.ts";
import { RunningHash } from "../../crypto/sealing/file_blocks.ts";
import { FILE_BLOCK_BYTES } from "../../protocol/peer/file.ts";
import { SourceFile } from "../../storage/source_file.ts";
import { blockCount, type SourceItem, streamBytes } from "./transfer.ts";

/** Read at once when what was sent already is only hashed again. */
const SKIP_BYTES = 1024 * 1024;

/** Reads forward only. Whoever opened it closes it. */
export class SourceStream implements Disposable {
  readonly #items: readonly SourceItem[];
  readonly #totalBytes: number;
  readonly #digests = new RunningHash();
  #next: number;
  /** The present item, and the place in it; behind its content comes its digest. */
  #item = 0;
  #offset = 0;
  #file: SourceFile | undefined;
  #hash = new RunningHash();
  #trailer: Bytes | undefined;
  #digest: string | undefined;
  #fileDigest: string | undefined;
  /** Used again by each `read`. */
  readonly #buffer: Bytes;

  private constructor(items: readonly SourceItem[], fromBlock: number) {
    this.#items = items;
    this.#next = fromBlock;
    this.#totalBytes = streamBytes(items);
    this.#buffer = new Uint8Array(Math.min(FILE_BLOCK_BYTES, this.#totalBytes));
  }

  /**
   * From a block on. What is before it is read and hashed: a hash cannot be kept over a restart. Throws StorageError, `changed`
   * when a file is not what it was when it was offered.
   */
  static async open(
    items: readonly SourceItem[],
    fromBlock: number,
    signal: AbortSignal,
  ): Promise<SourceStream> {
    const stream = new SourceStream(items, fromBlock);
    try {
      const buffer = new Uint8Array(SKIP_BYTES);
      for (let left = fromBlock * FILE_BLOCK_BYTES; left > 0;) {
        signal.throwIfAborted();
        const part = buffer.subarray(0, Math.min(left, SKIP_BYTES));
        await stream.#fill(part);
        left -= part.length;
      }
      return stream;
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** SHA-256 over those of the files, in hex; undefined before the end. */
  get digest(): string | undefined {
    return this.#digest;
  }

  /** SHA-256 of the only file, in hex; undefined before its end, and where there are several. */
  get fileDigest(): string | undefined {
    return this.#fileDigest;
  }

  /** Index of the next block, and the number of all. */
  get position(): { readonly next: number; readonly total: number } {
    return { next: this.#next, total: blockCount(this.#items) };
  }

  /** The next block; undefined at the end. It holds until the next call. Throws StorageError as `open` does. */
  async read(): Promise<Bytes | undefined> {
    const sizeBytes = Math.min(
      FILE_BLOCK_BYTES,
      this.#totalBytes - this.#next * FILE_BLOCK_BYTES,
    );
    if (sizeBytes <= 0) return undefined;
    const block = this.#buffer.subarray(0, sizeBytes);
    await this.#fill(block);
    this.#next++;
    return block;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #fill(buffer: Bytes): Promise<void> {
    for (let at = 0; at < buffer.length;) {
      const { sizeBytes } = this.#items[this.#item];
      if (this.#offset < sizeBytes || this.#trailer === undefined) await this.#begin();
      const content = Math.min(buffer.length - at, sizeBytes - this.#offset);
      if (content > 0) {
        const part = buffer.subarray(at, at + content);
        await this.#file?.read(part, this.#offset);
        this.#hash.update(part);
        this.#offset += content;
        at += content;
      }
      if (this.#offset >= sizeBytes) at += await this.#fillTrailer(buffer.subarray(at));
    }
  }

  async #begin(): Promise<void> {
    if (this.#file !== undefined) return;
    const { source, sizeBytes, modifiedMs } = this.#items[this.#item];
    this.#file = await SourceFile.open(source, { sizeBytes, modifiedMs });
  }

  /** Copies what fits of the digest; then the next item begins. */
  async #fillTrailer(buffer: Bytes): Promise<number> {
    if (this.#trailer === undefined) {
      await this.#file?.requireUnchanged();
      this.#trailer = this.#hash.digest();
      this.#digests.update(this.#trailer);
      if (this.#items.length === 1) this.#fileDigest = encodeHex(this.#trailer);
    }
    const { sizeBytes } = this.#items[this.#item];
    const from = this.#offset - sizeBytes;
    const count = Math.min(buffer.length, this.#trailer.length - from);
    buffer.set(this.#trailer.subarray(from, from + count));
    this.#offset += count;
    if (from + count === this.#trailer.length) {
      this.close();
      this.#item++;
      this.#offset = 0;
      this.#hash = new RunningHash();
      this.#trailer = undefined;
      if (this.#item === this.#items.length) this.#digest = encodeHex(this.#digests.digest());
    }
    return count;
  }
}
