/** A file that becomes a video of the library: its name there, and the copy. */

import { dirname, extname, join } from "node:path";
import { describeError, Refusal, UsageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { randomHex, systemRandom } from "../../base/random.ts";
import type { VideoFile } from "../../media/library/renditions.ts";
import { cleanVideoName, parseVideoName } from "../../media/library/video_name.ts";

const log = logger("server", "library");

/** Left by a copy that did not come to its end; no video, by its beginning. */
const PART_PREFIX = ".adding-";

/** Where in the folder a file is to lie, of one or two parts. Throws UsageError for a name that is not shown as it is written. */
export function targetOf(path: string, name: string): string {
  const parts = name.split("/");
  const isClean = parts.length <= 2 && !/[\\:]/.test(name) &&
    parts.every((part) => part !== "" && !part.startsWith(".") && cleanVideoName(part) === part);
  if (!isClean) {
    throw new UsageError("bad-name", `This is no name of a video: ${name}. Try lesson-3`);
  }
  const target = `${name}${extname(path).toLowerCase()}`;
  const parsed = parseVideoName(target.slice(target.lastIndexOf("/") + 1));
  if (parsed === undefined) {
    throw new UsageError("bad-file", `Cannot add ${path}: its ending is not one of a video`);
  }
  return target;
}

/** A regular file, links followed. Throws Refusal `not-found`. */
export async function realVideo(path: string): Promise<VideoFile> {
  try {
    const real = await Deno.realPath(path);
    const info = await Deno.stat(real);
    if (info.isFile) {
      return { path: real, sizeBytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
    }
  } catch (error) {
    throw new Refusal("not-found", `Cannot add ${path}: ${describeError(error)}`, { cause: error });
  }
  throw new Refusal("not-found", `Cannot add ${path}: it is no file`);
}

/** A video that comes piece by piece. Whoever began it finishes or discards it. */
export class ArrivingVideo {
  readonly name: string;
  readonly sizeBytes: number;
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #released: () => void;
  #storedBytes = 0;
  #isOpen = true;

  private constructor(
    { name, sizeBytes }: { readonly name: string; readonly sizeBytes: number },
    { path, file, released }: {
      readonly path: string;
      readonly file: Deno.FsFile;
      readonly released: () => void;
    },
  ) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.path = path;
    this.#file = file;
    this.#released = released;
  }

  /** In the folder of the library, so that it need not be copied. `released` is called when it is no part any more. */
  static async open(
    folder: string,
    what: { readonly name: string; readonly sizeBytes: number },
    released: () => void,
  ): Promise<ArrivingVideo> {
    const path = join(folder, newPartName());
    const file = await Deno.open(path, { write: true, createNew: true });
    return new ArrivingVideo(what, { path, file, released });
  }

  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** The next one. False for one that does not begin where the last one ended, or goes beyond the end. */
  async append(offset: number, bytes: Uint8Array): Promise<boolean> {
    const isNext = this.#isOpen && offset === this.#storedBytes &&
      offset + bytes.length <= this.sizeBytes;
    if (!isNext) return false;
    this.#storedBytes += bytes.length;
    for (let from = 0; from < bytes.length;) from += await this.#file.write(bytes.subarray(from));
    return true;
  }

  /** All of it is there: on the disk, too. Throws what the disk says. */
  async settle(): Promise<void> {
    await this.#file.sync();
  }

  /** It is a video of the library by now, or nothing. Discarding twice is fine. */
  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#file.close();
    await Deno.remove(this.path).catch(() => {});
    this.#released();
  }
}

/** Removes what never came to its end: nobody adds to it any more. */
export async function removeParts(folder: string): Promise<void> {
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.startsWith(PART_PREFIX)) await Deno.remove(join(folder, name));
    }
  } catch (error) {
    // A folder that is not there, or not ours to write, has none of ours.
    log.debug("parts not removed", { reason: describeError(error) });
  }
}

/** Under another name first: nobody is shown half of it. Never overwrites. */
export async function copyInto(path: string, folder: string, target: string): Promise<void> {
  const part = join(dirname(join(folder, target)), newPartName());
  try {
    await Deno.mkdir(dirname(part), { recursive: true });
    await Deno.copyFile(path, part);
    await moveInto(part, folder, target);
  } catch (error) {
    // It may not have been begun.
    await Deno.remove(part).catch(() => {});
    throw new Refusal("not-added", `Cannot add ${path}: ${describeError(error)}`, { cause: error });
  }
}

/** The same of a part that is on that disk. Throws what the disk says. */
export async function moveInto(part: string, folder: string, target: string): Promise<void> {
  const place = join(folder, target);
  await Deno.mkdir(dirname(place), { recursive: true });
  // Fails where a file of that name came meanwhile, as the rename would not.
  (await Deno.open(place, { write: true, createNew: true })).close();
  await Deno.rename(part, place);
}

function newPartName(): string {
  return `${PART_PREFIX}${randomHex(systemRandom, 8)}`;
}
