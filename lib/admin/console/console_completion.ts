/** What tab can make of a line of the console, out of its table. Pure. */

import { nextWord, quoteWord } from "../../commands/words.ts";
import type { Completion } from "../../commands/completion.ts";
import { WHOM } from "../operator_row.ts";
import { CONSOLE_TABLE } from "./console_table.ts";

const NOTHING: Completion = { from: 0, candidates: [] };

/** Commands first, then what their arguments can be: choices, and names of accounts. */
export function completeConsoleLine(before: string, names: readonly string[]): Completion {
  const slash = before.startsWith("/") ? 1 : 0;
  const command = nextWord(before, slash);
  if (command.kind !== "word" || command.end === before.length) {
    return match(before, slash, CONSOLE_TABLE.names);
  }
  const row = CONSOLE_TABLE.get(command.text);
  if (row === undefined) return NOTHING;
  if (row.name === "help") {
    return match(before, skipSpace(before, command.end), CONSOLE_TABLE.names);
  }
  let at = command.end;
  for (const argument of row.arguments) {
    const from = skipSpace(before, at);
    const word = nextWord(before, from);
    if (word.kind === "word" && word.end < before.length) {
      at = word.end;
      continue;
    }
    if (argument.name === WHOM.name) return match(before, from, names.map(quoteWord));
    return argument.choices === undefined ? NOTHING : match(before, from, argument.choices);
  }
  return NOTHING;
}

function skipSpace(before: string, at: number): number {
  return before.length - before.slice(at).trimStart().length;
}

function match(before: string, from: number, candidates: readonly string[]): Completion {
  const typed = before.slice(from).toLowerCase();
  const found = candidates.filter((candidate) => {
    const spelt = candidate.toLowerCase();
    // A quoted name is found without its quote, too.
    return spelt.startsWith(typed) || spelt.startsWith(`"${typed}`);
  });
  return { from, candidates: found.map((candidate) => `${candidate} `) };
}
