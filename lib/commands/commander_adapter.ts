/** The command line out of a command table, by commander. The only file that knows commander, so that it can be exchanged. */

import { Argument, Command, CommanderError, Option } from "commander";
import tab from "@bomb.sh/tab/commander";
import { Bug } from "../base/errors.ts";
import {
  type ArgumentSpec,
  type CommandSpec,
  type CommandTable,
  flagWithValue,
  type OptionSpec,
} from "./command_table.ts";
import { CommandValues } from "./command_values.ts";
import { describeCommand, listCommands } from "./help.ts";
import { suggest } from "./suggest.ts";

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
  /** What runs when there is no command, by its name in the table; without it, help is shown. */
  readonly defaultCommand?: string;
}

/** What the arguments ask for. */
export type ArgvOutcome<Row> =
  | {
    readonly kind: "command";
    readonly row: Row;
    /** The command's own arguments and options, and the program's options. */
    readonly values: CommandValues;
  }
  /** For standard output, then exit code 0. */
  | { readonly kind: "text"; readonly text: string }
  /** For standard error, then exit code 2. Holds words of the command line. */
  | { readonly kind: "usage"; readonly message: string }
  /** A completion request: it has been answered on standard output, exit code 0. */
  | { readonly kind: "completed" };

/** Words that make the shell completions: `completion SHELL` for people, `complete -- WORDS` for the script that it prints. */
const COMPLETION_COMMANDS: readonly string[] = ["completion", "complete"];

/**
 * Reads the arguments of the program. Runs nothing and writes nothing, except the answer to a completion request.
 */
export async function parseArgv<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  argv: readonly string[],
): Promise<ArgvOutcome<Row>> {
  if (argv.length === 0 && spec.defaultCommand === undefined) {
    return { kind: "text", text: programHelp(spec) };
  }
  const unknown = findUnknown(spec, argv);
  if (unknown !== undefined) return unknown;
  const reading: Reading<Row> = { spec, outcome: undefined, output: "", errors: "" };
  const program = buildProgram(reading);
  try {
    if (COMPLETION_COMMANDS.includes(argv[0])) {
      tab(program, { completionCommandName: "completion" });
      await program.parseAsync(argv, { from: "user" });
      return { kind: "completed" };
    }
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text: reading.output };
    return { kind: "usage", message: usageMessage(spec, reading, error) };
  }
  if (reading.outcome === undefined) throw new Bug("Cannot read arguments: no command took them");
  return reading.outcome;
}

/** One reading of one command line. */
interface Reading<Row extends CommandSpec> {
  readonly spec: ProgramSpec<Row>;
  outcome: ArgvOutcome<Row> | undefined;
  output: string;
  errors: string;
}

/** Help for the program as a whole. */
export function programHelp<Row extends CommandSpec>(spec: ProgramSpec<Row>): string {
  const options = spec.options.map((option) => `  ${flagWithValue(option)}  ${option.summary}`);
  return [
    spec.summary,
    `Usage: ${spec.name} [COMMAND] [OPTIONS]`,
    listCommands(spec.table, { prefix: "" }).trimEnd(),
    ["With every command", ...options].join("\n"),
    `'${spec.name} COMMAND --help' says all about one command`,
  ].join("\n\n") + "\n";
}

function buildProgram<Row extends CommandSpec>(reading: Reading<Row>): Command {
  const { spec } = reading;
  const program = new Command(spec.name).description(spec.summary);
  program.version(spec.version, "--version", "print the version");
  prepare(program, reading, () => programHelp(spec));
  for (const option of spec.options) program.addOption(makeOption(option));
  const families = new Map<string, Command>();
  for (const row of spec.table.rows) addRow(program, row, { reading, families });
  const defaultRow = spec.defaultCommand === undefined
    ? undefined
    : spec.table.get(spec.defaultCommand);
  if (defaultRow !== undefined) program.action(() => take(reading, defaultRow, program, []));
  return program;
}

/** No output and no exit of commander's own; help in our words. */
function prepare<Row extends CommandSpec>(
  command: Command,
  reading: Reading<Row>,
  help: () => string,
): void {
  command.exitOverride();
  command.helpOption("-h, --help", "explain and end");
  command.helpCommand(false);
  command.configureOutput({
    writeOut: (text) => reading.output += text,
    writeErr: (text) => reading.errors += text,
  });
  command.configureHelp({ formatHelp: help });
}

