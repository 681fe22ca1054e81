/** From the stream of an offer to files: each is hashed, synced and named when it is whole, and replaces nothing (SR-64). */

import { join } from "node:path";
import { type Bytes, decodeHex, encodeHex, equalBytes } from "../../base/bytes.ts";
import { Bug, StorageError, TransferError } from "../../base/errors.ts";
import { RunningHash } from "../../crypto/sealing/file_blocks.ts";
import { FILE_DIGEST_BYTES } from "../../protocol/peer/file.ts";
import { PartFile, requireRoomIn } from "../../storage/part_file.ts";
import { numberedName } from "../../storage/safe_path.ts";
import { storageError } from "../../storage/failures.ts";
import { PIECE_BYTES, PieceSums } from "../../storage/piece_sums.ts";
import { type Incoming, incomingOf, targetPaths } from "./transfer.ts";

/** Other names that are tried for a folder that is there. */
const MAX_NUMBER = 999;

/** A piece of the stream. */
export interface StreamRange {
  readonly from: number;
  readonly to: number;
}

/** Writes forward, after what the disk did not keep was mended. Whoever opened it closes it. */
export class TargetFiles implements Disposable {
  #details: Incoming;
  readonly #save: (details: Incoming) => Promise<void>;
  readonly #sumsPath: string | undefined;
  /** Of the items; undefined for what must not have been taken. */
  readonly #paths: ReturnType<typeof targetPaths>;
  #part: PartFile | undefined;
  #hash = new RunningHash();
  /** What has come of the digest behind the present file. */
  #trailer: number[] = [];
  #sums: PieceSums | undefined;
  #damaged: readonly number[] = [];

  private constructor(
    details: Incoming,
    save: (details: Incoming) => Promise<void>,
    sumsPath: string | undefined,
  ) {
    this.#details = details;
    this.#save = save;
    this.#sumsPath = sumsPath;
    this.#paths = targetPaths(details.items);
  }

  /**
   * Goes on where the files on disk are. `save` writes down what must be known after a sudden end. `sumsPath`: where the sums of
   * the present part are kept; without them it is believed as it is. Throws StorageError.
   */
  static async open(
    details: Incoming,
    save: (details: Incoming) => Promise<void>,
    sumsPath?: string,
  ): Promise<TargetFiles> {
    const target = new TargetFiles(incomingOf(details), save, sumsPath);
    const { part, items, finished } = details;
    if (part !== undefined && finished.length < items.length) {
      const { sizeBytes } = items[finished.length];
      target.#part = await PartFile.reopen(part);
      if ((target.#part?.sizeBytes ?? 0) > sizeBytes) await target.#part?.cutTo(0);
      if (sumsPath !== undefined && target.#part !== undefined) {
        target.#sums = await PieceSums.reopen(sumsPath);
      }
      await target.#check();
    }
    return target;
  }

  /** What the disk did not keep of the present file: to be mended before anything is written behind it. */
  get damaged(): readonly StreamRange[] {
    const start = this.#fileStart;
    const ranges: { from: number; to: number }[] = [];
    for (const piece of this.#damaged) {
      const from = start + piece * PIECE_BYTES;
      const last = ranges[ranges.length - 1];
      if (last?.to === from) last.to += PIECE_BYTES;
      else ranges.push({ from, to: from + PIECE_BYTES });
    }
    return ranges;
  }

  /** Writes what stands at a place of the stream, inside of a damaged range. Throws StorageError. */
  async mend(position: number, bytes: Bytes): Promise<void> {
    await this.#part?.overwrite(position - this.#fileStart, bytes);
  }

  /** All ranges are mended. What is still not as it was is received again with all that is behind it. Throws StorageError. */
  async mended(): Promise<void> {
    await this.#check();
    const [first] = this.#damaged;
    if (first === undefined) return;
    await this.#part?.cutTo(first * PIECE_BYTES);
    await this.#sums?.cutTo(first);
    await this.#check();
  }

  /** Hashes the part as it is on the disk, and compares it with its sums. */
  async #check(): Promise<void> {
    const part = this.#part;
    this.#damaged = [];
    this.#hash = new RunningHash();
    if (part === undefined) return;
    const sums = this.#sums;
    if (sums !== undefined) {
      // What no sum covers may be anything after a power cut. It is less than two pieces after any other end.
      const pieces = Math.floor(Math.min(part.sizeBytes, sums.coveredBytes) / PIECE_BYTES);
      await part.cutTo(pieces * PIECE_BYTES);
      await sums.cutTo(pieces);
    }
    const check = sums?.check();
    await part.readAll((bytes) => {
      this.#hash.update(bytes);
      check?.take(bytes);
    });
    this.#damaged = check?.damaged ?? [];
  }

  /** Where the present file begins in the stream. */
  get #fileStart(): number {
    const { items, finished } = this.#details;
    return items.slice(0, finished.length)
      .reduce((sum, { sizeBytes }) => sum + sizeBytes + FILE_DIGEST_BYTES, 0);
  }

  /** Whether so much more of the present file, or all that is missing of it, can be written. Nothing of it stays. */
  static async hasRoom(
    { part, items, finished, folder }: Incoming,
    bytes: number,
  ): Promise<boolean> {
    if (folder === undefined || finished.length === items.length) return true;
    const { sizeBytes } = items[finished.length];
    try {
      using file = part === undefined ? undefined : await PartFile.reopen(part);
      if (file !== undefined) await file.requireRoom(Math.min(bytes, sizeBytes - file.sizeBytes));
      else await requireRoomIn(await ownFolder(folder), Math.min(bytes, sizeBytes));
      return true;
    } catch (error) {
      if (error instanceof StorageError) return false;
      throw error;
    }
  }

