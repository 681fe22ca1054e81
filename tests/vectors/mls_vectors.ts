/** Reads the published MLS vectors (mlswg/mls-implementations), which lie in shared/vectors beside the project. */

import { type Bytes, decodeHex } from "../../lib/base/bytes.ts";

const FOLDER = new URL("../../../shared/vectors/mls/", import.meta.url);

/** Test names end in this when the folder is not there. */
export const hasVectors = await Deno.stat(FOLDER).then(() => true, () => false);
export const SKIPPED = hasVectors ? "" : " (skipped: no shared/vectors beside the project)";

/** The vectors of a file for suite 1, our classical suite; X-Wing has none. The type is the file's published layout. */
export async function vectors<Vector>(name: string): Promise<readonly Vector[]> {
  const all: readonly (Vector & { cipher_suite?: number })[] = JSON.parse(
    await Deno.readTextFile(new URL(`${name}.json`, FOLDER)),
  );
  return all.filter((vector) => (vector.cipher_suite ?? 1) === 1);
}

export function hex(text: string): Bytes {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new Error("the vectors are hexadecimal");
  return bytes;
}
