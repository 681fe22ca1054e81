/** Looks for a secret in whatever a program left behind, in every form in which it could have got there (SR-55). */

import { join } from "node:path";
import { encodeBase64, encodeHex, utf8 } from "../../lib/base/bytes.ts";

/** A file or a text in which something was found, and in which form. */
export interface Leak {
  readonly where: string;
  readonly form: string;
}

/** Forms of bytes that a search for the plain ones would miss. */
function forms(secret: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>([
    ["raw", secret],
    ["hex", utf8(encodeHex(secret))],
    ["HEX", utf8(encodeHex(secret).toUpperCase())],
  ]);
  const text = new TextDecoder().decode(secret);
  const units = Array.from(text, (_, i) => text.charCodeAt(i));
  found.set("UTF-16LE", Uint8Array.from(units.flatMap((unit) => [unit & 0xff, unit >> 8])));
  found.set("UTF-16BE", Uint8Array.from(units.flatMap((unit) => [unit >> 8, unit & 0xff])));
  found.set("reversed", secret.toReversed());
  for (const offset of [0, 1, 2]) {
    // Base64 of the same bytes looks different behind one or two others; the ends are shared with the neighbours.
    const padded = new Uint8Array(offset + secret.length);
    padded.set(secret, offset);
    const whole = encodeBase64(padded);
    const inner = whole.slice(
      Math.ceil(offset * 8 / 6),
      Math.floor((offset + secret.length) * 8 / 6),
    );
    found.set(`base64 at ${offset}`, utf8(inner));
    found.set(`base64url at ${offset}`, utf8(inner.replaceAll("+", "-").replaceAll("/", "_")));
  }
  return found;
}

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0]); at >= 0; at = bytes.indexOf(part[0], at + 1)) {
    let i = 1;
    while (i < part.length && bytes[at + i] === part[i]) i++;
    if (i === part.length) return true;
  }
  return false;
}

/** Where `bytes` hold the secret. */
export function findIn(where: string, bytes: Uint8Array, secret: string | Uint8Array): Leak[] {
  const plain = typeof secret === "string" ? utf8(secret) : secret;
  return [...forms(plain)].filter(([, part]) => contains(bytes, part))
    .map(([form]) => ({ where, form }));
}

/** Where the files below `folder` hold the secret. */
export function findInFolder(folder: string, secret: string | Uint8Array): Leak[] {
  const leaks: Leak[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) leaks.push(...findInFolder(path, secret));
    else leaks.push(...findIn(path, Deno.readFileSync(path), secret));
  }
  return leaks;
}
