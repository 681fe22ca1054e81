/** The person's own file of settings. Each table of it is read by who it is for. */

import { type Bytes, decodeUtf8, utf8 } from "../base/bytes.ts";
import { noTomlWords } from "../base/config_lines.ts";
import { UsageError } from "../base/errors.ts";
import { writeFileAtomically } from "../storage/atomic_file.ts";
import { makePrivateFolder, readSmallFile } from "../storage/private_files.ts";

/** As it lies in the program's folder of settings. */
const FILE = "config.toml";
/** A few tables of a few lines; more is another file. */
const MAX_BYTES = 64 * 1024;

/** Where it lies. */
export function configPath(folder: string): string {
  return `${folder}/${FILE}`;
}

/** The text of it; empty where there is none. Throws StorageError, UsageError `bad-config` for what is not UTF-8. */
export async function readConfig(folder: string): Promise<string> {
  const { text, problem } = await readConfigToMend(folder);
  if (problem !== undefined) throw new UsageError("bad-config", `Cannot use ${problem}`);
  return text;
}

/** The same for whoever mends it: what is not UTF-8 as it was most likely meant, with a sentence about that. Throws StorageError. */
export async function readConfigToMend(
  folder: string,
): Promise<{ readonly text: string; readonly problem: string | undefined }> {
  const bytes = await readSmallFile(configPath(folder), MAX_BYTES);
  const text = bytes === undefined ? "" : decodeUtf8(bytes);
  if (bytes === undefined || text !== undefined) return { text: text ?? "", problem: undefined };
  const problem = noTomlWords({ line: wrongLine(bytes), message: "the file is not in UTF-8" });
  return { text: guessText(bytes), problem };
}

const LINE_FEED = 10;

/** The first line that is not UTF-8, from 1 on. */
function wrongLine(bytes: Bytes): number {
  for (let line = 1, begin = 0;; line++) {
    const end = bytes.indexOf(LINE_FEED, begin);
    if (end < 0 || decodeUtf8(bytes.subarray(begin, end)) === undefined) return line;
    begin = end + 1;
  }
}

/** Windows writes "Unicode" with a mark of its order of bytes before it; older editors write the letters of the West. */
function guessText(bytes: Bytes): string {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "windows-1252";
  return new TextDecoder(mark).decode(bytes);
}

/** Replaces the text of it, or leaves it as it was. Throws StorageError. */
export async function writeConfig(folder: string, text: string): Promise<void> {
  await makePrivateFolder(folder);
  await writeFileAtomically(`${folder}/${FILE}`, utf8(text));
}
