/** Files as people name them in the dialogue: paths, numbers of `/ls`, names in the folder `from`. */

import { isAbsolute, join } from "node:path";
import { StorageError } from "../../base/errors.ts";
import { listOutbox, type OutboxFile, outboxFolder } from "./outbox.ts";
import type { ChatContext } from "./slash_row.ts";

/** What `/ls` lists. */
export async function outbox(
  { stage }: Pick<ChatContext, "stage">,
): Promise<readonly OutboxFile[]> {
  return await listOutbox(await outboxFolder(stage.resolve("."), stage.outbox));
}

/** Whether a word is a number of a list. */
function isNumber(word: string): boolean {
  return /^[0-9]{1,9}$/.test(word);
}

/** The path that a word names, or undefined when there is nothing of that name. Throws StorageError. */
export async function findNamedFile(
  chat: Pick<ChatContext, "stage">,
  word: string,
): Promise<string | undefined> {
  const path = isAbsolute(word) ? word : chat.stage.resolve(word);
  if (await exists(path)) return path;
  if (isNumber(word)) {
    const listed = (await outbox(chat))[Number(word)];
    if (listed !== undefined) return listed.path;
  }
  if (isAbsolute(word)) return undefined;
  const inFrom = join(chat.stage.outbox ?? chat.stage.resolve("from"), word);
  return await exists(inFrom) ? inFrom : undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw new StorageError("failed", `Cannot read ${path}`, { cause: error });
  }
}
