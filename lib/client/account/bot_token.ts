/** The token of a bot's device, as its operator put it into a file (SR-48). */

import type { Bytes } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import { parseBotToken } from "../../crypto/keys/token.ts";
import { readSecretFile } from "../../storage/private_files.ts";

/** Throws UsageError when the file holds something else or others can read it, StorageError when it cannot be read. */
export async function readBotToken(path: string): Promise<Bytes> {
  const token = parseBotToken(await readSecretFile(path));
  if (token !== undefined) return token;
  throw new UsageError("bad-token-file", `Cannot read ${path}: it holds no token of a bot`);
}
