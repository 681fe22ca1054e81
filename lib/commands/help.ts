/** Help texts out of a command table. Plain text of our own, no wider than a terminal of 80 columns where words allow. */

import {
  type CommandSpec,
  type CommandTable,
  flagWithValue,
  type OptionSpec,
  usageOf,
  type Whole,
} from "./command_table.ts";
import { EXIT_CODES, type ExitCode } from "./exit_code.ts";

/** The dialogue leaves the last cell of a row free: a line of 80 would be broken there once more. */
const COLUMNS = 79;
const INDENT = "  ";

/** Where the help is read. */
export interface HelpOptions {
  /** What stands before command names: `/` in the chat, the program's name and a space on the command line. */
  readonly prefix: string;
  /** Groups have numbers, by which they can be asked for. */
  readonly isNumbered?: boolean;
  /** Exit codes of every command; left out where commands have none. */
  readonly exitCodes?: readonly ExitCode[];
  /** The last line: where to read on. */
  readonly footer?: string;
}

/** Every command with its summary, by group. */
export function listCommands<Row extends CommandSpec>(
  table: CommandTable<Row>,
  options: HelpOptions,
): string {
  const sections: string[] = [];
  const nameCells = Math.max(...table.visible.map((row) => row.name.length)) +
    options.prefix.length;
  let count = 0;
  for (const [group, rows] of table.groups()) {
    const number = options.isNumbered === true ? `${++count}. ` : "";
    const lines = rows.map((row) =>
      hang(`${options.prefix}${row.name}`.padEnd(nameCells + 2), row.summary)
    );
    sections.push([`${number}${group}:`, ...lines].join("\n"));
  }
  return sections.join("\n\n") + "\n";
}

/** All about one command: examples first, since they are what is read. */
export function describeCommand(row: Whole, options: HelpOptions): string {
  const { prefix, exitCodes = [], footer } = options;
  const sections = [
    paragraphs(`${sentence(row.summary)}.`),
    usageLines(`${prefix}${usageOf(row)}`),
  ];
  sections.push(section("Examples", row.examples.map((one) => [prefix + one.line, one.summary])));
  if (row.details !== undefined) sections.push(paragraphs(row.details));
  if (row.arguments.length > 0) {
    sections.push(section("Arguments", row.arguments.map((one) => [one.name, withChoices(one)])));
  }
  if (row.options.length > 0) {
    sections.push(
      section("Options", row.options.map((one) => [spellOption(one), withChoices(one)])),
    );
  }
  if (row.aliases.length > 0) {
    sections.push(paragraphs(`Also: ${row.aliases.map((alias) => prefix + alias).join(", ")}`));
  }
  const codes = [...exitCodes, ...row.exitCodes].sort((a, b) => a - b);
  if (codes.length > 0) {
    sections.push(section("Exit codes", codes.map((code) => [`${code}`, EXIT_CODES[code]])));
  }
  if (footer !== undefined) sections.push(paragraphs(footer));
  return sections.join("\n\n") + "\n";
}

/** An option in all its spellings, e.g. `-q, --quiet`. */
export function spellOption(option: OptionSpec): string {
  const flag = flagWithValue(option);
  return option.short === undefined ? flag : `${option.short}, ${flag}`;
}

/** The summary, with what may be chosen. */
export function withChoices(
  spec: { readonly summary: string; readonly choices?: readonly string[] },
): string {
  return spec.choices === undefined ? spec.summary : `${spec.summary}: ${spec.choices.join(", ")}`;
}

/** Names and what they mean, side by side below a title. */
export function section(
  title: string,
  entries: readonly (readonly [name: string, meaning: string])[],
): string {
  const cells = Math.max(...entries.map(([name]) => name.length)) + 2;
  return [`${title}:`, ...entries.map(([name, text]) => hang(name.padEnd(cells), text))].join("\n");
}

/** Paragraphs as they are written, apart by an empty line or none, no wider than a terminal is at least. */
export function paragraphs(text: string): string {
  return text.split("\n")
    .map((paragraph) => joinUpTo(paragraph.split(" "), COLUMNS).join("\n"))
    .join("\n");
}

function sentence(summary: string): string {
  return summary.charAt(0).toUpperCase() + summary.slice(1);
}

/** An option and its value stay on one line. */
function usageLines(usage: string): string {
  const head = "Usage: ";
  const indent = " ".repeat(head.length + INDENT.length);
  const lines = joinUpTo(usage.split(/ (?=\[)/), COLUMNS - indent.length);
  return head + lines.join(`\n${indent}`);
}

/** `text` behind `head`, its further lines below its own beginning. A head that leaves no room gets a line of its own. */
export function hang(head: string, text: string, indent = INDENT): string {
  const headCells = indent.length + head.length;
  const isWide = headCells > COLUMNS / 2;
  const column = isWide ? indent.length * 2 : headCells;
  const lines = joinUpTo(text.split(" "), COLUMNS - column);
  const start = indent + (isWide ? `${head.trimEnd()}\n${" ".repeat(column)}` : head);
  return start + lines.join(`\n${" ".repeat(column)}`);
}

/** Pieces in lines of at most so many columns, where a single piece is not longer. */
export function joinUpTo(pieces: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= columns) {
      lines[lines.length - 1] = `${last} ${piece}`;
    } else lines.push(piece);
  }
  return lines;
}

// Rows of a table as lines whose columns stand below each other. Pure.

/** Every row has a cell for each column. The last column is not padded. Names are counted by characters: good enough for a list. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => [...row[i]].length))) ?? [];
  return rows.map((row) =>
    row.map((cell, i) =>
      i === row.length - 1 ? cell : cell + " ".repeat(widths[i] - [...cell].length + 2)
    ).join("").trimEnd()
  );
}
