/** Random tokens: those that admit to registration (SR-44), and those that bind a bot's device (SR-48). */

import { asBytes, type Bytes, concatBytes, decodeHex, encodeHex, utf8 } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";

/** 128 bits. */
const TOKEN_BYTES = 16;

/** SR-47. */
const BOT_TOKEN_BYTES = 32;

const CONTEXT = utf8("Heliograph v1 token\0");
const BOT_CONTEXT = utf8("Heliograph v1 bot token\0");
/** So that people, and programs that look for secrets in the wrong places, know what it is. */
const BOT_PREFIX = "hgbot_";

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

/** 256 bits for a bot's device (SR-47). */
export function newBotToken(random: Random): Bytes {
  return random.bytes(BOT_TOKEN_BYTES);
}

/** What the server stores of it. */
export async function hashBotToken(token: Bytes): Promise<Bytes> {
  const hash = await crypto.subtle.digest("SHA-256", concatBytes(BOT_CONTEXT, token));
  return asBytes(new Uint8Array(hash));
}

/** As it stands in a file. */
export function formatBotToken(token: Bytes): string {
  return `${BOT_PREFIX}${encodeHex(token)}`;
}

/** Undefined for what is no such token. */
export function parseBotToken(text: string): Bytes | undefined {
  const bytes = text.startsWith(BOT_PREFIX) ? decodeHex(text.slice(BOT_PREFIX.length)) : undefined;
  return bytes?.length === BOT_TOKEN_BYTES ? bytes : undefined;
}
