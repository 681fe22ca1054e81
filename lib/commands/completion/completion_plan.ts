/**
 * What a shell completes of a program, out of its table: the scripts of all shells are written from this. Pure. Nothing private
 * is in it (SR-80): names of people, rooms and profiles are asked of the client that runs.
 */

import { Bug } from "../../base/errors.ts";
import type {
  ArgumentSpec,
  CommandSpec,
  CommandTable,
  OptionSpec,
  ValueKind,
  Whole,
} from "../command_table.ts";
import type { ProgramSpec } from "../program_help.ts";

/** A word that can be typed, and what it does. */
export interface PlannedWord {
  readonly word: string;
  readonly summary: string;
}

/** An option. `value`: "" for one that is on or off; choices with blanks between; or a kind behind an @. */
export interface PlannedOption extends PlannedWord {
  readonly value: string;
}

/** What follows some words; those of no command are the program's own. */
export interface PlannedCommand {
  /** Every spelling, the name first. */
  readonly spellings: readonly string[];
  /** Second words of a family. */
  readonly words: readonly PlannedWord[];
  /** What each argument is, as an option's value. */
  readonly values: readonly string[];
  /** Whether the last argument takes what is left. */
  readonly takesRest: boolean;
  readonly options: readonly PlannedOption[];
}

/** All of a program. */
export interface CompletionPlan {
  readonly program: string;
  /** What stands in front of the names of the script's functions, so that no other program has the same. */
  readonly prefix: string;
  /** The first has no words yet: commands, and the options of every command. */
  readonly commands: readonly PlannedCommand[];
}

/** Values by the names that tables give them. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  FILE: "file",
  PATH: "file",
  VIDEO: "file",
  DIR: "folder",
  FOLDER: "folder",
  NAME: "person",
  FROM: "person",
  WHOM: "person",
  ROOM: "room",
  TO: "conversation",
};

/** Kinds whose values every program can list. */
const LOCAL_KINDS: readonly ValueKind[] = ["file", "folder"];

/** What stands in the scripts as it is. */
const PLAIN_WORD = /^[\w.:+,-]+$/;

/** The plan of a program. `hasNames`: a running program of this kind can be asked for names. */
export function planCompletion(
  { name, table, options }: ProgramSpec<CommandSpec>,
  { hasNames }: { readonly hasNames: boolean },
): CompletionPlan {
  const value = (spec: OptionSpec | ArgumentSpec) => valueOf(spec, hasNames);
  const everywhere = [
    ...options.map((option) => planOption(option, value)),
    { word: "--help", summary: "explain the command", value: "" },
  ];
  const start: PlannedCommand = {
    spellings: [""],
    words: [...firstWords(table), { word: "help", summary: "explain a command" }],
    values: [],
    takesRest: false,
    options: everywhere,
  };
  const rows = table.rows.map((row): PlannedCommand => ({
    spellings: [row.name, ...row.aliases],
    words: secondWords(table, row.name),
    values: row.arguments.map(value),
    takesRest: row.arguments.at(-1)?.rest !== undefined,
    options: row.options.map((option) => planOption(option, value)),
  }));
  const spelled = new Set(table.spellings);
  const families = new Set(
    table.spellings.filter((one) => one.includes(" ")).map((one) => one.split(" ")[0]),
  );
  const others = [...families].filter((family) => !spelled.has(family)).map((family) => ({
    spellings: [family],
    words: secondWords(table, family),
    ...{ values: [], takesRest: false, options: [] },
  }));
  const plan = { program: name, prefix: `_${name.replaceAll(/\W/g, "_")}__` };
  const commands = [start, ...rows, ...others];
  for (const command of commands) checkWords(command);
  return { ...plan, commands };
}

/** What a value is, by its row or by its name. */
function valueKindOf(spec: ArgumentSpec | OptionSpec): ValueKind {
  return spec.takes ?? KINDS["name" in spec ? spec.name : spec.valueName ?? ""] ?? "free";
}

function valueOf(spec: ArgumentSpec | OptionSpec, hasNames: boolean): string {
  if ("flag" in spec && spec.valueName === undefined) return "";
  if (spec.choices !== undefined) return spec.choices.join(" ");
  const kind = valueKindOf(spec);
  return `@${hasNames || LOCAL_KINDS.includes(kind) ? kind : "free"}`;
}

function planOption(
  option: OptionSpec,
  value: (option: OptionSpec) => string,
): PlannedOption {
  return { word: option.flag, summary: option.summary, value: value(option) };
}

function firstWords(table: CommandTable<CommandSpec>): readonly PlannedWord[] {
  const words = new Map<string, string>();
  for (const { name, summary } of table.visible) {
    const [first, second] = name.split(" ");
    const listed = table.family(first).map((row) => row.name.split(" ")[1]).join(", ");
    if (second === undefined) words.set(first, summary);
    else if (!words.has(first)) words.set(first, listed);
  }
  return [...words].map(([word, summary]) => ({ word, summary }));
}

function secondWords(table: CommandTable<CommandSpec>, family: string): readonly PlannedWord[] {
  return table.family(family).map((row: Whole) => ({
    word: row.name.split(" ")[1],
    summary: row.summary,
  }));
}

function checkWords({ spellings, words, values, options }: PlannedCommand): void {
  const all = [
    ...spellings.flatMap((spelling) => spelling.split(" ")).filter((word) => word !== ""),
    ...[...words, ...options].map(({ word }) => word),
    ...[...values, ...options.map(({ value }) => value)].flatMap((value) =>
      value.replace(/^@/, "").split(" ").filter((word) => word !== "")
    ),
  ];
  const odd = all.find((word) => !PLAIN_WORD.test(word));
  if (odd !== undefined) throw new Bug(`Cannot write a script: '${odd}' would have to be quoted`);
}
