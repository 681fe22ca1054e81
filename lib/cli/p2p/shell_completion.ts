/** What tab can make of a line of the `~> ` shell (rows S1.13, S1.16). Pure. */

import type { CommandTable } from "../../commands/command_table.ts";
import { nextWord, quoteWord } from "../../commands/words.ts";
import { type Completion, match } from "../../commands/completion.ts";
import {
  completePath,
  type FolderReader,
  PATH_VALUES,
  typedWords,
} from "../dialogue/path_completion.ts";
import type { ShellRow } from "./shell_row.ts";

/** Names to complete with. */
export interface KnownNames {
  readonly connected: readonly string[];
  /** Those who said something. */
  readonly senders: readonly string[];
  readonly known: readonly string[];
}

/** What there is to complete with. */
export interface ShellKnowledge extends KnownNames {
  readonly readFolder: FolderReader;
}

const NOTHING: Completion = { from: 0, candidates: [] };

/** The command first, then whom it is about or which files, and options of it anywhere. */
export function completeShellLine(
  before: string,
  table: CommandTable<ShellRow>,
  known: ShellKnowledge,
): Completion {
  const command = nextWord(before, 0);
  if (command.kind === "end") return match(before, before.length, table.names.map(withBlank));
  if (command.kind !== "word") return NOTHING;
  const word = command.text.replace(/^\//, "");
  if (command.end === before.length) {
    return match(before, before.length - word.length, table.names.map(withBlank));
  }
  const row = table.get(word);
  if (row === undefined) return NOTHING;
  const words = typedWords(before, command.end);
  const { from, text } = words[words.length - 1];
  const takesPath = (name: string | undefined) => name !== undefined && PATH_VALUES.has(name);
  const pathHere = () => ({ from, candidates: completePath(text, known.readFolder) });
  const option = row.options.find(({ flag }) => flag === words[words.length - 2]?.text);
  if (takesPath(option?.valueName)) return pathHere();
  if (before.slice(from).startsWith("-")) {
    return match(before, from, row.options.map(({ flag }) => withBlank(flag)));
  }
  if (words.length > 1) return takesPath(row.arguments[1]?.name) ? pathHere() : NOTHING;
  switch (row.completes) {
    case "connected":
      return match(before, from, known.connected.map(nameWord));
    case "senders":
      return match(before, from, known.senders.map(nameWord));
    case "known":
      return match(before, from, known.known.map(nameWord));
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
