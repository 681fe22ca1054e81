/** The command line out of a command table, by commander. The only file that knows commander, so that it can be exchanged. */

import { Argument, Command, CommanderError, Option } from "commander";
import { Bug } from "../base/errors.ts";
import type { ArgumentSpec, CommandSpec, OptionSpec, Whole } from "./command_table.ts";
import { CommandValues } from "./command_values.ts";
import { commandHelp, familyHelp, programHelp, type ProgramSpec } from "./program_help.ts";
import { isMissing } from "./read_arguments.ts";
import { exampleOf } from "./seed_words.ts";
import { suggest } from "./suggest.ts";

/** What the arguments ask for. */
export type ArgvOutcome<Row extends CommandSpec> =
  | {
    readonly kind: "command";
    readonly row: Whole<Row>;
    /** The command's own arguments and options, and the program's options. */
    readonly values: CommandValues;
  }
  /** For standard output, then exit code 0. */
  | { readonly kind: "text"; readonly text: string }
  /** For standard error, then exit code 2. Holds words of the command line. */
  | { readonly kind: "usage"; readonly message: string };

/** `help send` says the same as `send --help`. */
const HELP_COMMAND = "help";

/** Reads the arguments of the program. Runs nothing and writes nothing. */
export async function parseArgv<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  argv: readonly string[],
): Promise<ArgvOutcome<Row>> {
  if (argv.length === 0 && spec.defaultCommand === undefined) {
    return { kind: "text", text: programHelp(spec) };
  }
  if (argv.length === 1 && isFamily(spec, argv[0])) {
    return { kind: "text", text: familyHelp(spec, argv[0]) };
  }
  if (argv[0] === HELP_COMMAND) return answerHelp(spec, argv.slice(1));
  const unknown = findUnknown(spec, argv);
  if (unknown !== undefined) return unknown;
  const called = leadingWords(spec, argv).join(" ");
  const reading: Reading<Row> = {
    ...{ spec, outcome: undefined, output: "", errors: "", failed: "" },
    called: spec.table.get(called) && called,
  };
  const program = buildProgram(reading);
  try {
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
  /** The command of two words that is called, as it was spelled. */
  readonly called: string | undefined;
  outcome: ArgvOutcome<Row> | undefined;
  output: string;
  errors: string;
  /** The command that could not be read, as it was spelled; "" for the program itself. */
  failed: string;
}

function buildProgram<Row extends CommandSpec>(reading: Reading<Row>): Command {
  const { spec } = reading;
  const program = new Command(spec.name).description(spec.summary);
  program.version(`${spec.name} ${spec.version}`, "-V, --version", "print the version");
  prepare(program, reading, { name: "", help: () => programHelp(spec) });
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
  { name, help }: { name: string; help: () => string },
): void {
  command.exitOverride();
  command.helpOption("-h, --help", "explain the command");
  command.helpCommand(false);
  command.configureOutput({
    writeOut: (text) => reading.output += text,
    writeErr: (text) => reading.errors += text,
    outputError: (text, write) => {
      reading.failed = name;
      write(text);
    },
  });
  command.configureHelp({ formatHelp: help });
}

function addRow<Row extends CommandSpec>(
  program: Command,
  row: Whole<Row>,
  context: { reading: Reading<Row>; families: Map<string, Command> },
): void {
  const { reading, families } = context;
  for (const [i, spelling] of [row.name, ...row.aliases].entries()) {
    const words = spelling.split(" ");
    const parent = words.length === 1 ? program : familyOf(program, words[0], context);
    const command = new Command(words[words.length - 1]).description(row.summary);
    prepare(command, reading, { name: spelling, help: () => commandHelp(reading.spec, row) });
    for (const argument of row.arguments) command.addArgument(makeArgument(argument));
    // Commander reads all options of `stream accept` by those of `stream` first.
    const isPassed = reading.called?.startsWith(`${spelling} `) === true;
    if (!isPassed) { for (const option of row.options) command.addOption(makeOption(option)); }
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
  prepare(family, reading, { name, help: () => familyHelp(reading.spec, name) });
  program.addCommand(family);
  families.set(name, family);
  return family;
}

function makeArgument(spec: ArgumentSpec): Argument {
  const name = spec.rest === undefined ? spec.name : `${spec.name}...`;
  const isRequired = spec.required && spec.insteadBy === undefined;
  const argument = new Argument(isRequired ? `<${name}>` : `[${name}]`, spec.summary);
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
  row: Whole<Row>,
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
  const missing = row.arguments.slice(words.length).find((one) => isMissing(one, read));
  if (missing !== undefined) {
    const message = `error: missing required argument '${missing.name}'`;
    command.error(message, { code: "commander.missingArgument" });
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

/** A first word that is no command by itself, and that says nothing wrong. */
function isFamily<Row extends CommandSpec>({ table }: ProgramSpec<Row>, word: string): boolean {
  return table.get(word) === undefined && table.family(word).length > 0;
}

/** The words behind `help`. */
function answerHelp<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  words: readonly string[],
): ArgvOutcome<Row> {
  const [first] = words;
  // `help --help` asks for the same.
  if (first === undefined || first.startsWith("-")) {
    return { kind: "text", text: programHelp(spec) };
  }
  const found = spec.table.find(words);
  if (found !== undefined) return { kind: "text", text: commandHelp(spec, found.row) };
  if (spec.table.family(first).length > 0) {
    return { kind: "text", text: familyHelp(spec, first) };
  }
  return { kind: "usage", message: unknownCommand(spec, first) };
}

/** The first word is no command: commander would call it an argument too many. */
function findUnknown<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  argv: readonly string[],
): ArgvOutcome<Row> | undefined {
  const [first] = leadingWords(spec, argv);
  if (first === undefined) return undefined;
  if (firstWords(spec).includes(first)) return undefined;
  return { kind: "usage", message: unknownCommand(spec, first) };
}

function firstWords<Row extends CommandSpec>({ table }: ProgramSpec<Row>): readonly string[] {
  return table.spellings.map((spelling) => spelling.split(" ")[0]);
}

/** Typed for what no command of ours is called: `ban` is near, and not meant. */
const MANUAL = /^man(?:ual|page)?$/i;

function unknownCommand<Row extends CommandSpec>(spec: ProgramSpec<Row>, word: string): string {
  if (MANUAL.test(word)) {
    return `No command '${word}'. '${spec.name} help COMMAND' explains one; manual pages are called as 'man ${spec.name}-COMMAND'`;
  }
  const near = suggest(word, firstWords(spec));
  const hint = near === undefined
    ? `'${spec.name} --help' lists them all`
    : `Did you mean '${near}'?`;
  return `No command '${word}'. ${hint}`;
}

/** The first two words, without the program's options and their values. */
function leadingWords<Row extends CommandSpec>(
  spec: ProgramSpec<Row>,
  argv: readonly string[],
): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length && words.length < 2; i++) {
    const word = argv[i];
    const option = spec.options.find((one) => one.flag === word || one.short === word);
    if (!word.startsWith("-")) words.push(word);
    else if (option?.valueName !== undefined) i++;
  }
  return words;
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
  const call = [spec.name, reading.failed, "--help"].filter((word) => word !== "").join(" ");
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const isOfFamily = spec.table.family(reading.failed).length > 0;
  if (error.code === "commander.unknownCommand" && isOfFamily) {
    return `${sentence}\n${familyHelp(spec, reading.failed)}`.trimEnd();
  }
  const row = spec.table.get(reading.failed);
  const example = row === undefined ? "" : `\nExample: ${spec.name} ${exampleOf(row)}`;
  return `${sentence}${example}\nMore: '${call}'`;
}
