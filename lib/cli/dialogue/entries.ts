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

/** Prints entries in order; own texts say how far they have come. */
export async function printEntries(
  chat: ChatHands,
  entries: readonly PlacedEntry[],
): Promise<void> {
  await chat.printAll(entries.map((entry) => {
    const state = entry.own ? chat.client.deliveryOf(entry.id) : undefined;
    return messageLine(entry, chat.style, state && DELIVERY_WORDS[state]);
  }));
}
