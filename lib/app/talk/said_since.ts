/** What was said since a time, with its numbers. */

import type { AccountId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { HistoryEntry, PlacedEntry } from "../../client/store/history.ts";
import type { PageRequest } from "../../client/talk/pages.ts";
import { kindOf } from "../../client/store/conversation_kinds.ts";

/** An entry with its number among its like. */
export interface Numbered<Entry extends HistoryEntry = HistoryEntry> {
  readonly number: number;
  readonly entry: Entry;
}

/** Texts of this machine's history, by the numbers of their conversations; what was deleted is left out. */
export async function textsSince(
  client: Client,
  asked: Omit<PageRequest, "kinds">,
): Promise<readonly Numbered<PlacedEntry>[]> {
  const entries = await client.talk.page({ ...asked, kinds: ["text"] });
  let last = 0;
  return entries.filter(({ deletedBy }) => deletedBy === undefined).map((entry) => {
    // A text that is not sent yet will have the next number (row S3.35).
    last = entry.number ?? (kindOf(entry.peer).isNumbered ? last + 1 : 0);
    return { number: last, entry };
  });
}

/** Broadcasts that the server still has. */
export async function* broadcastsSince(
  client: Client,
  { sinceMs, from }: { sinceMs: number; from: AccountId | undefined },
): AsyncGenerator<Numbered> {
  for await (const entry of client.publicly.broadcastsSince(sinceMs)) {
    if (from === undefined || entry.from === from) yield { number: entry.number ?? 0, entry };
  }
}
