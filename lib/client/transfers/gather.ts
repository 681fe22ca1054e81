/** From what a person names to the files of offers: folders are walked; links and what is no file are left out, and said. */

import { basename, join, resolve } from "node:path";
import { utf8 } from "../../base/bytes.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import {
  MAX_FILE_PATH_UNITS,
  MAX_OFFER_ITEMS,
  MAX_OFFER_ITEMS_BYTES,
} from "../../protocol/peer/file.ts";
import { storageError } from "../../storage/failures.ts";
import { areDistinct, numberedName, safePath } from "../../storage/safe_path.ts";
import { type FileFacts, fileFacts, SourceFile } from "../../storage/source_file.ts";
import { unnamedPaths } from "../../storage/unnamed_paths.ts";
import type { SourceItem } from "./transfer.ts";

/** Something below a folder that is not sent. */
export interface LeftOut {
  /** As the receiver would have seen it; of a name that is no text, what is none as `\xE9`. */
  readonly path: string;
  readonly why: "link" | "pipe" | "socket" | "device" | "name";
}

/** What there is at some paths. */
export interface Gathered {
  readonly items: readonly SourceItem[];
  readonly leftOut: readonly LeftOut[];
}

/** The files at these paths. Throws StorageError, Refusal `no-such-file`, UsageError `not-a-file`. */
export async function gather(paths: readonly string[]): Promise<Gathered> {
  const items: SourceItem[] = [];
  const leftOut: LeftOut[] = [];
  for (const path of paths) {
    const source = resolve(path);
    const root = freeName(items, basename(source));
    try {
      const { isDirectory } = await Deno.stat(source);
      if (!isDirectory) items.push(await describe(source, root));
      else {
        const unnamed = await unnamedBelow(source, root);
        leftOut.push(...unnamed);
        await walk(source, root, { items, leftOut, isNamed: unnamed.length > 0 });
      }
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const failure = storageError(`Cannot send ${path}`, error);
      if (failure.code === "not-a-file") {
        throw new UsageError(
          failure.code,
          `Cannot send ${path}: it is neither a file nor a folder`,
        );
      }
      if (failure.code !== "not-found") throw failure;
      throw new Refusal("no-such-file", `No file ${path}`, { cause: error });
    }
  }
  return { items, leftOut };
}

/** Throws UsageError `nothing-to-send` when there is no file. */
export function requireSome({ items, leftOut }: Gathered): void {
  if (items.length > 0) return;
  const what = leftOut.length === 0 ? "No file named" : "None of these files can be sent";
  throw new UsageError("nothing-to-send", `${what} in what you named`);
}

/** What is at these paths, and has a name that is no text: none of it is in any offer, also in one that was made before. */
export async function unnamedIn(paths: readonly string[]): Promise<readonly LeftOut[]> {
  const found = paths.map((path) => unnamedBelow(resolve(path), basename(resolve(path))));
  return (await Promise.all(found)).flat();
}

async function unnamedBelow(folder: string, root: string): Promise<readonly LeftOut[]> {
  const below = await unnamedPaths(folder);
  return below.map((path) => ({ path: `${root}/${path}`, why: "name" }));
}

/** As many offers as are needed: the items of one fit into a message. */
export function split(items: readonly SourceItem[]): readonly (readonly SourceItem[])[] {
  const offers: SourceItem[][] = [];
  let bytes = Infinity;
  for (const item of items) {
    const { path, sizeBytes, type } = item;
    const itemBytes = utf8(JSON.stringify({ path, sizeBytes, type })).length + 1;
    const last = offers[offers.length - 1];
    const fits = bytes + itemBytes <= MAX_OFFER_ITEMS_BYTES;
    if (last === undefined || last.length === MAX_OFFER_ITEMS || !fits) {
      offers.push([item]);
      bytes = itemBytes;
    } else {
      last.push(item);
      bytes += itemBytes;
    }
  }
  return offers;
}

interface Walk {
  readonly items: SourceItem[];
  readonly leftOut: LeftOut[];
  /** Names that are no text are told already. */
  readonly isNamed: boolean;
}

