/** The token of a bot's device: in a file that is named, or in `token` beside the profile (SR-48). */

import { join } from "node:path";
import type { Bytes } from "../base/bytes.ts";
import { StorageError, UsageError } from "../base/errors.ts";
import { parseBotToken } from "../crypto/token.ts";
import { readSecretFile } from "../storage/private_files.ts";

/**
 * Undefined for a profile that has none. Throws UsageError when the file holds something else, or others can read it, StorageError
 * when one that was named cannot be read.
 */
export async function readBotToken(
  { named, profileFolder }: { named: string | undefined; profileFolder: string },
): Promise<Bytes | undefined> {
  const path = named ?? join(profileFolder, "token");
  let text: string;
  try {
    text = await readSecretFile(path);
  } catch (error) {
    const isMissing = error instanceof StorageError && error.code === "not-found";
    if (isMissing && named === undefined) return undefined;
    throw error;
  }
  const token = parseBotToken(text);
  if (token !== undefined) return token;
  throw new UsageError("bad-token-file", `Cannot read ${path}: it holds no token of a bot`);
}
