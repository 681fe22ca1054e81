/** The token that a bot's device signs in with, beside its key (SR-48). */

import { decodeBase64, equalBytes } from "../base/bytes.ts";
import type { DeviceId } from "../base/ids.ts";
import { hashBotToken } from "../crypto/token.ts";
import type { BotLimits } from "./bot_token_store.ts";
import type { Parts } from "./parts.ts";
import { refuse } from "./refusal.ts";

/**
 * What binds a device that has proved to be itself; undefined for one without a token, which may do everything. Throws Refusal
 * `bot-token-refused` when the token is missing, another one, or over.
 */
export async function requireBotToken(
  { store, clock }: Pick<Parts, "store" | "clock">,
  device: DeviceId,
  given: string | undefined,
): Promise<BotLimits | undefined> {
  const token = await store.findBotToken(device);
  if (token === undefined) return undefined;
  const bytes = given === undefined ? undefined : decodeBase64(given);
  if (bytes === undefined) {
    throw refuse("bot-token-refused", "This device signs in with a token only");
  }
  // Hashes of random values: what comparing them takes long tells nothing of the token.
  if (!equalBytes(await hashBotToken(bytes), token.hash)) {
    throw refuse("bot-token-refused", "This is not the token of this device");
  }
  if (clock.nowMs() >= token.expiresMs) {
    throw refuse("bot-token-refused", "The token of this device has expired");
  }
  const { scopes, expiresMs } = token;
  return { scopes, expiresMs };
}
