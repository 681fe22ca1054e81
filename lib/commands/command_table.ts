/**
 * Commands as data: one table feeds the command line, slash commands, help, man pages and completions. The rows live in the
 * face that runs them.
 */

import { Bug } from "../base/errors.ts";
import type { ExitCode } from "./exit_code.ts";

/** What a value is, for completion: of this machine, of the client that runs, or nothing that can be listed. */
export type ValueKind =
  | "file"
  | "folder"
  | "person"
  | "room"
  | "conversation"
  | "profile"
  | "video"
  | "free";

/** Something that follows the command's name. */
export interface ArgumentSpec {
  /** As in usage lines, e.g. `TO`. */
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** With one of these options it may be left out though it is required: the command judges what is there. */
  readonly insteadBy?: readonly string[];
  /**
   * Only for the last one. `words`: any number of words. `text`: everything to the end of the line, with its spaces and quotes
   * as typed; on the command line the words joined by one space.
   */
  readonly rest?: "words" | "text";
  readonly choices?: readonly string[];
  /** Where its name does not say it, see `valueKindOf`. */
  readonly takes?: ValueKind;
}

/** Something with dashes that changes what the command does. */
export interface OptionSpec {
  /** With its dashes, e.g. `--password-file`. */
  readonly flag: string;
  /** One letter with its dash, e.g. `-q`. */
  readonly short?: string;
  /** What follows it, e.g. `FILE`; without it the option is on or off. */
  readonly valueName?: string;
  readonly choices?: readonly string[];
  /** Where the value's name does not say it, see `valueKindOf`. */
  readonly takes?: ValueKind;
  readonly summary: string;
}

/** A line that can be typed as it is, without prefix, and what it does. */
export interface CommandExample {
  readonly line: string;
  readonly summary: string;
}

/** One command; what it does not have it leaves out. A name of two words, e.g. `room new`, belongs to the family `room`. */
export interface CommandSpec {
  readonly name: string;
  /** Other spellings that resolve to it, of one or two words. */
  readonly aliases?: readonly string[];
  /** Under what it stands in the list, e.g. `Messages`. */
  readonly group: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** More, for help and man page. Paragraphs are apart by an empty line. */
  readonly details?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** At least one. */
  readonly examples: readonly CommandExample[];
  /** Which it may end with, besides `COMMON_EXIT_CODES`. Slash commands have none. */
  readonly exitCodes?: readonly ExitCode[];
  /** True leaves it out of lists and completions; it works all the same. */
  readonly hidden?: boolean;
}

/** The same with empty lists for what it leaves out. */
export type Whole<Row extends CommandSpec = CommandSpec> =
  & Row
  & Required<Pick<CommandSpec, "aliases" | "arguments" | "options" | "exitCodes">>;

/** Of any row. */
export function whole<Row extends CommandSpec>(row: Row): Whole<Row> {
  return { aliases: [], arguments: [], options: [], exitCodes: [], ...row };
}

/** A command found in a line, and how many of its words were the name. */
export interface FoundCommand<Row extends CommandSpec> {
  readonly row: Whole<Row>;
  readonly nameWords: number;
}

/** Rows by name and alias. Names do not depend on case: the seeds shout theirs. */
export class CommandTable<Row extends CommandSpec> {
  readonly rows: readonly Whole<Row>[];
  readonly #byName = new Map<string, Whole<Row>>();

  /** Throws `Bug` when two rows share a spelling or a row contradicts itself. */
  constructor(rows: readonly Row[]) {
    this.rows = rows.map(whole);
    for (const row of this.rows) {
      checkRow(row);
      for (const spelling of [row.name, ...row.aliases]) {
        const key = spelling.toLowerCase();
        if (this.#byName.has(key)) throw new Bug(`Cannot add command: '${spelling}' is taken`);
        this.#byName.set(key, row);
      }
    }
  }

  /** By name or alias; a family of two words by both, with one space between. */
  get(name: string): Whole<Row> | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The command that `words` begin with: the longer name wins, so `room new` before `room`. */
  find(words: readonly string[]): FoundCommand<Row> | undefined {
    for (const nameWords of [2, 1]) {
      if (words.length < nameWords) continue;
      const row = this.get(words.slice(0, nameWords).join(" "));
      if (row !== undefined) return { row, nameWords };
    }
    return undefined;
  }

  /** Names of the rows that are shown, in the table's order. */
  get names(): readonly string[] {
    return this.visible.map((row) => row.name);
  }

  /** Every spelling, for suggestions. */
  get spellings(): readonly string[] {
    return this.rows.flatMap((row) => [row.name, ...row.aliases]);
  }

  get visible(): readonly Whole<Row>[] {
    return this.rows.filter((row) => row.hidden !== true);
  }

  /** Rows that begin with the word `family`, e.g. all of `room …`. */
  family(family: string): readonly Whole<Row>[] {
    return this.visible.filter((row) => row.name.startsWith(`${family.toLowerCase()} `));
  }

  /** Shown rows by group, groups in the order in which they first come. */
  groups(): ReadonlyMap<string, readonly Whole<Row>[]> {
    const groups = new Map<string, Whole<Row>[]>();
    for (const row of this.visible) groups.set(row.group, [...groups.get(row.group) ?? [], row]);
    return groups;
  }
}

function checkRow(row: Whole): void {
  const fail = (reason: string) => {
    throw new Bug(`Cannot add command '${row.name}': ${reason}`);
  };
  for (const spelling of [row.name, ...row.aliases]) {
    if (!/^\S+(?: \S+)?$/.test(spelling)) fail(`'${spelling}' is not one or two words`);
  }
  if (row.examples.length === 0) fail("it has no example");
  row.arguments.forEach((argument, i) => {
    const isLast = i === row.arguments.length - 1;
    if (argument.rest !== undefined && !isLast) {
      fail(`${argument.name} takes the rest, but is not last`);
    }
    if (argument.required && i > 0 && !row.arguments[i - 1].required) {
      fail(`${argument.name} is required after one that is not`);
    }
  });
  for (const option of row.options) {
    if (!/^--[a-z][a-z0-9-]*$/.test(option.flag)) fail(`'${option.flag}' is no option`);
    if (option.choices !== undefined && option.valueName === undefined) {
      fail(`${option.flag} has choices but no value`);
    }
  }
}

/** The command with what may follow it, e.g. `send TO TEXT… [--stdin] [--wait STATE]`. */
export function usageOf(row: Whole): string {
  const words = row.arguments.map((argument) => {
    const name = argument.rest === undefined ? argument.name : `${argument.name}…`;
    return argument.required ? name : `[${name}]`;
  });
  const options = row.options.map((option) => `[${flagWithValue(option)}]`);
  return [row.name, ...words, ...options].join(" ");
}

/** The option as it is written, e.g. `--wait STATE`. */
export function flagWithValue(option: OptionSpec): string {
  return option.valueName === undefined ? option.flag : `${option.flag} ${option.valueName}`;
}
