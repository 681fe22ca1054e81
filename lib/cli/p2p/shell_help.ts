/** Help of the `~> ` shell in the layout of its seed (rows S1.03, S1.04, S1.11). Pure. */

import { type ArgumentSpec, flagWithValue, type Whole } from "../../commands/command_table.ts";
import { EXIT_CODES } from "../../commands/exit_code.ts";
import { hang, joinUpTo, paragraphs, withChoices } from "../../commands/help.ts";

const HEADING = "Documented commands (type help <topic>):";
const COLUMNS = 79;
const PROMPT = "        ~> ";

/** Every command, as many in a line as fit, by name. */
export function listDocumented(names: readonly string[]): readonly string[] {
  const sorted = [...names].sort((left, right) => left < right ? -1 : 1);
  const lines: string[] = [];
  for (const name of sorted) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + name.length < COLUMNS) {
      lines[lines.length - 1] = `${last}  ${name}`;
    } else lines.push(name);
  }
  return [HEADING, "=".repeat(HEADING.length), ...lines];
}

/** All about one command. */
export function helpOf(row: Whole & { readonly title: string }): readonly string[] {
  const lines = [`${row.name} - ${row.title}:`, "", ...useOf(row)];
  const facts = [
    ...row.arguments.map((one) => [wordOf(one), withChoices(one)] as const),
    ...row.options.map((one) => [flagWithValue(one), withChoices(one)] as const),
  ];
  if (facts.length > 0) {
    const cells = Math.max(...facts.map(([word]) => word.length)) + 2;
    lines.push("", ...facts.flatMap(([word, text]) => beside(word.padEnd(cells), text)));
  }
  if (row.details !== undefined) lines.push("", ...paragraphs(row.details).split("\n"));
  const codes = row.exitCodes.flatMap((code) => beside(`${code}  `, EXIT_CODES[code]));
  if (codes.length > 0) lines.push("", "    In a script it may end with", ...codes);
  return lines;
}

/** Further lines of what it means stand below its beginning. */
function beside(word: string, text: string): readonly string[] {
  return hang(word, text, "    ").split("\n");
}

/** How it is called. */
export function useOf(row: Whole): readonly string[] {
  const words = [row.name, ...row.arguments.map(wordOf), ...row.options.map(optionWord)];
  const [use, ...more] = joinUpTo(words, COLUMNS - PROMPT.length);
  return [
    "    Use:",
    `${PROMPT}${use}`,
    ...more.map((line) => `${" ".repeat(PROMPT.length)}${line}`),
    "    Example",
    ...row.examples.map(({ line }) => `${PROMPT}${line}`),
  ];
}

function wordOf({ name, rest }: ArgumentSpec): string {
  return `[${name.toLowerCase()}${rest === undefined ? "" : "…"}]`;
}

function optionWord(option: Parameters<typeof flagWithValue>[0]): string {
  return `[${flagWithValue(option)}]`;
}