async function walk(folder: string, path: string, found: Walk): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  entries.sort((left, right) => left.name < right.name ? -1 : 1);
  for (const { name, isFile, isDirectory, isSymlink } of entries) {
    const source = join(folder, name);
    const below = `${path}/${name}`;
    const info = name.includes("\ufffd") || !(isFile || isDirectory || isSymlink)
      ? await lstat(source)
      : undefined;
    if (info === "gone") {
      // What the system calls it is no text, and cannot be opened by one.
      if (!found.isNamed) found.leftOut.push({ path: below, why: "name" });
    } else if (isSymlink) found.leftOut.push({ path: below, why: "link" });
    else if (isDirectory) await walk(source, below, found);
    else if (isFile) found.items.push(await describe(source, below));
    else found.leftOut.push({ path: below, why: kindOf(info) });
  }
}

async function lstat(path: string): Promise<Deno.FileInfo | "gone"> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gone";
    throw error;
  }
}

function kindOf(info: Deno.FileInfo | undefined): LeftOut["why"] {
  if (info?.isFifo) return "pipe";
  return info?.isSocket ? "socket" : "device";
}

async function describe(source: string, path: string): Promise<SourceItem> {
  if (path.length > MAX_FILE_PATH_UNITS) {
    throw new UsageError("path-too-long", `Cannot send ${source}: its path is too long`);
  }
  if (safePath(path) === undefined) {
    throw new UsageError("path-too-deep", `Cannot send ${source}: it lies in too many folders`);
  }
  const facts = await fileFacts(source);
  return { path, source, ...facts, type: await typeOfFile(source, facts) };
}

/** The media type of a file, by how it begins. Throws StorageError; `changed` when it is not the file that `facts` describe. */
export async function typeOfFile(source: string, facts: FileFacts): Promise<string> {
  using file = await SourceFile.open(source, facts);
  const beginning = new Uint8Array(Math.min(MEDIA_TYPE_BYTES, facts.sizeBytes));
  await file.read(beginning, 0);
  return mediaType(beginning);
}

/** Two that are called the same here are not one there. */
function freeName(items: readonly SourceItem[], name: string): string {
  const taken = [...new Set(items.map(({ path }) => path.split("/")[0]))];
  for (let n = 0;; n++) {
    const free = n === 0 ? name : numberedName(name, n);
    if (areDistinct([...taken, free].map((one) => [one]))) return free;
  }
}

// What kind of file it is, by how it begins: names lie. Pure.

/** Bytes that are looked at: random ones of so many are never taken for a text. */
const MEDIA_TYPE_BYTES = 512;

const LONGEST_BEGINNING = 16;
/** Beginnings, in hex; a dot stands for any digit. */
const BEGINNINGS: readonly (readonly [beginning: RegExp, type: string])[] = [
  [/^89504e470d0a1a0a/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^47494638(37|39)61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^25504446/, "application/pdf"],
  [/^504b0(304|506)/, "application/zip"],
  [/^1f8b/, "application/gzip"],
  [/^fd377a585a00/, "application/x-xz"],
  [/^.{8}66747970/, "video/mp4"],
  [/^1a45dfa3/, "video/webm"],
  [/^4f676753/, "application/ogg"],
  [/^494433|^fff[ab]/, "audio/mpeg"],
  [/^664c6143/, "audio/flac"],
  [/^7f454c46/, "application/x-executable"],
];

/** The media type of a file that begins so. */
export function mediaType(beginning: Uint8Array): string {
  const hex = Array.from(
    beginning.subarray(0, LONGEST_BEGINNING),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  const known = BEGINNINGS.find(([pattern]) => pattern.test(hex));
  if (known !== undefined) return known[1];
  return beginning.length > 0 && isText(beginning) ? "text/plain" : "application/octet-stream";
}

/** UTF-8 without control characters; the last character may go on behind what is looked at. */
function isText(bytes: Uint8Array): boolean {
  const isPlain = (byte: number) =>
    byte >= 32 && byte !== 127 || /[\t\n\r\f]/.test(String.fromCharCode(byte));
  if (!bytes.every(isPlain)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return false;
  }
}
