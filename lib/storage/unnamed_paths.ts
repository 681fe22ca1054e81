/**
 * Files whose names are no text: Linux allows any bytes, and this runtime opens files by text only. Deno 2.4 does not even list
 * them, so the system's own `find` is asked: what is not sent must be said.
 */

import { decodeUtf8 } from "../base/bytes.ts";

/** As POSIX has it; `-print0` is in GNU, BSD and busybox. */
const FIND = "/usr/bin/find";
/** So many are named. */
const MAX_NAMED = 1000;

/** Paths below a folder that are no UTF-8, with `\xE9` for what is none. Empty where the system has no such names, or no `find`. */
export async function unnamedPaths(folder: string): Promise<readonly string[]> {
  if (Deno.build.os === "windows") return [];
  let listed: Uint8Array<ArrayBuffer>;
  try {
    // Absolute, so that it is not taken for an option.
    const { stdout } = await new Deno.Command(FIND, {
      args: [folder, "-mindepth", "1", "-print0"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    listed = stdout;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const before = new TextEncoder().encode(folder.endsWith("/") ? folder : `${folder}/`).length;
  const found: string[] = [];
  for (let at = 0; at < listed.length && found.length < MAX_NAMED;) {
    const end = listed.indexOf(0, at);
    const path = listed.subarray(at, end < 0 ? listed.length : end);
    if (decodeUtf8(path) === undefined) found.push(escaped(path.subarray(before)));
    at += path.length + 1;
  }
  return found;
}

/** Each byte that begins no character as two digits. */
function escaped(bytes: Uint8Array<ArrayBuffer>): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const character = [1, 2, 3, 4].map((size) => decodeUtf8(bytes.slice(at, at + size)))
      .find((one) => one !== undefined);
    if (character === undefined || character === "") {
      text += `\\x${bytes[at].toString(16).toUpperCase().padStart(2, "0")}`;
      at++;
    } else {
      text += character;
      at += new TextEncoder().encode(character).length;
    }
  }
  return text;
}
