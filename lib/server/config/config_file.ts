/** The file of settings: TOML, flat, with the keys of `SETTINGS`. Pure. */

import { parse, TomlError } from "smol-toml";
import { suggest } from "../../commands/suggest.ts";
import { type Setting, SETTINGS } from "./settings.ts";
import { problemOf } from "./setting_type.ts";

/** A value of the file, as text, and where it stands. */
export interface FileValue {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Something wrong in the file. */
export interface ConfigProblem {
  readonly line: number;
  /** Holds words of the file. */
  readonly message: string;
}

/** What a file says. Values are of known keys and right; what is not is among the problems. */
export interface ConfigFile {
  readonly values: ReadonlyMap<string, FileValue>;
  readonly problems: readonly ConfigProblem[];
}

const KEYS = SETTINGS.map(({ key }) => key);

/** Never throws for what a file can hold. */
export function parseConfig(text: string): ConfigFile {
  let table: Record<string, unknown>;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line is what is wrong; the others show the place.
    const message = error.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
    return { values: new Map(), problems: [{ line: error.line, message }] };
  }
  const values = new Map<string, FileValue>();
  const problems: ConfigProblem[] = [];
  for (const [key, value] of Object.entries(table)) {
    const line = lineOf(text, key);
    const setting = SETTINGS.find((known) => known.key === key);
    if (setting === undefined) problems.push({ line, message: unknownKey(key) });
    else {
      const read = readValue(setting, value);
      if (read.ok) values.set(key, { text: read.text, line });
      else problems.push({ line, message: read.problem });
    }
  }
  return { values, problems };
}

function unknownKey(key: string): string {
  const near = suggest(key, KEYS);
  return `No setting ${key}. ${
    near === undefined ? `The settings are ${KEYS.join(", ")}` : `Did you mean ${near}?`
  }`;
}

function readValue(
  setting: Setting,
  value: unknown,
): { ok: true; text: string } | { ok: false; problem: string } {
  const { key, type } = setting;
  const [isRight, words] = type.is === "count"
    ? [typeof value === "number", "a whole number"]
    : type.is === "switch"
    ? [typeof value === "boolean", "true or false"]
    : [typeof value === "string", "text in quotes"];
  if (!isRight) return { ok: false, problem: `${key} is ${words}, not ${kindOf(value)}` };
  const text = String(value);
  const problem = problemOf(setting, text);
  return problem === undefined ? { ok: true, text } : { ok: false, problem };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
    case "bigint":
      return `the number ${value}`;
    case "boolean":
      return `${value}`;
    default:
      return value instanceof Date ? "a time" : "a table";
  }
}

/** Where a key stands first; the parser does not say. A table's heading is found, too. */
function lineOf(text: string, key: string): number {
  const quoted = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const place = new RegExp(`^\\s*\\[*\\s*["']?${quoted}["']?\\s*(?:[=.\\]]|$)`, "u");
  const index = text.split("\n").findIndex((line) => place.test(line));
  return index < 0 ? 1 : index + 1;
}
