/** Manual pages out of a command table, in the man macros (man(7)). */

import {
  type CommandSpec,
  type CommandTable,
  type OptionSpec,
  usageOf,
  type Whole,
} from "./command_table.ts";
import { COMMON_EXIT_CODES, EXIT_CODES } from "./exit_code.ts";
import { spellOption, withChoices } from "./help.ts";

/** What a page says besides its commands. */
export interface ManPageSpec {
  /** The program, e.g. `heliograph`. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly version: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Paragraphs, apart by an empty line. */
  readonly description: string;
  /** Options of every command. */
  readonly options: readonly OptionSpec[];
  /** Titles and texts after the commands, e.g. `FILES`. */
  readonly sections: readonly { readonly title: string; readonly text: string }[];
}

/** The page `NAME(1)`. Ends with a line break. */
export function manPage<Row extends CommandSpec>(
  table: CommandTable<Row>,
  spec: ManPageSpec,
): string {
  const lines = [
    `.TH ${quote(spec.name.toUpperCase())} 1 ${quote(spec.date)} ${
      quote(`${spec.name} ${spec.version}`)
    }`,
    ".SH NAME",
    `${roff(spec.name)} \\- ${roff(spec.summary)}`,
    ".SH SYNOPSIS",
    `.B ${roff(spec.name)}`,
    "[COMMAND] [OPTIONS]",
    ".SH DESCRIPTION",
    ...paragraphs(spec.description),
    ...(spec.options.length === 0 ? [] : [".SH OPTIONS"]),
    ...spec.options.flatMap((option) => tagged(spellOption(option), withChoices(option))),
    ".SH COMMANDS",
    ...[...table.groups()].flatMap(([group, rows]) => [
      `.SS ${quote(group)}`,
      ...rows.flatMap((row) => describeRow(row, spec.name)),
    ]),
    ".SH EXIT STATUS",
    ...Object.entries(EXIT_CODES).flatMap(([code, meaning]) => tagged(code, meaning)),
    ...spec.sections.flatMap(({ title, text }) => [`.SH ${quote(title)}`, ...paragraphs(text)]),
  ];
  return lines.join("\n") + "\n";
}

function describeRow(row: Whole, program: string): string[] {
  return [
    ...tagged(`${program} ${usageOf(row)}`, `${row.summary}.`),
    ".RS",
    ...(row.details === undefined ? [] : paragraphs(row.details)),
    ...row.arguments.flatMap((argument) => tagged(argument.name, withChoices(argument))),
    ...row.options.flatMap((option) => tagged(spellOption(option), withChoices(option))),
    ...row.examples.flatMap((example) => [
      ".PP",
      `${roff(example.summary)}:`,
      ".PP",
      ".nf",
      `.RS\n${roff(`${program} ${example.line}`)}\n.RE`,
      ".fi",
    ]),
    ...exitCodes(row),
    ".RE",
  ];
}

function exitCodes({ exitCodes }: Whole): string[] {
  const codes = [...COMMON_EXIT_CODES, ...exitCodes].sort((a, b) => a - b);
  return [".PP", `Exit codes: ${codes.join(", ")}.`];
}

function tagged(tag: string, text: string): string[] {
  return [".TP", `\\fB${roff(tag)}\\fR`, roff(text)];
}

function paragraphs(text: string): string[] {
  return text.split(/\n\n+/).flatMap((paragraph) => [".PP", roff(paragraph)]);
}

/** Text that roff takes literally: no escapes, no requests at the start of a line, dashes that can be copied, ASCII only. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/gm, "\\&$1")
    // groff_char(7), "Unicode code points": works whatever encoding roff is told.
    .replace(/[^\n\x20-\x7e]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
    });
}

function quote(text: string): string {
  return `"${roff(text).replaceAll('"', "\\(dq")}"`;
}
