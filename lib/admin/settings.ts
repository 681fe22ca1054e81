/** The settings of `serve`: file < environment < options, each value with where it comes from. */

import { dirname, join } from "node:path";
import { decodeUtf8 } from "../base/bytes.ts";
import { describeError, UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { type ConfigFile, parseConfig } from "../server/config/config_file.ts";
import { type Setting, SETTINGS, variableOf } from "../server/config/settings.ts";
import { problemOf } from "../server/config/setting_type.ts";
import { type AdminIo, resolvePath, serverFolders } from "./admin_io.ts";
import { workerSettings } from "./worker_settings.ts";

/** A value, and whose it is. */
export interface SettingValue {
  readonly text: string;
  /** `option --listen`, `environment HELIOGRAPH_LISTEN`, `server.toml, line 3`. */
  readonly source: string;
  /** Of the file, from 1; undefined for a value from elsewhere. */
  readonly line?: number;
}

const MAX_FILE_BYTES = 256 * 1024;

/** The file that is read: the one of `--config` or `HELIOGRAPH_CONFIG`, which must be there, else the server's own. */
export function configPath(
  io: AdminIo,
  given: string | undefined,
): { path: string; mustExist: boolean } {
  const named = given ?? io.env("HELIOGRAPH_CONFIG");
  if (named !== undefined) return { path: resolvePath(io, named), mustExist: true };
  return { path: join(serverFolders(io).config, "server.toml"), mustExist: false };
}

/** A file as it is, with its problems; undefined when there is none and none must be. Throws UsageError `bad-config`. */
export function readConfig(
  { path, mustExist }: { path: string; mustExist: boolean },
): ConfigFile | undefined {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    if (Deno.statSync(path).size > MAX_FILE_BYTES) {
      throw new UsageError("bad-config", `Cannot use ${path}: it is no file of settings`);
    }
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !mustExist) return undefined;
    if (error instanceof UsageError) throw error;
    const why = error instanceof Deno.errors.NotFound ? "no such file" : describeError(error);
    throw new UsageError("bad-config", `Cannot read ${path}: ${why}`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    throw new UsageError("bad-config", `Cannot read ${path}: it is not UTF-8`);
  }
  return parseConfig(text);
}

/** What is wrong in a file, as lines for a person. */
function problemLines(path: string, { problems }: ConfigFile): readonly string[] {
  return problems.map(({ line, message }) => `${path}, line ${line}: ${message}`);
}

/** All settings that somebody has made. */
export class Settings {
  readonly #values: ReadonlyMap<string, SettingValue>;

  private constructor(values: ReadonlyMap<string, SettingValue>) {
    this.#values = values;
  }

  /**
   * `values` are those of `serve`; without them only file and environment count. Throws UsageError `bad-config`, which names
   * every mistake of the file.
   */
  static read(
    io: AdminIo,
    given: { config: string | undefined; values?: CommandValues },
  ): Settings {
    const place = configPath(io, given.config);
    const file = readConfig(place);
    if (file !== undefined && file.problems.length > 0) {
      throw new UsageError("bad-config", problemLines(place.path, file).join("\n"));
    }
    const values = new Map<string, SettingValue>();
    for (const setting of SETTINGS) {
      const value = given.values && fromOption(setting, given.values) ||
        fromEnvironment(io, setting) || fromFile(setting, place.path, file);
      if (value !== undefined) values.set(setting.key, value);
    }
    for (const [key, text] of workerSettings(io)) {
      if (text === null) values.delete(key);
      else values.set(key, { text, source: "worker" });
    }
    return new Settings(values);
  }

  get(key: string): SettingValue | undefined {
    return this.#values.get(key);
  }

  text(key: string): string | undefined {
    return this.#values.get(key)?.text;
  }

  /** Of a number. */
  count(key: string): number | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : Number(text);
  }

  isOn(key: string): boolean {
    return this.text(key) === "true";
  }

  /** Keys whose values differ. */
  differences(other: Settings): readonly Setting[] {
    return SETTINGS.filter(({ key }) => this.text(key) !== other.text(key));
  }
}

function fromOption(setting: Setting, values: CommandValues): SettingValue | undefined {
  const { key, type } = setting;
  const flag = `--${key}`;
  const source = `option ${flag}`;
  if (type.is === "switch") return values.has(flag) ? { text: "true", source } : undefined;
  const text = values.option(flag);
  if (text === undefined) return undefined;
  if (type.is === "count") readCount(flag, text, { ...type, otherwise: 0 });
  const problem = problemOf(setting, text);
  if (problem !== undefined) {
    const code = type.is === "name" || type.is === "address" ? `bad-${type.is}` : `bad-${key}`;
    throw new UsageError(code, `Cannot use ${flag}: ${problem}`);
  }
  return { text, source };
}

function fromEnvironment(io: AdminIo, setting: Setting): SettingValue | undefined {
  const variable = variableOf(setting.key);
  const text = io.env(variable);
  if (text === undefined || text === "") return undefined;
  const value = setting.type.is === "switch"
    ? text.replace(/^1$/, "true").replace(/^0$/, "false")
    : text;
  const problem = problemOf(setting, value);
  if (problem !== undefined) {
    throw new UsageError("bad-config", `Cannot use ${variable}: ${problem}`);
  }
  return { text: value, source: `environment ${variable}` };
}

function fromFile(
  { key, type }: Setting,
  path: string,
  file: ConfigFile | undefined,
): SettingValue | undefined {
  const found = file?.values.get(key);
  if (found === undefined) return undefined;
  const { text, line } = found;
  const isRelative = type.is === "path" && !/^(?:[/\\]|[A-Za-z]:)/.test(text);
  const source = `${path}, line ${line}`;
  return { text: isRelative ? join(dirname(path), text) : text, source, line };
}

/** A whole number of the command line. */
export function readCount(
  name: string,
  text: string | undefined,
  range: { least: number; most: number; otherwise: number },
): number {
  if (text === undefined) return range.otherwise;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= range.least && number <= range.most) return number;
  throw new UsageError(
    "bad-number",
    `Cannot use ${name} ${text}: allowed are ${range.least} to ${range.most}`,
  );
}
