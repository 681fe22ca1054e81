/** Places in a conversation as people name them: its ends, what is new, a date. Pure. */

import { UsageError } from "../../base/errors.ts";
import type { Moment } from "../../commands/command_row.ts";
import { badWhen, type Here, parseWhen } from "../../commands/when.ts";

const WORDS: Readonly<Record<string, Moment>> = {
  ...{ new: "new", unread: "new" },
  ...{ start: "start", first: "start", beginning: "start", oldest: "start" },
  ...{ end: "end", last: "end", newest: "end" },
};

/** What is meant. Throws UsageError `bad-date`. */
export function readMoment(text: string, here: Here): Moment {
  const word = text.trim().toLowerCase();
  if (Object.hasOwn(WORDS, word)) return WORDS[word];
  const sinceMs = parseWhen(text, here);
  if (sinceMs !== undefined) return { sinceMs };
  throw new UsageError("bad-date", `${badWhen(text)} Or: start, end, new.`);
}
