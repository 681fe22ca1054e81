/** What tab can make of a line of the `~> ` shell (rows S1.13, S1.16). Pure. */

import type { CommandTable } from "../../commands/command_table.ts";
import { nextWord, quoteWord } from "../../commands/words.ts";
import type { Completion } from "../../terminal/completing.ts";
import type { ShellRow } from "./shell_row.ts";

/** Names to complete with. */
export interface KnownNames {
  readonly connected: readonly string[];
  /** Those who said something. */
  readonly senders: readonly string[];
  readonly known: readonly string[];
}

const NOTHING: Completion = { from: 0, candidates: [] };

/** The command first, then whom it is about, and options of it anywhere. */
export function completeShellLine(
  before: string,
  table: CommandTable<ShellRow>,
  names: KnownNames,
): Completion {
  const command = nextWord(before, 0);
  if (command.kind === "end") return match(before, before.length, table.names.map(withBlank));
  if (command.kind !== "word") return NOTHING;
  if (command.end === before.length) {
    const from = before.length - command.text.length;
    return match(before, from, table.names.map(withBlank));
  }
  const row = table.get(command.text);
  if (row === undefined) return NOTHING;
  const from = before.length - (/\S*$/u.exec(before)?.[0].length ?? 0);
  if (before.slice(from).startsWith("-")) {
    return match(before, from, row.options.map(({ flag }) => withBlank(flag)));
  }
  const isFirst = before.slice(command.end, from).trim() === "";
  if (!isFirst) return NOTHING;
  switch (row.completes) {
    case "connected":
      return match(before, from, names.connected.map(nameWord));
    case "senders":
      return match(before, from, names.senders.map(nameWord));
    case "known":
      return match(before, from, names.known.map(nameWord));
    case "commands":
      return match(before, from, table.names);
    default:
      return NOTHING;
  }
}

function nameWord(name: string): string {
  return withBlank(quoteWord(name));
}

function withBlank(word: string): string {
  return `${word} `;
}

function match(before: string, from: number, candidates: readonly string[]): Completion {
  const typed = before.slice(from).toLowerCase();
  const found = candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed));
  return { from, candidates: found };
}
