/** Adds a file of the person's to the server's library of videos. It is not sealed: the library is the server's. */

import { basename, extname } from "node:path";
import { Channel } from "../../base/channel.ts";
import { MediaError, TransportError, UsageError } from "../../base/errors.ts";
import { BULK_PART_MAX_BYTES } from "../../protocol/limits.ts";
import type { PushFields, ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

/** Sent ahead of what the server has stored. */
const AHEAD_BYTES = 2 * 1024 * 1024;

let lastUpload = 0;

/** Of a file as the library is to have it: `name` is that of the file without, `collection` a folder. */
export function addedAs(
  path: string,
  { name = basename(path, extname(path)), collection }: {
    readonly name?: string | undefined;
    readonly collection?: string | undefined;
  },
): AddedVideo {
  const whole = collection === undefined ? name : `${collection}/${name}`;
  return { path, name: whole, extension: extname(path).toLowerCase() };
}

/** A file, and what it is to be called there. */
interface AddedVideo {
  readonly path: string;
  readonly name: string;
  readonly extension: string;
}

/**
 * `name` may be `collection/name`. Throws UsageError for a file that cannot be read, Refusal, MediaError, TransportError, the
 * signal's reason.
 */
export async function addVideo(
  link: Link,
  { path, name, extension }: AddedVideo,
  signal: AbortSignal,
): Promise<ReplyFields<"video.finish">> {
  using file = await openToRead(path);
  const sizeBytes = (await file.stat()).size;
  const upload = ++lastUpload;
  const stored = new Channel<PushFields<"video.stored">>();
  link.on("video.stored", (fields) => stored.push(fields));
  link.closed.finally(() => stored.close());
  await link.ask("video.add", { upload, name, extension, sizeBytes });
  let storedBytes = 0;
  const untilStored = async (leastBytes: number) => {
    while (storedBytes < leastBytes) {
      const told = await stored.next({ signal });
      if (told === undefined) {
        throw new TransportError("closed", "Cannot add it: the connection ended");
      }
      if (told.upload !== upload) continue;
      if (told.problem !== undefined) {
        throw new MediaError("not-added", `Cannot add it: ${told.problem}`);
      }
      storedBytes = told.storedBytes;
    }
  };
  for (let offset = 0; offset < sizeBytes;) {
    signal.throwIfAborted();
    const piece = new Uint8Array(BULK_PART_MAX_BYTES);
    const count = await file.read(piece);
    if (count === null) {
      throw new MediaError("video-changed", "Cannot add it: the file has changed");
    }
    await link.tellBulk("video.piece", { upload, offset }, piece.subarray(0, count));
    offset += count;
    await untilStored(Math.min(sizeBytes, offset) - AHEAD_BYTES);
  }
  await untilStored(sizeBytes);
  return (await link.ask("video.finish", { upload })).fields;
}

async function openToRead(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    throw new UsageError("no-file", `Cannot read ${path}`, { cause: error });
  }
}
