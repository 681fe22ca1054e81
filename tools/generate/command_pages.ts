/**
 * The pages of commands, one for each group of a program, out of its table. What somebody wrote below `KEPT` in the section
 * of a command stays there, wherever the command moves.
 */

import {
  type CommandSpec,
  type CommandTable,
  flagWithValue,
  usageOf,
  type Whole,
} from "../../lib/commands/command_table.ts";
import { spellOption, withChoices } from "../../lib/commands/help.ts";
import type { ProgramSpec } from "../../lib/commands/program_help.ts";

/** Paths below `docs/`, and what stands there. */
export type Pages = Readonly<Record<string, string>>;

const FOLDER = "commands/";
const KEPT = "<!-- by hand -->";
const NOTICE = `<!-- Made by \`deno task generate\`; what stands below "by hand" is kept. -->`;

/** The pages of all commands. Throws when a text by hand belongs to no command any more. */
export function commandPages(
  programs: readonly ProgramSpec<CommandSpec>[],
  before: Pages,
): Record<string, string> {
  const kept = keptTexts(before);
  const pages: Record<string, string> = {};
  for (const { name, table } of programs) {
    for (const [group, rows] of table.groups()) {
      const sections = rows.map((row) => commandSection(name, row, kept));
      const title = `# \`${name}\`: ${group.toLowerCase()}`;
      pages[pageOf(name, group)] = [title, NOTICE, ...sections].join("\n\n") + "\n";
    }
  }
  if (kept.size > 0) throw new Error(`Texts by hand without a command: ${[...kept.keys()]}`);
  return pages;
}

/** Every command of a program with its summary, by group, each with a link to its section. */
export function commandList({ name, table }: ProgramSpec<CommandSpec>): string {
  return [...table.groups()].map(([group, rows]) => {
    const lines = rows.map((row) => {
      const heading = headingOf(name, row);
      return [`[\`${row.name}\`](${pageOf(name, group)}#${anchor(heading)})`, cell(row.summary)];
    });
    return `**${group}**\n\n${markdownTable(["command", "what it does"], lines)}`;
  }).join("\n\n");
}

/** Commands that are typed line by line: how, what else they are called, and what they do. */
export function shellTable(table: CommandTable<CommandSpec>, prefix = ""): string {
  return markdownTable(
    ["command", "also", "what it does"],
    table.visible.map((row) => [
      code(prefix + usageOf(row)),
      row.aliases.map((alias) => code(prefix + alias)).join(", "),
      cell(row.summary),
    ]),
  );
}

/** A table of Markdown; `deno fmt` aligns it. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** What a table shows as it is typed. */
export function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** Plain text that Markdown takes literally, but for what stands in backticks. */
export function cell(text: string): string {
  return text.replaceAll(/[<*|]/g, "\\$&");
}

/** What a heading is called in a link: as GitHub does it. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
}

function pageOf(program: string, group: string): string {
  return `${FOLDER}${program}-${anchor(group)}.md`;
}

/** Command and arguments, without options: `heliograph send TO [TEXT…]`. */
function headingOf(program: string, row: Whole): string {
  return `${program} ${usageOf({ ...row, options: [] })}`;
}

function keptTexts(pages: Pages): Map<string, string> {
  const kept = new Map<string, string>();
  for (const [path, page] of Object.entries(pages)) {
    if (!path.startsWith(FOLDER)) continue;
    for (const section of page.split(/^### /m).slice(1)) {
      const [made, byHand] = section.split(`\n${KEPT}\n`);
      // By program and command, without its arguments, which may change.
      const command = /^`([^`A-Z[]+?) *[`A-Z[]/.exec(made)?.[1] ?? "";
      if (byHand !== undefined) kept.set(command, byHand.trim());
    }
  }
  return kept;
}

function commandSection(program: string, row: Whole, kept: Map<string, string>): string {
  const heading = headingOf(program, row);
  const byHand = kept.get(`${program} ${row.name}`);
  kept.delete(`${program} ${row.name}`);
  const also = row.aliases.map(code).join(", ");
  const summary = row.summary.charAt(0).toUpperCase() + row.summary.slice(1);
  const parameters = [
    ...row.arguments.map((one) => [code(one.name), cell(withChoices(one))]),
    ...row.options.map((one) => [code(spellOption(one)), cell(withChoices(one))]),
  ];
  const parts = [
    `### \`${heading}\``,
    `${cell(summary)}.${also === "" ? "" : ` Also: ${also}.`}`,
    cell(row.details ?? ""),
    parameters.length === 0 ? "" : markdownTable(["argument or option", "meaning"], parameters),
    ["```", ...row.examples.map(({ line }) => `${program} ${line}`), "```"].join("\n"),
    row.exitCodes.length === 0 ? "" : `More exit codes: ${row.exitCodes.join(", ")}.`,
    byHand === undefined ? "" : `${KEPT}\n\n${byHand}`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The options that every command of a program takes. */
export function globalOptions({ options }: ProgramSpec<CommandSpec>): string {
  return markdownTable(
    ["option", "meaning"],
    options.map((one) => [code(flagWithValue(one)), cell(withChoices(one))]),
  );
}
