/** What `/ls` lists: the files that can be sent by their number (row S0.29). */

import { join } from "node:path";
import { formatTime } from "../../app/when.ts";
import { StorageError } from "../../base/errors.ts";
import { formatBytes } from "../../base/byte_words.ts";
import { typeOfFile } from "../../client/transfers/gather.ts";
import { storageError } from "../../storage/failures.ts";
import type { FileFacts } from "../../storage/source_file.ts";

/** A file of the list. */
export interface OutboxFile {
  /** From 0, as the seed counts. */
  readonly number: number;
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** The seed's folder of outgoing files, when there is one (row S0.03). */
const OUTBOX = "from";

/** The folder that the person chose, else `from`, else the working folder. */
export async function outboxFolder(workingFolder: string, chosen?: string): Promise<string> {
  if (chosen !== undefined) return chosen;
  const from = join(workingFolder, OUTBOX);
  return await isFolder(from) ? from : workingFolder;
}

/** The files in a folder; hidden ones are left out. Throws StorageError. */
export async function listOutbox(folder: string): Promise<readonly OutboxFile[]> {
  const files: Omit<OutboxFile, "number">[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || name.startsWith(".")) continue;
      const path = join(folder, name);
      const { size, mtime } = await Deno.stat(path);
      files.push({ name, path, sizeBytes: size, modifiedMs: mtime?.getTime() ?? 0 });
    }
  } catch (error) {
    throw storageError(`Cannot list ${folder}`, error);
  }
  files.sort((left, right) => left.name < right.name ? -1 : 1);
  return files.map((file, number) => ({ number, ...file }));
}

/** `0  yo_en_png.png  135 kB  image/png  2022-08-03 23:25:03`: the type as the receiver would be told it, the time it was changed. */
export async function outboxLine(
  { number, name, path, sizeBytes, modifiedMs }: OutboxFile,
): Promise<string> {
  const type = await shownType(path, { sizeBytes, modifiedMs });
  return `${number}  ${name}  ${formatBytes(sizeBytes)}  ${type}  ${formatTime(modifiedMs)}`;
}

/** What cannot be read has its place in the list all the same. */
async function shownType(path: string, facts: FileFacts): Promise<string> {
  try {
    return await typeOfFile(path, facts);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return "cannot be read";
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw storageError(`Cannot list ${path}`, error);
  }
}
