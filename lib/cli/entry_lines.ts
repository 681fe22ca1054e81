/** What was said, as the verbs show it. */

import type { HistoryEntry } from "../client/messaging/history.ts";
import { replaceEmoticons } from "../commands/emoticons.ts";
import type { Context } from "./context.ts";
import { formatSeedTime, formatTime } from "./when.ts";

/** The server's and the sender's clock may be so far apart before it is told. */
const CLOCKS_APART_MS = 10 * 60_000;

const TYPES: Readonly<Record<HistoryEntry["kind"], string>> = {
  text: "message",
  notice: "notice",
  broadcast: "broadcast",
};

/** Shows an entry as the verbs do: an object for programs, a line for people. */
export async function showEntry(context: Context, entry: HistoryEntry): Promise<void> {
  await showEntryAs(context, entry, entryLine(entry));
}

/** The same with another line. `more`: further fields of the object. */
export async function showEntryAs(
  { output }: Context,
  entry: HistoryEntry,
  line: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await output.object(TYPES[entry.kind], {
    id: entry.id,
    ...more,
    from: entry.from,
    ...aboutRoad(entry),
    own: entry.own,
    text: entry.text,
    sent: new Date(entry.sentAtMs).toISOString(),
    at: new Date(entry.atMs).toISOString(),
  });
  await output.line(line);
}

/** Row S1.15: `name YYYY-MM-DD HH:MM:SS text`; `*` for a line of the program itself. Holds foreign text. */
export function entryLine(entry: HistoryEntry): string {
  const time = formatTime(entry.atMs);
  if (entry.kind === "notice") return `* ${time} ${entry.text}`;
  const text = replaceEmoticons(entry.text);
  const mark = entry.kind === "broadcast" ? `${broadcastMarkOf(entry)} ` : "";
  return `${entry.from} ${time} ${mark}${text}`;
}

/**
 * `[broadcast #2, readable by all]`: no name has a `#`, so none looks like it. A sender's time far from the server's is told:
 * the server may hand an old broadcast on as a new one.
 */
export function broadcastMarkOf({ number, atMs, sentAtMs }: HistoryEntry): string {
  const isApart = Math.abs(atMs - sentAtMs) > CLOCKS_APART_MS;
  const written = isApart ? `, written ${formatSeedTime(sentAtMs)}` : "";
  return `[broadcast #${number}, readable by all${written}]`;
}

/** Row S3.14. */
export function broadcastSaid({ number, atMs }: HistoryEntry): string {
  return `Broadcast message, #${number} broadcast at ${formatSeedTime(atMs)}.`;
}

/** Rows S3.19 and S3.39: `1; 04 Aug 2022 19:12:00; yoda; hi`. */
export function seedLine(number: number, { atMs, from, text }: HistoryEntry): string {
  return `${number}; ${formatSeedTime(atMs)}; ${from}; ${text}`;
}

function aboutRoad({ kind, number, peer }: HistoryEntry) {
  return kind === "broadcast" ? { number, readableBy: "everyone" } : { conversation: peer };
}
