/** One table of the person's `config.toml`, read by who it is for. */

import { parse, TomlError } from "smol-toml";
import { lineOf, noTomlWords } from "../base/config_lines.ts";
import { UsageError } from "../base/errors.ts";

/**
 * The settings in table `name` of the whole file `text`; empty without one. Pure. Throws UsageError `bad-config` for what is no TOML, no
 * table, or has another setting than `keys`: to go on would do what the person did not mean.
 */
export function readConfigTable(
  text: string,
  name: string,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  const table = tableOf(text, name);
  const unknown = Object.keys(table).find((key) => !keys.includes(key));
  if (unknown === undefined) return table;
  const words = `there is no setting ${unknown} in [${name}]; try ${keys.join(", ")}`;
  throw badConfig(words, { text, table: name, key: unknown });
}

/** The same of a table in which the person chooses the names themselves. */
export function readWholeConfigTable(
  text: string,
  name: string,
): Readonly<Record<string, unknown>> {
  return tableOf(text, name);
}

function tableOf(text: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const { [name]: table = {} } = parse(text);
    if (typeof table === "object" && !Array.isArray(table) && !(table instanceof Date)) {
      return { ...table };
    }
    const words = `${name} is a table: write [${name}], and the settings below it`;
    throw badConfig(words, { text, table: name, key: name });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new UsageError("bad-config", `Cannot use ${noTomlWords(error)}`);
  }
}

/** A setting in the whole text of the file. */
export interface ConfigPlace {
  readonly text: string;
  readonly table: string;
  readonly key: string;
}

/** UsageError `bad-config` that says what is wrong with the file, and in which line. */
export function badConfig(what: string, { text, table, key }: ConfigPlace): UsageError {
  return new UsageError(
    "bad-config",
    `Cannot use config.toml, line ${lineOf(text, table, key)}: ${what}`,
  );
}
