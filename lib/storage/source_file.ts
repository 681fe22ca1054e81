/** A file that is read piece by piece, from anywhere, while nobody may change it: a change is noticed. */

import { StorageError } from "../base/errors.ts";
import { storageError } from "./failures.ts";

/** What tells one content of a file from another, as far as the system knows. */
export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What is known of the file at `path`. Throws StorageError; `not-a-file` for folders, pipes and devices. */
export async function fileFacts(path: string): Promise<FileFacts> {
  try {
    return readFacts(path, await Deno.stat(path));
  } catch (error) {
    throw storageError(`Cannot read ${path}`, error);
  }
}

/** Open for reading. Whoever opened it closes it. */
export class SourceFile implements Disposable {
  readonly path: string;
  readonly facts: FileFacts;
  readonly #file: Deno.FsFile;
  #position = 0;

  private constructor(path: string, facts: FileFacts, file: Deno.FsFile) {
    this.path = path;
    this.facts = facts;
    this.#file = file;
  }

  /** Throws StorageError; `changed` when it is not the file that `expected` describes. */
  static async open(path: string, expected: FileFacts): Promise<SourceFile> {
    const facts = await fileFacts(path);
    if (!isSame(facts, expected)) throw changed(path);
    try {
      return new SourceFile(path, facts, await Deno.open(path, { read: true }));
    } catch (error) {
      throw storageError(`Cannot read ${path}`, error);
    }
  }

  /** Fills `buffer` from `offset` on, to its end. Throws StorageError `changed` when the file is shorter than it was. */
  async read(buffer: Uint8Array, offset: number): Promise<void> {
    try {
      if (offset !== this.#position) await this.#file.seek(offset, Deno.SeekMode.Start);
      for (let filled = 0; filled < buffer.length;) {
        const count = await this.#file.read(buffer.subarray(filled));
        if (count === null) throw changed(this.path);
        filled += count;
      }
      this.#position = offset + buffer.length;
    } catch (error) {
      this.#position = -1;
      throw storageError(`Cannot read ${this.path}`, error);
    }
  }

  /** Throws StorageError `changed` when it is not what it was at the start. A writer that hides that is found by the hash. */
  async requireUnchanged(): Promise<void> {
    let facts: FileFacts;
    try {
      facts = readFacts(this.path, await this.#file.stat());
    } catch (error) {
      throw storageError(`Cannot read ${this.path}`, error);
    }
    if (!isSame(facts, this.facts)) throw changed(this.path);
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function readFacts(path: string, { isFile, size, mtime }: Deno.FileInfo): FileFacts {
  if (!isFile) throw new StorageError("not-a-file", `Cannot read ${path}: it is not a file`);
  return { sizeBytes: size, modifiedMs: mtime?.getTime() ?? 0 };
}

function isSame(left: FileFacts, right: FileFacts): boolean {
  return left.sizeBytes === right.sizeBytes && left.modifiedMs === right.modifiedMs;
}

function changed(path: string): StorageError {
  return new StorageError("changed", `Cannot continue reading ${path}: it changed meanwhile`);
}
