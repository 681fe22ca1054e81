/** Reads the published MLS vectors in `mls/`; `mls/README.md` says where they are from. */

import { type Bytes, decodeHex } from "../../lib/base/bytes.ts";

const FOLDER = new URL("mls/", import.meta.url);

/** The vectors of a file. The type is the file's published layout. */
export async function vectors<Vector>(name: string): Promise<readonly Vector[]> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, FOLDER)));
}

export function hex(text: string): Bytes {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new Error("the vectors are hexadecimal");
  return bytes;
}
