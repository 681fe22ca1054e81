/** From the rest of a line to a command's values. */

import type { ArgumentSpec, OptionSpec, Whole } from "./command_table.ts";
import { CommandValues } from "./command_values.ts";
import { suggest } from "./suggest.ts";
import { nextWord } from "./words.ts";

/** Values that fit the row, or what is wrong. */
export type ArgumentsResult =
  | { readonly kind: "values"; readonly values: CommandValues }
  /** What is wrong. Usage is the caller's to add. Holds words of the line: foreign text as far as the screen is concerned. */
  | {
    readonly kind: "invalid";
    readonly problem: string;
    /** Something that the command needs was not given. */
    readonly isMissing?: true;
  };

/** Stops the reading; the text is for the person. */
interface Problem {
  readonly problem: string;
  readonly isMissing?: true;
}

/** What has been read of one line. */
interface Reading {
  readonly row: Whole;
  readonly line: string;
  at: number;
  readonly words: string[];
  readonly options: Map<string, string | true>;
  /** Free text, once it began. */
  text: string | undefined;
  optionsEnded: boolean;
}

/**
 * Reads `line` from `start` on, where the command's name ended. Options may stand anywhere before free text, and `--` ends them.
 * In free text quotes and dashes mean nothing.
 */
export function readArguments(row: Whole, line: string, start: number): ArgumentsResult {
  const reading: Reading = {
    row,
    line,
    at: start,
    words: [],
    options: new Map(),
    text: undefined,
    optionsEnded: row.options.length === 0,
  };
  while (reading.text === undefined && line.slice(reading.at).trim() !== "") {
    const problem = readOne(reading);
    if (problem !== undefined) return { kind: "invalid", ...problem };
  }
  const given = assignWords(row.arguments, reading);
  if ("problem" in given) return { kind: "invalid", ...given };
  const values = new CommandValues(row, { arguments: given.values, options: reading.options });
  return { kind: "values", values };
}

function readOne(reading: Reading): Problem | undefined {
  const { row, line } = reading;
  const rest = line.slice(reading.at).trim();
  // A dash on its own stands for standard input, or begins a sentence.
  const mayBeOption = !reading.optionsEnded && /^--?[a-z]|^--(?:\s|$)/i.test(rest);
  if (!mayBeOption && row.arguments[reading.words.length]?.rest === "text") {
    reading.text = rest;
    return undefined;
  }
  const word = nextWord(line, reading.at);
  if (word.kind !== "word") return { problem: `A quote is not closed: ${rest}` };
  reading.at = word.end;
  if (mayBeOption && !word.quoted) return readOption(reading, word.text);
  reading.words.push(word.text);
  return undefined;
}

function readOption(reading: Reading, word: string): Problem | undefined {
  if (word === "--") {
    reading.optionsEnded = true;
    return undefined;
  }
  const [, flag, attached] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const { options } = reading.row;
  const option = options.find((one) => one.flag === flag || one.short === flag);
  if (option === undefined) return unknownOption(flag, options);
  if (option.valueName === undefined) {
    if (attached !== undefined) return { problem: `${option.flag} takes no value` };
    reading.options.set(option.flag, true);
    return undefined;
  }
  const value = attached ?? takeValue(reading);
  if (value === undefined) return { problem: `${option.flag} needs ${option.valueName}` };
  reading.options.set(option.flag, value);
  return choiceProblem(option.flag, option.choices, value);
}

function takeValue(reading: Reading): string | undefined {
  const word = nextWord(reading.line, reading.at);
  if (word.kind !== "word") return undefined;
  reading.at = word.end;
  return word.text;
}

function unknownOption(flag: string, options: readonly OptionSpec[]): Problem {
  const near = suggest(flag, options.map((option) => option.flag));
  const hint = near === undefined ? "" : `. Did you mean ${near}?`;
  return { problem: `No option ${flag}${hint}` };
}

function choiceProblem(
  name: string,
  choices: readonly string[] | undefined,
  value: string,
): Problem | undefined {
  if (choices === undefined || choices.includes(value)) return undefined;
  return { problem: `${name} is one of ${choices.join(", ")}, not ${value}` };
}

/** Whether an argument that was not given had to be. */
export function isMissing(
  { required, insteadBy }: ArgumentSpec,
  options: ReadonlyMap<string, unknown>,
): boolean {
  return required && !(insteadBy ?? []).some((flag) => options.has(flag));
}

function assignWords(
  specs: readonly ArgumentSpec[],
  reading: Reading,
): Problem | { readonly values: ReadonlyMap<string, readonly string[]> } {
  const values = new Map<string, readonly string[]>();
  const left = [...reading.words];
  for (const spec of specs) {
    const text = reading.text === undefined ? [] : [reading.text];
    const words = spec.rest === undefined
      ? left.splice(0, 1)
      : spec.rest === "words"
      ? left.splice(0)
      : text;
    if (words.length === 0 && isMissing(spec, reading.options)) {
      return { problem: `${spec.name} is missing`, isMissing: true };
    }
    for (const word of words) {
      const problem = choiceProblem(spec.name, spec.choices, word);
      if (problem !== undefined) return problem;
    }
    if (words.length > 0) values.set(spec.name, words);
  }
  if (left.length > 0) {
    const takes = specs.length === 0 ? "takes no text" : "takes fewer words";
    return { problem: `${reading.row.name} ${takes}: leave out ${left.join(" ")}` };
  }
  return { values };
}
