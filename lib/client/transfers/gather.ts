/** From what a person names to the files of offers: folders are walked, links in them are left alone. */

import { basename, join, resolve } from "node:path";
import { utf8 } from "../../base/bytes.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import {
  MAX_FILE_PATH_UNITS,
  MAX_OFFER_ITEMS,
  MAX_OFFER_ITEMS_BYTES,
} from "../../protocol/peer/file.ts";
import { storageError } from "../../storage/failures.ts";
import { areDistinct, numberedName } from "../../storage/safe_path.ts";
import { fileFacts, SourceFile } from "../../storage/source_file.ts";
import { MEDIA_TYPE_BYTES, mediaType } from "./media_type.ts";
import type { SourceItem } from "./transfer.ts";

/** The files at these paths. Throws StorageError, Refusal `no-such-file`, UsageError `nothing-to-send` when there is none. */
export async function gather(paths: readonly string[]): Promise<readonly SourceItem[]> {
  const items: SourceItem[] = [];
  for (const path of paths) {
    const source = resolve(path);
    const root = freeName(items, basename(source));
    try {
      const { isDirectory } = await Deno.stat(source);
      if (isDirectory) await walk(source, root, items);
      else items.push(await describe(source, root));
    } catch (error) {
      const failure = storageError(`Cannot send ${path}`, error);
      if (failure.code !== "not-found") throw failure;
      throw new Refusal("no-such-file", `There is no file ${path}`, { cause: error });
    }
  }
  if (items.length === 0) {
    throw new UsageError("nothing-to-send", "There is no file in what you named");
  }
  return items;
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

async function walk(folder: string, path: string, items: SourceItem[]): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  entries.sort((left, right) => left.name < right.name ? -1 : 1);
  for (const { name, isFile, isDirectory } of entries) {
    const source = join(folder, name);
    const below = `${path}/${name}`;
    if (isDirectory) await walk(source, below, items);
    else if (isFile) items.push(await describe(source, below));
  }
}

async function describe(source: string, path: string): Promise<SourceItem> {
  if (path.length > MAX_FILE_PATH_UNITS) {
    throw new UsageError("path-too-long", `Cannot send ${source}: its path is too long`);
  }
  const facts = await fileFacts(source);
  using file = await SourceFile.open(source, facts);
  const beginning = new Uint8Array(Math.min(MEDIA_TYPE_BYTES, facts.sizeBytes));
  await file.read(beginning, 0);
  return { path, source, ...facts, type: mediaType(beginning) };
}

/** Two that are called the same here are not one there. */
function freeName(items: readonly SourceItem[], name: string): string {
  const taken = [...new Set(items.map(({ path }) => path.split("/")[0]))];
  for (let n = 0;; n++) {
    const free = n === 0 ? name : numberedName(name, n);
    if (areDistinct([...taken, free].map((one) => [one]))) return free;
  }
}
