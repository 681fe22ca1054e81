/** Adds a file of the person's to the server's library of videos. It is not sealed: the library is the server's. */

import { basename, extname } from "node:path";
import { type Bytes, concatBytes, encodeHex, utf8 } from "../../base/bytes.ts";
import { Channel } from "../../base/channel.ts";
import { MediaError, Refusal, TransportError, UsageError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { BULK_PART_MAX_BYTES } from "../../protocol/limits.ts";
import type { PushFields, ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

/** Sent ahead of what the server has stored. */
const AHEAD_BYTES = 2 * 1024 * 1024;
/** Of the beginning and of the end, which with size and date tell a file from every other one. */
const TOLD_BYTES = 64 * 1024;

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
export interface AddedVideo {
  readonly path: string;
  readonly name: string;
  readonly extension: string;
}

type Added = ReplyFields<"video.finish">;

/** What it needs of a client that comes back by itself. */
export interface AddingClient {
  readonly isOnline: boolean;
  /** Throws TransportError when there is none. */
  readonly link: AddingLink;
  listen(listener: (event: { readonly type: string }) => void): () => void;
}

/** What it needs of a connection. */
export type AddingLink = Pick<Link, "ask" | "tellBulk" | "on" | "closed" | "abandon">;

/**
 * `name` may be `collection/name`. Goes on over the next connection where one broke off, and where an earlier try of the same file
 * did. Throws UsageError for a file that cannot be read, Refusal, MediaError, the signal's reason.
 */
export async function addVideo(
  client: AddingClient,
  { path, name, extension }: AddedVideo,
  signal: AbortSignal,
): Promise<Added> {
  using opened = await openToRead(path);
  const info = await opened.stat();
  const file = await fileName(opened, info);
  const adding = new Adding({ file: opened, sizeBytes: info.size }, signal);
  const online = new Wakeup();
  const stopListening = client.listen(({ type }) => type === "connected" && online.wake());
  try {
    for (;;) {
      while (!client.isOnline) await online.wait(signal);
      const { link } = client;
      try {
        return await adding.over(link, { name, extension, file });
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        // One that does not answer, and is not found to be gone.
        await link.abandon();
      }
    }
  } finally {
    stopListening();
  }
}

/** One file, over as many connections as that takes. */
class Adding {
  readonly #file: Deno.FsFile;
  readonly #sizeBytes: number;
  readonly #signal: AbortSignal;
  #isFinishing = false;

  constructor(
    { file, sizeBytes }: { readonly file: Deno.FsFile; readonly sizeBytes: number },
    signal: AbortSignal,
  ) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.#signal = signal;
  }

  /** Rejects with TransportError when the connection ends before, else as `addVideo`. */
  async over(
    link: AddingLink,
    what: { readonly name: string; readonly extension: string; readonly file: string },
  ): Promise<Added> {
    const upload = ++lastUpload;
    const sizeBytes = this.#sizeBytes;
    const stored = new StoredBytes(link, upload, this.#signal);
    try {
      const { fields } = await link.ask("video.add", { upload, ...what, sizeBytes });
      stored.bytes = fields.storedBytes ?? 0;
    } catch (error) {
      // The answer was lost with the connection, and not the video.
      const isAdded = this.#isFinishing && error instanceof Refusal && error.code === "name-taken";
      if (isAdded) return { name: what.name, sizeBytes };
      throw error;
    }
    await this.#send(link, upload, stored);
    await stored.reaches(sizeBytes);
    this.#isFinishing = true;
    return (await link.ask("video.finish", { upload })).fields;
  }

  async #send(link: AddingLink, upload: number, stored: StoredBytes): Promise<void> {
    await this.#file.seek(stored.bytes, Deno.SeekMode.Start);
    for (let offset = stored.bytes; offset < this.#sizeBytes;) {
      this.#signal.throwIfAborted();
      const piece = new Uint8Array(BULK_PART_MAX_BYTES);
      const count = await this.#file.read(piece);
      if (count === null) {
        throw new MediaError("video-changed", "Cannot add it: the file has changed");
      }
      await link.tellBulk("video.piece", { upload, offset }, piece.subarray(0, count));
      offset += count;
      await stored.reaches(Math.min(this.#sizeBytes, offset) - AHEAD_BYTES);
    }
  }
}

/** What the server has of it. */
class StoredBytes {
  bytes = 0;
  readonly #told = new Channel<PushFields<"video.stored">>();
  readonly #upload: number;
  readonly #signal: AbortSignal;

  constructor(link: AddingLink, upload: number, signal: AbortSignal) {
    this.#upload = upload;
    this.#signal = signal;
    link.on("video.stored", (fields) => this.#told.push(fields));
    link.closed.finally(() => this.#told.close());
  }

  /** Waits until it is so much. */
  async reaches(leastBytes: number): Promise<void> {
    while (this.bytes < leastBytes) {
      const told = await this.#told.next({ signal: this.#signal });
      if (told === undefined) {
        throw new TransportError("closed", "Cannot add it: the connection ended");
      }
      if (told.upload !== this.#upload) continue;
      if (told.problem !== undefined) {
        throw new MediaError("not-added", `Cannot add it: ${told.problem}`);
      }
      this.bytes = told.storedBytes;
    }
  }
}

/** What this very file is called where it goes on: another one, or a changed one, begins at its beginning. */
async function fileName(file: Deno.FsFile, { size, mtime }: Deno.FileInfo): Promise<string> {
  const [first, last] = [await readAt(file, 0), await readAt(file, Math.max(0, size - TOLD_BYTES))];
  const told = concatBytes(utf8(`${size} ${mtime?.getTime() ?? 0}\0`), first, last);
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", told))).slice(0, 32);
}

async function readAt(file: Deno.FsFile, offset: number): Promise<Bytes> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(TOLD_BYTES);
  return bytes.subarray(0, await file.read(bytes) ?? 0);
}

async function openToRead(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    throw new UsageError("no-file", `Cannot read ${path}`, { cause: error });
  }
}
