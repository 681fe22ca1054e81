/**
 * Sums of the pieces of a file that is written bit by bit, in a file of their own: after a sudden end they show which pieces the
 * disk did not keep. They are no proof of anything: whose content it is, the hash behind the file says.
 */

import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import { storageError } from "./failures.ts";
import { makePrivateFolder } from "./private_files.ts";
import { writeAll } from "../base/bytes.ts";

/** Content under one sum: what is fetched again for one damaged byte, while a terabyte has 64 MiB of sums. */
export const PIECE_BYTES = 256 * 1024;
/** Of SHA-256: enough to tell what a disk does from what was written. */
const SUM_BYTES = 16;

/** Cuts content into pieces and gives the sum of each. */
class Summing {
  #hash: Hash = createHash("sha256");
  #filled = 0;

  /** Calls `onSum` for each piece that these bytes complete. */
  update(bytes: Uint8Array, onSum: (sum: Uint8Array) => void): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#hash.update(part);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < PIECE_BYTES) return;
      onSum(new Uint8Array(this.#hash.digest()).subarray(0, SUM_BYTES));
      this.#hash = createHash("sha256");
      this.#filled = 0;
    }
  }
}

/** Open for appending. Whoever opened it closes it; it stays on disk until it is removed. */
export class PieceSums implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #sums: Uint8Array[];
  #summing = new Summing();

  private constructor(path: string, file: Deno.FsFile, sums: Uint8Array[]) {
    this.#path = path;
    this.#file = file;
    this.#sums = sums;
  }

  /** Begins anew. Makes the folder, which only this user can read. Throws StorageError. */
  static async create(path: string): Promise<PieceSums> {
    await makePrivateFolder(dirname(path));
    try {
      const file = await Deno.open(path, {
        ...{ read: true, write: true, create: true, truncate: true },
        mode: 0o600,
      });
      return new PieceSums(path, file, []);
    } catch (error) {
      throw storageError(`Cannot create ${path}`, error);
    }
  }

  /** Those that were written. Undefined when there are none. Throws StorageError. */
  static async reopen(path: string): Promise<PieceSums | undefined> {
    try {
      const bytes = await Deno.readFile(path);
      const sums = Array.from(
        { length: Math.floor(bytes.length / SUM_BYTES) },
        (_, i) => bytes.slice(i * SUM_BYTES, (i + 1) * SUM_BYTES),
      );
      return new PieceSums(path, await Deno.open(path, { read: true, write: true }), sums);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw storageError(`Cannot open ${path}`, error);
    }
  }

  /** There is nothing more to check. Twice is fine. Throws StorageError. */
  static async remove(path: string): Promise<void> {
    try {
      await Deno.remove(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw storageError(`Cannot remove ${path}`, error);
    }
  }

  /** Bytes that the sums cover. */
  get coveredBytes(): number {
    return this.#sums.length * PIECE_BYTES;
  }

  /** Only the first `pieces` hold, and the next content begins behind them. Throws StorageError. */
  async cutTo(pieces: number): Promise<void> {
    this.#sums.length = Math.min(this.#sums.length, pieces);
    this.#summing = new Summing();
    try {
      await this.#file.truncate(this.#sums.length * SUM_BYTES);
      await this.#file.seek(this.#sums.length * SUM_BYTES, Deno.SeekMode.Start);
    } catch (error) {
      throw storageError(`Cannot write ${this.#path}`, error);
    }
  }

  /** Content that was appended. Not synced: what a power cut takes is received again. Throws StorageError. */
  async add(bytes: Uint8Array): Promise<void> {
    const done: Uint8Array[] = [];
    this.#summing.update(bytes, (sum) => done.push(sum));
    try {
      for (const sum of done) {
        await writeAll(this.#file, sum);
        this.#sums.push(sum);
      }
    } catch (error) {
      throw storageError(`Cannot write ${this.#path}`, error);
    }
  }

  /** Takes the covered content from its beginning on; returns what says which pieces of it are damaged. */
  check(): { readonly take: (bytes: Uint8Array) => void; readonly damaged: readonly number[] } {
    const damaged: number[] = [];
    const summing = new Summing();
    let piece = 0;
    const judge = (sum: Uint8Array) => {
      const kept = this.#sums[piece];
      if (kept === undefined || !sum.every((byte, i) => byte === kept[i])) damaged.push(piece);
      piece++;
    };
    return { take: (bytes) => summing.update(bytes, judge), damaged };
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
