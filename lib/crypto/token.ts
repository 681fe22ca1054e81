/** Random tokens that admit to registration (SR-44). Sessions have none: a device signs in by its key. */

import { asBytes, type Bytes, concatBytes, utf8 } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";

/** 128 bits. */
const TOKEN_BYTES = 16;

const CONTEXT = utf8("Heliograph v1 token\0");

/** A token that nobody guesses. */
export function newToken(random: Random): Bytes {
  return random.bytes(TOKEN_BYTES);
}

/**
 * What the server stores, so that a copy of its database lets nobody in (SR-47). A plain hash is enough for a random value
 * of 128 bits, and lets the database find it by an index: what leaks by timing there is the hash, not the token.
 */
export async function hashToken(token: Bytes): Promise<Bytes> {
  const hash = await crypto.subtle.digest("SHA-256", concatBytes(CONTEXT, token));
  return asBytes(new Uint8Array(hash));
}
