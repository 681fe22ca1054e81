/** Manual pages out of a command table, in the man macros (man(7)): one for the program, and one for each of its commands. */

import {
  type ArgumentSpec,
  type CommandSpec,
  flagWithValue,
  type OptionSpec,
  type Whole,
} from "./command_table.ts";
import { COMMON_EXIT_CODES, EXIT_CODES } from "./exit_code.ts";
import { spellOption, withChoices } from "./help.ts";
import type { ProgramSpec } from "./program_help.ts";

type Program = ProgramSpec<CommandSpec>;

/** Lines of roff source are no longer (mandoc -Tlint). */
const COLUMNS = 78;

/** Files by name, such as `heliograph.1` and `heliograph-room-new.1`. `date`: `YYYY-MM-DD`, of the release. */
export function manPages(program: Program, date: string): Readonly<Record<string, string>> {
  const { name, table } = program;
  const pages: Record<string, string> = { [`${name}.1`]: programPage(program, date) };
  for (const row of table.visible) {
    pages[`${pageOf(program, row)}.1`] = commandPage(program, row, date);
  }
  return pages;
}

/** As git has them: `man PROGRAM-COMMAND`, and of man-db `man PROGRAM COMMAND`. */
function pageOf({ name }: Program, row: CommandSpec): string {
  return `${name}-${row.name.replaceAll(" ", "-")}`;
}

function programPage(program: Program, date: string): string {
  const { name, summary, table, options, usages } = program;
  return page([
    ...head(program, name, date),
    ...named(name, summary.charAt(0).toLowerCase() + summary.slice(1)),
    ".SH SYNOPSIS",
    ...synopsis(name, ["[COMMAND]", "[OPTIONS]"]),
    ".SH DESCRIPTION",
    ...text(`${summary}.`),
    ".PP",
    ...text(`'man ${name}-COMMAND' explains one command, as '${name} help COMMAND' does.`),
    ...(usages ?? []).flatMap(([line, meaning]) => tagged(line, meaning)),
    ".SH OPTIONS",
    ...optionsOfAll(options),
    tag("-V, --version"),
    ...text("print the version"),
    ".SH COMMANDS",
    ...[...table.groups()].flatMap(([group, rows]) => [
      `.SS ${quote(group)}`,
      ...rows.flatMap((row) => [
        ".TP",
        `.BR ${quote(pageOf(program, row))} (1)`,
        ...text(row.summary),
      ]),
    ]),
    ".SH EXIT STATUS",
    ...exitStatus(Object.keys(EXIT_CODES).map(Number)),
  ]);
}

function commandPage(program: Program, row: Whole, date: string): string {
  const { name, options } = program;
  const also = row.aliases.map((alias) => `${name} ${alias}`).join(", ");
  return page([
    ...head(program, pageOf(program, row), date),
    ...named(pageOf(program, row), row.summary),
    ".SH SYNOPSIS",
    ...synopsis(`${name} ${row.name}`, [
      ...row.arguments.map(usageOfArgument),
      ...row.options.map((option) => `[${flagWithValue(option)}]`),
    ]),
    ".SH DESCRIPTION",
    ...text(`${row.summary.charAt(0).toUpperCase()}${row.summary.slice(1)}.`),
    ...paragraphs(row.details),
    ...(also === "" ? [] : paragraphs(`Also: ${also}.`)),
    ...(row.arguments.length === 0 ? [] : [".SH ARGUMENTS"]),
    ...row.arguments.flatMap((argument) => tagged(argument.name, withChoices(argument))),
    ".SH OPTIONS",
    ...row.options.flatMap((option) => tagged(spellOption(option), withChoices(option))),
    ...optionsOfAll(options),
    ".SH EXAMPLES",
    ...row.examples.flatMap(({ line, summary }) => tagged(`${name} ${line}`, summary)),
    ".SH EXIT STATUS",
    ...exitStatus([...COMMON_EXIT_CODES, ...row.exitCodes]),
    ".SH SEE ALSO",
    `.BR ${quote(name)} (1)`,
  ]);
}

function page(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function head({ name, version }: Program, title: string, date: string): string[] {
  return [`.TH ${quote(title.toUpperCase())} 1 "${date}" ${quote(`${name} ${version}`)}`];
}

/** The line that `whatis` and `apropos` read. */
function named(name: string, summary: string): string[] {
  return [".SH NAME", ...text(`${name} \\- ${summary}`)];
}

/** What is typed as it is stands in bold; what may follow in plain, an option and its value on one line. */
function synopsis(call: string, parts: readonly string[]): string[] {
  return [`.B ${quote(call)}`, ...parts.map((part) => unbroken(part))];
}

function usageOfArgument({ name, rest, required }: ArgumentSpec): string {
  const word = rest === undefined ? name : `${name}…`;
  return required ? word : `[${word}]`;
}

function optionsOfAll(options: readonly OptionSpec[]): string[] {
  return [
    ...options.flatMap((option) => tagged(spellOption(option), withChoices(option))),
    tag("-h, --help"),
    ...text("explain the command"),
  ];
}

function exitStatus(codes: readonly number[]): string[] {
  const known = new Map(Object.entries(EXIT_CODES));
  return [...new Set(codes)].sort((a, b) => a - b).flatMap((code) =>
    tagged(`${code}`, known.get(`${code}`) ?? "")
  );
}

function tagged(name: string, meaning: string): string[] {
  return [tag(name), ...text(meaning)];
}

function tag(name: string): string {
  return `.TP\n.B ${quote(name)}`;
}

function paragraphs(details: string | undefined): string[] {
  return (details ?? "").split(/\n\n+/).filter((paragraph) => paragraph !== "")
    .flatMap((paragraph) => [".PP", ...text(paragraph)]);
}

/** Text in lines that are short enough, which roff joins again. Two backslashes with a dash are roff's own. */
function text(words: string): string[] {
  const lines: string[] = [];
  for (const word of words.split(/\s+/).map((word) => word === "\\-" ? word : roff(word))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map(literal);
}

/** One line whose blanks do not break. */
function unbroken(words: string): string {
  return literal(roff(words).replaceAll(" ", "\\ "));
}

/** A dot or a quote at the start of a line would be a request. */
function literal(line: string): string {
  return line.replace(/^([.'])/, "\\&$1");
}

/** Text that roff takes literally: no escapes, dashes that can be copied, ASCII only. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    // groff_char(7), "Unicode code points": works whatever encoding roff is told.
    .replace(/[^\n\x20-\x7e]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
    });
}

function quote(text: string): string {
  return `"${roff(text).replaceAll('"', "\\(dq")}"`;
}
