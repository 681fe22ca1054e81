/** What a program says of itself and of its commands on the command line. */

import {
  type CommandSpec,
  type CommandTable,
  flagWithValue,
  type OptionSpec,
  type Whole,
} from "./command_table.ts";
import { COMMON_EXIT_CODES } from "./exit_code.ts";
import { describeCommand, listCommands, section, withChoices } from "./help.ts";

/** A program as the shell sees it. */
export interface ProgramSpec<Row extends CommandSpec> {
  /** As it is called, e.g. `heliograph`. */
  readonly name: string;
  readonly version: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly table: CommandTable<Row>;
  /** Options that every command takes, before or behind its name. */
  readonly options: readonly OptionSpec[];
  /** Ways to call it, and what each does: above the list of commands. */
  readonly usages?: readonly (readonly [line: string, summary: string])[];
  /** What most people need on most days, by name: shown above all commands. */
  readonly daily?: readonly string[];
  /** What runs when there is no command, by its name in the table; without it, help is shown. */
  readonly defaultCommand?: string;
}

/** Help for the program as a whole. */
export function programHelp<Row extends CommandSpec>(spec: ProgramSpec<Row>): string {
  const { name, summary, table, options, usages, daily = [] } = spec;
  const often = daily.flatMap((one) => {
    const row = table.get(one);
    return row === undefined ? [] : [[row.name, row.summary] as const];
  });
  const everywhere = [
    ...options.map((option) => [flagWithValue(option), withChoices(option)] as const),
    ["-h, --help", "explain the command"],
    ["-V, --version", "print the version"],
  ] as const;
  return [
    summary,
    usages === undefined ? `Usage: ${name} COMMAND [OPTIONS]` : section("Usage", usages),
    ...often.length === 0 ? [] : [section("Every day", often)],
    listCommands(table, { prefix: "" }).trimEnd(),
    section("With every command", everywhere),
    `'${name} help COMMAND' explains one command.`,
  ].join("\n\n") + "\n";
}

/** Help for one command. */
export function commandHelp<Row extends CommandSpec>(
  { name, options }: ProgramSpec<Row>,
  row: Whole<Row>,
): string {
  const flags = options.map(({ flag }) => flag).join(", ");
  return describeCommand(row, {
    prefix: `${name} `,
    exitCodes: COMMON_EXIT_CODES,
    ...(flags === "" ? {} : { footer: `With every command: ${flags}. More: '${name} --help'` }),
  });
}

/** Help for all commands that begin with the same word: their list, and where to read on. */
export function familyHelp<Row extends CommandSpec>(spec: ProgramSpec<Row>, name: string): string {
  const rows = spec.table.family(name);
  const list = section(
    `'${name}' needs one more word`,
    rows.map((row) => [row.name, row.summary]),
  );
  const [first] = rows;
  return `${list}\n\n'${spec.name} help ${first.name}' explains that one\n`;
}
