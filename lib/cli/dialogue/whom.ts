/** Whom a command with files is for: somebody who is named, or the conversation that is open. */

import { Refusal } from "../../base/errors.ts";
import { findNamedFile } from "./named_files.ts";
import type { Partner } from "./partner.ts";
import type { ChatContext } from "./slash_row.ts";

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
