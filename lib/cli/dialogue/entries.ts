/** Lists of what was said, as commands print them. */

import type { PlacedEntry } from "../../client/messaging/history.ts";
import { messageLine } from "./chat_lines.ts";
import type { ChatHands } from "./slash_row.ts";

/** Entries of a list: more than a screen, and not a flood. */
export const MAX_ENTRIES = 50;

/** How far an own text has come, in words. */
const DELIVERY_WORDS: Readonly<Record<string, string>> = {
  queued: "waiting",
  sealed: "waiting",
  sent: "sent",
  delivered: "delivered",
  failed: "not sent",
};

/** Prints entries in order, each text with its number; own texts say how far they have come. */
export async function printEntries(
  chat: ChatHands,
  entries: readonly PlacedEntry[],
): Promise<void> {
  const lines: string[] = [];
  for (const entry of entries) {
    const facts = await chat.client.talk.factsOf(entry);
    const state = facts.delivery && DELIVERY_WORDS[facts.delivery];
    const { number } = entry;
    const isThere = entry.kind === "text" && entry.deletedBy === undefined;
    const mark = isThere && number !== undefined ? `[${number}] ` : "";
    lines.push(mark + messageLine(entry, chat.style, { facts, state }));
  }
  await chat.printAll(lines);
}
