/** The person's own file of settings. Each table of it is read by who it is for. */

import { utf8 } from "../base/bytes.ts";
import { writeFileAtomically } from "../storage/atomic_file.ts";
import { makePrivateFolder, readSmallText } from "../storage/private_files.ts";

/** As it lies in the program's folder of settings. */
const FILE = "config.toml";
/** A few tables of a few lines; more is another file. */
const MAX_BYTES = 64 * 1024;

/** Where it lies. */
export function configPath(folder: string): string {
  return `${folder}/${FILE}`;
}

/** The text of it. Empty where there is none, or it is not text. Throws StorageError. */
export async function readConfig(folder: string): Promise<string> {
  return await readSmallText(configPath(folder), MAX_BYTES) ?? "";
}

/** Replaces the text of it, or leaves it as it was. Throws StorageError. */
export async function writeConfig(folder: string, text: string): Promise<void> {
  await makePrivateFolder(folder);
  await writeFileAtomically(`${folder}/${FILE}`, utf8(text));
}
