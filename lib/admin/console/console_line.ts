/** What a line of the console means. Pure. */

import { parseShellLine } from "../../commands/chat_line.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { quoteWord } from "../../commands/words.ts";
import type { OperatorCommand } from "../operator_command.ts";
import { CONSOLE_TABLE } from "./console_table.ts";

/** What to do with a line. */
export type ConsoleLine =
  | { readonly kind: "empty" }
  | { readonly kind: "command"; readonly row: OperatorCommand; readonly values: CommandValues }
  | { readonly kind: "invalid"; readonly message: string };

/** A slash before the command is allowed: the seeds type `/db` and `db`. */
export function parseConsoleLine(line: string): ConsoleLine {
  const parsed = parseShellLine(line.trim().replace(/^\//, ""), CONSOLE_TABLE);
  if (parsed.kind !== "invalid") return parsed;
  const { message, row } = parsed;
  if (row !== undefined) return { kind: "invalid", message };
  return { kind: "invalid", message: `${message}\nCommands: ${CONSOLE_TABLE.names.join(", ")}` };
}

/**
 * Words of a shell as one line of the console: what a shell has quoted stays one word, a text keeps its form. A line that is
 * quoted as a whole is the line.
 */
export function lineOfWords(words: readonly string[]): string {
  if (words.length === 1) return words[0];
  const found = CONSOLE_TABLE.find(words);
  if (found === undefined) return words.map(quoteWord).join(" ");
  const { row, nameWords } = found;
  const last = row.arguments[row.arguments.length - 1];
  const single = last?.rest === "text" ? nameWords + row.arguments.length - 1 : words.length;
  return words.map((word, i) => i < nameWords || i >= single ? word : quoteWord(word)).join(" ");
}
