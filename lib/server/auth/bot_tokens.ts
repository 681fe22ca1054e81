/** The token that a bot's device signs in with, beside its key (SR-48). */

import { type Bytes, decodeBase64, equalBytes } from "../../base/bytes.ts";
import { hashBotToken } from "../../crypto/token.ts";
import type { BotLimits, BotToken } from "../store/bot_token_store.ts";
import { refuse } from "../../protocol/failure.ts";

/** What a device gives as its token, in Base64, as the server knows tokens; undefined for none. */
export async function hashGiven(given: string | undefined): Promise<Bytes | undefined> {
  const bytes = given === undefined ? undefined : decodeBase64(given);
  return bytes && await hashBotToken(bytes);
}

/**
 * What binds a device that has proved to be itself; undefined for one without a token, which may do everything. Synchronous,
 * so that it can be the last thing that is judged. Throws Refusal `bot-token-refused` when the token is missing, another one,
 * or over.
 */
export function requireBotToken(
  token: BotToken | undefined,
  given: Bytes | undefined,
  nowMs: number,
): BotLimits | undefined {
  if (token === undefined) return undefined;
  if (given === undefined) {
    throw refuse("bot-token-refused", "This device signs in with a token only");
  }
  // Hashes of random values: what comparing them takes long tells nothing of the token.
  if (!equalBytes(given, token.hash)) {
    throw refuse("bot-token-refused", "This is not the token of this device");
  }
  if (nowMs >= token.expiresMs) {
    throw refuse("bot-token-refused", "The token of this device has expired");
  }
  const { scopes, expiresMs } = token;
  return { scopes, expiresMs };
}
