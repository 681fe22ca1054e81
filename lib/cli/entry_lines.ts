/** What was said, as the verbs show it. */

import type { PlacedEntry } from "../client/messaging/history.ts";
import { replaceEmoticons } from "../commands/emoticons.ts";
import type { Context } from "./context.ts";
import { formatTime } from "./when.ts";

/** Shows an entry as the verbs do: an object for programs, a line for people. */
export async function showEntry(context: Context, entry: PlacedEntry): Promise<void> {
  await context.output.object(entry.kind === "text" ? "message" : "notice", {
    id: entry.id,
    from: entry.from,
    conversation: entry.peer,
    own: entry.own,
    text: entry.text,
    sent: new Date(entry.sentAtMs).toISOString(),
    at: new Date(entry.atMs).toISOString(),
  });
  await context.output.line(entryLine(entry));
}

/** Row S1.15: `name YYYY-MM-DD HH:MM:SS text`; `*` for a line of the program itself. Holds foreign text. */
export function entryLine(entry: PlacedEntry): string {
  const time = formatTime(entry.atMs);
  return entry.kind === "text"
    ? `${entry.from} ${time} ${replaceEmoticons(entry.text)}`
    : `* ${time} ${entry.text}`;
}
