/** Videos that come piece by piece: parts of files in the folder of the library, until they are whole. */

import { join } from "node:path";
import { encodeHex, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { randomHex, systemRandom } from "../../base/random.ts";
import { storageError } from "../../storage/failures.ts";
import { DiskBlobs } from "../spool/disk_blobs.ts";
import { UploadFile } from "../spool/upload_file.ts";

const log = logger("server", "library");

/** Left by what did not come to its end; no video, by its beginning. */
const PART_PREFIX = ".adding-";
/** Of one that may go on later. Others are shorter: made up, or a copy that the operator just makes. */
const KEPT_NAME = /^\.adding-[0-9a-f]{64}$/;
/** What came of one that broke off waits for so long, from its last byte on. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** A video that is to come. */
export interface ComingVideo {
  readonly name: string;
  /** Of its file, with its dot. */
  readonly extension: string;
  readonly sizeBytes: number;
  /** Whose it is, and what they call this very file: what is stored of it outlives the connection. */
  readonly goesOn?: { readonly account: string; readonly file: string } | undefined;
}

/** Those of one folder. */
export class ArrivingVideos {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #open = new Map<string, ArrivingVideo>();

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /**
   * Begins one, or goes on with it: no other connection's bytes of it are taken from now on. The caller finishes, leaves or discards
   * it. Throws StorageError, and what the disk says.
   */
  async open(what: ComingVideo): Promise<ArrivingVideo> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const part = await partName(what);
    // A connection that is lost and not yet found to be.
    await this.#open.get(part)?.leave();
    const file = await UploadFile.open({
      ...{ blobs: DiskBlobs.at(this.#folder), upload: part, sizeBytes: what.sizeBytes },
      ...{ clock: this.#clock, pending: { bytes: 0 } },
      // What the library may hold was asked before.
      ...{ reservedBytes: 0, reserve: () => Promise.resolve(true) },
    });
    const video = new ArrivingVideo(what, {
      ...{ path: join(this.#folder, part), file, writer: await file.beginWriting() },
      released: () => void this.#open.delete(part),
    });
    this.#open.set(part, video);
    return video;
  }

  /** What they take of the library's room: all of those that come, what is stored of those that wait; `but` counts nothing. */
  async heldBytes(but: ComingVideo): Promise<number> {
    const own = await partName(but);
    let bytes = 0;
    for (const [part, { sizeBytes }] of this.#open) if (part !== own) bytes += sizeBytes;
    for (const { name, info } of await this.#waiting()) if (name !== own) bytes += info.size;
    return bytes;
  }

  /** Removes those that nobody goes on with any more; `atStart` also what a sudden end left, that nobody writes any more. */
  async removeOld(options: { readonly atStart?: boolean } = {}): Promise<void> {
    for (const { name, info } of await this.#waiting()) {
      const isOld = this.#clock.nowMs() - (info.mtime?.getTime() ?? 0) > KEPT_MS;
      const isLeft = options.atStart === true && !KEPT_NAME.test(name);
      if (!isOld && !isLeft) continue;
      await Deno.remove(join(this.#folder, name)).catch((error) => {
        log.debug("part not removed", { reason: describeError(error) });
      });
    }
  }

  async #waiting(): Promise<{ readonly name: string; readonly info: Deno.FileInfo }[]> {
    const found: { name: string; info: Deno.FileInfo }[] = [];
    try {
      for await (const { name, isFile } of Deno.readDir(this.#folder)) {
        if (!isFile || !name.startsWith(PART_PREFIX) || this.#open.has(name)) continue;
        found.push({ name, info: await Deno.stat(join(this.#folder, name)) });
      }
    } catch (error) {
      // A folder that is not there, or not ours to read, has none of ours; one that just went is gone.
      log.debug("parts not read", { reason: describeError(error) });
    }
    return found;
  }
}

/** A video that comes piece by piece. */
export class ArrivingVideo {
  readonly name: string;
  readonly extension: string;
  readonly sizeBytes: number;
  readonly path: string;
  readonly #file: UploadFile;
  readonly #writer: number;
  readonly #isKept: boolean;
  readonly #released: () => void;
  #isOpen = true;

  constructor(
    { name, extension, sizeBytes, goesOn }: ComingVideo,
    { path, file, writer, released }: {
      readonly path: string;
      readonly file: UploadFile;
      readonly writer: number;
      /** Called when nobody writes it any more. */
      readonly released: () => void;
    },
  ) {
    this.name = name;
    this.extension = extension;
    this.sizeBytes = sizeBytes;
    this.path = path;
    this.#file = file;
    this.#writer = writer;
    this.#isKept = goesOn !== undefined;
    this.#released = released;
  }

  get storedBytes(): number {
    return this.#file.storedBytes;
  }

  /** The next one. False for one that does not begin where the last one ended, or goes beyond the end. Throws StorageError. */
  async append(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const isNext = this.#isOpen && offset === this.#file.endBytes &&
      offset + bytes.length <= this.sizeBytes;
    if (!isNext) return false;
    this.#file.append(bytes, this.#writer);
    await this.#file.settled();
    const { failure } = this.#file;
    if (failure !== undefined) throw storageError("Cannot store video", failure);
    return true;
  }

  /** All of it is there: on the disk, too. Throws what the disk says. */
  async settle(): Promise<void> {
    using file = await Deno.open(this.path, { write: true });
    await file.sync();
  }

  /** Its connection is gone, or another one goes on with it. */
  async leave(): Promise<void> {
    if (!this.#isKept) return await this.discard();
    await this.#close();
  }

  /** It is a video of the library by now, or nothing. Discarding twice is fine. */
  async discard(): Promise<void> {
    if (await this.#close()) await Deno.remove(this.path).catch(() => {});
  }

  /** False when it was closed before, and is not ours to remove. */
  async #close(): Promise<boolean> {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    await this.#file.close();
    this.#released();
    return true;
  }
}

/** A name that nothing else has; that of one that goes on is told by whose and which file it is. */
async function partName({ name, extension, sizeBytes, goesOn }: ComingVideo): Promise<string> {
  if (goesOn === undefined) return newPartName();
  const { account, file } = goesOn;
  const identity = [account, file, name, extension, sizeBytes].join("\0");
  const hash = await crypto.subtle.digest("SHA-256", utf8(identity));
  return `${PART_PREFIX}${encodeHex(new Uint8Array(hash))}`;
}

/** Of a part that is not to outlive what writes it. */
export function newPartName(): string {
  return `${PART_PREFIX}${randomHex(systemRandom, 8)}`;
}