function addRow<Row extends CommandSpec>(
  program: Command,
  row: Row,
  context: { reading: Reading<Row>; families: Map<string, Command> },
): void {
  const { reading, families } = context;
  for (const [i, spelling] of [row.name, ...row.aliases].entries()) {
    const words = spelling.split(" ");
    const parent = words.length === 1 ? program : familyOf(program, words[0], context);
    const command = new Command(words[words.length - 1]).description(row.summary);
    prepare(command, reading, () => describeCommand(row, { prefix: `${reading.spec.name} ` }));
    for (const argument of row.arguments) command.addArgument(makeArgument(argument));
    for (const option of row.options) command.addOption(makeOption(option));
    command.action(() => take(reading, row, command, command.args));
    // Aliases work like the name, but only the name is listed and completed.
    parent.addCommand(command, { hidden: i > 0 || row.hidden === true });
    if (words.length === 1) families.set(words[0], command);
  }
}

/** The command that holds `room new`, `room list` and so on; it may be a command itself, like `stream`. */
function familyOf<Row extends CommandSpec>(
  program: Command,
  name: string,
  context: { reading: Reading<Row>; families: Map<string, Command> },
): Command {
  const { reading, families } = context;
  const known = families.get(name);
  if (known !== undefined) return known;
  const { table } = reading.spec;
  const summary = table.family(name).map((row) => row.name.split(" ")[1]).join(", ");
  const family = new Command(name).description(summary);
  prepare(family, reading, () => familyHelp(reading.spec, name));
  program.addCommand(family);
  families.set(name, family);
  return family;
}

function familyHelp<Row extends CommandSpec>(spec: ProgramSpec<Row>, name: string): string {
  return spec.table.family(name)
    .map((row) => describeCommand(row, { prefix: `${spec.name} ` })).join("\n");
}

function makeArgument(spec: ArgumentSpec): Argument {
  const name = spec.rest === undefined ? spec.name : `${spec.name}...`;
  const argument = new Argument(spec.required ? `<${name}>` : `[${name}]`, spec.summary);
  if (spec.choices !== undefined) argument.choices(spec.choices);
  return argument;
}

function makeOption(spec: OptionSpec): Option {
  const value = spec.valueName === undefined ? "" : ` <${spec.valueName}>`;
  const short = spec.short === undefined ? "" : `${spec.short}, `;
  const option = new Option(`${short}${spec.flag}${value}`, spec.summary);
  if (spec.choices !== undefined) option.choices(spec.choices);
  return option;
}

function take<Row extends CommandSpec>(
  reading: Reading<Row>,
  row: Row,
  command: Command,
  words: readonly string[],
): void {
  const { options } = reading.spec;
  const given = command.optsWithGlobals<Record<string, unknown>>();
  const read = new Map<string, string | true>();
  for (const option of [...row.options, ...options]) {
    const parsed = makeOption(option);
    const value = given[parsed.attributeName()];
    // Commander takes `--no-x` for the switch that turns `x` off, and says so by `x: false`.
    if (parsed.negate) {
      if (value === false) read.set(option.flag, true);
    } else if (typeof value === "string" || value === true) read.set(option.flag, value);
  }
  const whole = { ...row, options: [...row.options, ...options] };
  const values = new CommandValues(whole, {
    arguments: assign(row.arguments, words),
    options: read,
  });
  reading.outcome = { kind: "command", row, values };
}

/** Commander has checked counts and choices. */
function assign(
  specs: readonly ArgumentSpec[],
  words: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const [i, spec] of specs.entries()) {
    const rest = words.slice(i);
    if (rest.length === 0) break;
    if (spec.rest === "words") values.set(spec.name, rest);
    else values.set(spec.name, [spec.rest === "text" ? rest.join(" ") : rest[0]]);
  }
  return values;
}

/** The first word is no command: commander would call it an argument too many. */
function findUnknown<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  argv: readonly string[],
): ArgvOutcome<Row> | undefined {
  const first = firstWord(spec, argv);
  if (first === undefined || COMPLETION_COMMANDS.includes(first)) return undefined;
  const { table } = spec;
  const firsts = table.spellings.map((spelling) => spelling.split(" ")[0]);
  if (firsts.includes(first)) return undefined;
  const near = suggest(first, firsts);
  const hint = near === undefined
    ? `'${spec.name} --help' lists them all`
    : `Did you mean '${near}'?`;
  return { kind: "usage", message: `There is no command '${first}'. ${hint}` };
}

/** Skips the program's options and their values. */
function firstWord<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  argv: readonly string[],
): string | undefined {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (!word.startsWith("-")) return word;
    const option = spec.options.find((one) => one.flag === word || one.short === word);
    if (option?.valueName !== undefined) i++;
  }
  return undefined;
}

/** Commander's own words without its `error: `, and where to read on. */
function usageMessage<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  reading: Reading<Row>,
  error: CommanderError,
): string {
  // A family without a member, e.g. `room`: commander shows its help as an error.
  if (error.code === "commander.help") return reading.errors.trimEnd();
  const text = error.message.replace(/^error: /, "");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}\n'${spec.name} --help' says more`;
}
