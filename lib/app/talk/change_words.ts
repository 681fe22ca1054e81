/** Edits, deletions and reactions in words. Pure; what is foreign in them is made safe by who prints them. */

import type { AccountId } from "../../base/ids.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";

/** As much of a message as a line about it repeats. */
const QUOTE_UNITS = 40;

/** The beginning of a message, on one line. */
export function quote(text: string, mostUnits = QUOTE_UNITS): string {
  const line = onOneLine(safeText(text));
  return line.length <= mostUnits ? line : `${line.slice(0, mostUnits)}…`;
}

/** The same where a line of ours goes on behind it: its end cannot be mistaken. */
export function quoted(text: string, mostUnits = QUOTE_UNITS): string {
  return `"${quote(text, mostUnits).replace(/["\\]/g, "\\$&")}"`;
}

/** `bob edited 7: new text`. */
export function changeWords(
  { from, own, change }: HistoryEntry,
  { target, reactions }: Pick<EntryFacts, "target" | "reactions">,
  nameOf: (account: AccountId) => string = (account) => account,
): string {
  const who = own ? "you" : nameOf(from);
  const which = target?.number === undefined ? "a message" : `message ${target.number}`;
  switch (change?.type) {
    case "delete": {
      const of = target === undefined || target.from === from ? "" : ` of ${nameOf(target.from)}`;
      return `${who} deleted ${which}${of}`;
    }
    case "reaction": {
      const said = reactions.flatMap(({ emojis }) => emojis).join(" ");
      const about = target === undefined || target.deletedBy !== undefined
        ? ""
        : `: ${quoted(target.text)}`;
      return said === ""
        ? `${who} removed the reaction to ${which}${about}`
        : `${who} reacted ${said} to ${which}${about}`;
    }
    default:
      return `${who} edited ${which}: ${target?.text ?? ""}`;
  }
}

/** What stands where a message was: `message 7 was deleted by bob`. */
export function deletedWords(
  { number, from, deletedBy = from }: HistoryEntry,
  nameOf: (account: AccountId) => string = (account) => account,
): string {
  const which = number === undefined ? "a message" : `message ${number}`;
  const of = deletedBy === from ? "" : ` of ${nameOf(from)}`;
  return `${which}${of} was deleted by ${nameOf(deletedBy)}`;
}