  /** Place in the stream: everything before it is written. A digest that has come in part comes again. */
  get position(): number {
    return this.#fileStart + (this.#part?.sizeBytes ?? 0);
  }

  get isWhole(): boolean {
    return this.#details.finished.length === this.#details.items.length;
  }

  /** The files, once they have their names. */
  get finished(): readonly string[] {
    return this.#details.finished;
  }

  /** SHA-256 over those of the files, in hex. */
  get digest(): string {
    const hash = new RunningHash();
    for (const digest of this.#details.digests) hash.update(decodeHex(digest) ?? new Uint8Array(0));
    return encodeHex(hash.digest());
  }

  /**
   * Takes the next bytes of the stream. Throws StorageError, and TransferError `damaged` when a file's hash is another one; its
   * part stays.
   */
  async write(bytes: Bytes): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { items, finished } = this.#details;
      if (finished.length === items.length) throw new Bug("Cannot write: all files are finished");
      const part = this.#part ?? await this.#begin();
      const missing = items[finished.length].sizeBytes - part.sizeBytes;
      if (missing > 0) {
        const content = bytes.subarray(at, at + missing);
        await part.append(content);
        await this.#sums?.add(content);
        this.#hash.update(content);
        at += content.length;
        continue;
      }
      const rest = bytes.subarray(at, at + FILE_DIGEST_BYTES - this.#trailer.length);
      this.#trailer.push(...rest);
      at += rest.length;
      if (this.#trailer.length === FILE_DIGEST_BYTES) await this.#finish(part);
    }
  }

  close(): void {
    this.#part?.close();
    this.#part = undefined;
    this.#sums?.close();
    this.#sums = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #begin(): Promise<PartFile> {
    const { folder, name } = await this.#place();
    const part = await PartFile.create(folder, name);
    this.#part = part;
    this.#hash = new RunningHash();
    this.#trailer = [];
    if (this.#sumsPath !== undefined) this.#sums = await PieceSums.create(this.#sumsPath);
    await this.#change({ part: part.path });
    return part;
  }

  async #finish(part: PartFile): Promise<void> {
    const digest = this.#hash.digest();
    if (!equalBytes(digest, new Uint8Array(this.#trailer))) {
      throw new TransferError("damaged", `${part.path} is not what was sent: its hash differs`);
    }
    const { folder, name } = await this.#place();
    const path = await part.finish(folder, name);
    this.#part = undefined;
    await this.#forgetSums();
    const { finished, digests } = this.#details;
    await this.#change({
      part: undefined,
      finished: [...finished, path],
      digests: [...digests, encodeHex(digest)],
    });
  }

  /** Folder and name of the present item. Makes the folder. */
  async #place(): Promise<{ folder: string; name: string }> {
    const { finished, folder } = this.#details;
    const path = this.#paths?.[finished.length];
    if (path === undefined || folder === undefined) throw new Bug("Cannot place file: not checked");
    const name = path[path.length - 1];
    if (path.length === 1) return { folder: await ownFolder(folder), name };
    let place = join(folder, await this.#root(folder, path[0]));
    for (const component of path.slice(1, -1)) place = await ownFolder(join(place, component));
    return { folder: place, name };
  }

  /** A folder that was offered gets a name that nothing has here, once. */
  async #root(folder: string, wanted: string): Promise<string> {
    const known = Object.hasOwn(this.#details.roots, wanted) ? this.#details.roots[wanted] : wanted;
    if (Object.hasOwn(this.#details.roots, wanted)) {
      await ownFolder(join(folder, known));
      return known;
    }
    await ownFolder(folder);
    for (let n = 0; n <= MAX_NUMBER; n++) {
      const name = n === 0 ? wanted : numberedName(wanted, n);
      if (!await makeNew(join(folder, name))) continue;
      await this.#change({ roots: { ...this.#details.roots, [wanted]: name } });
      return name;
    }
    throw new StorageError(
      "already-exists",
      `Cannot create ${wanted}: too many files have that name`,
    );
  }

  async #forgetSums(): Promise<void> {
    this.#sums?.close();
    this.#sums = undefined;
    if (this.#sumsPath !== undefined) await PieceSums.remove(this.#sumsPath);
  }

  async #change(changes: { [Key in keyof Incoming]?: Incoming[Key] | undefined }): Promise<void> {
    // A part that is gone is left out: `undefined` is not kept.
    const { part, ...details } = { ...this.#details, ...changes };
    this.#details = { ...details, ...(part === undefined ? {} : { part }) } as Incoming;
    await this.#save(this.#details);
  }
}

/** Makes a folder if it is missing; a link or a file in its place is refused (SR-64). */
async function ownFolder(path: string): Promise<string> {
  try {
    await Deno.mkdir(path, { recursive: true });
    if ((await Deno.lstat(path)).isDirectory) return path;
  } catch (error) {
    throw storageError(`Cannot make folder ${path}`, error);
  }
  throw new StorageError(
    "already-exists",
    `Cannot make folder ${path}: something else has its name`,
  );
}

async function makeNew(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw storageError(`Cannot make folder ${path}`, error);
  }
}
