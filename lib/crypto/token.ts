/** Random tokens: what admits to registration (128 bits) and what keeps a session (256 bits). */

import {
  asBytes,
  type Bytes,
  concatBytes,
  decodeHex,
  encodeHex,
  equalBytes,
  utf8,
} from "../base/bytes.ts";
import type { Random } from "../base/random.ts";

/** Registration tokens and invites (SR-44). */
export const REGISTRATION_TOKEN_BYTES = 16;
/** Session tokens (SR-47). */
export const SESSION_TOKEN_BYTES = 32;

const CONTEXT = utf8("Heliograph v1 token\0");

/** `sizeBytes` random bytes. */
export function newToken(random: Random, sizeBytes: number): Bytes {
  return random.bytes(sizeBytes);
}

/** Lower-case hexadecimal digits: safe in a link, in a file and after a `-` of a command line. */
export function formatToken(token: Bytes): string {
  return encodeHex(token);
}

/** Returns undefined when `text` is not a token of `sizeBytes`. */
export function parseToken(text: string, sizeBytes: number): Bytes | undefined {
  return text.length === 2 * sizeBytes ? decodeHex(text) : undefined;
}

/**
 * What the server stores, so that a copy of its database lets nobody in (SR-47). A plain hash is enough for a random value
 * of 128 bits, and lets the database find it by an index: what leaks by timing there is the hash, not the token.
 */
export async function hashToken(token: Bytes): Promise<Bytes> {
  const hash = await crypto.subtle.digest("SHA-256", concatBytes(CONTEXT, token));
  return asBytes(new Uint8Array(hash));
}

/** Whether `token` is the one whose hash was stored; takes the same time either way. */
export async function isToken(token: Bytes, storedHash: Bytes): Promise<boolean> {
  return equalBytes(await hashToken(token), storedHash);
}
