/** Files as people name them in the dialogue: paths, numbers of `/ls`, names in the folder `from`. */

import { Refusal, StorageError } from "../../base/errors.ts";
import { listOutbox, type OutboxFile, outboxFolder } from "./outbox.ts";
import type { Partner } from "./partner.ts";
import type { ChatContext } from "./slash_row.ts";
import { isAbsolute, join } from "node:path";

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

// Whom a command with files is for: somebody who is named, or the conversation that is open.

/** Somebody or a room, and the words that are not their name. */
export interface Addressed {
  readonly partner: Partner;
  readonly what: readonly string[];
}

/**
 * `bob:/send film.mp4`, `/send @bob film.mp4` and `/send bob film.mp4` name bob. `/send film.mp4` is for the conversation that
 * is open, if there is one, nobody is called film.mp4, and there is such a file. Throws Refusal `unknown-account`,
 * `unknown-room`, `not-member`.
 */
export async function readAddressed(
  chat: Pick<ChatContext, "findPartner" | "partner" | "stage">,
  words: readonly string[],
  to: Partner | undefined,
): Promise<Addressed> {
  if (to !== undefined) return { partner: to, what: words };
  const [first, ...rest] = words;
  try {
    return { partner: await chat.findPartner(first.replace(/^@/, "")), what: rest };
  } catch (error) {
    const isNobody = error instanceof Refusal && error.code === "unknown-account";
    if (!isNobody || first.startsWith("@") || chat.partner === undefined) throw error;
    if (await findNamedFile(chat, first) === undefined) throw error;
    return { partner: chat.partner, what: words };
  }
}
