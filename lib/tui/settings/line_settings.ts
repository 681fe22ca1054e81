/** The settings where there is no screen: the same file, the same names and the same sentences, for the line dialogue. */

import { parse, TomlError } from "smol-toml";
import { StorageError, UsageError } from "../../base/errors.ts";
import { fileChange } from "./file_settings.ts";
import { LiveSettings, type LiveSettingsOptions } from "./live_settings.ts";
import { isQuiet, parseSettings, readSettings, SETTING_ROWS, type Settings } from "./settings.ts";

type SettingsFile = Pick<LiveSettingsOptions, "read" | "write" | "problemsIn">;

/** Reads the file whenever it is asked: nothing here looks on. */
export class LineSettings {
  readonly #file: SettingsFile;

  constructor(file: SettingsFile) {
    this.#file = file;
  }

  /** All of them, in the order of the page. Rejects with StorageError. */
  async list(): Promise<
    readonly { readonly name: string; readonly value: string; readonly about: string }[]
  > {
    const live = await this.#open();
    const own = SETTING_ROWS.map((row) => ({
      name: row.name,
      value: row.show(live.now),
      about: row.choices.length === 0 ? row.about : `${row.about}; ${choicesOf(row.choices)}`,
    }));
    return [...own, ...await live.others()];
  }

  /** What in the file cannot be meant, each a sentence with its line. Rejects with StorageError. */
  async problems(): Promise<readonly string[]> {
    const { problems } = await readSettings(this.#file.read, this.#file.problemsIn);
    return problems;
  }

  /** What the keys of the full screen do, as they are bound now; a star behind a key: only on an empty line. Rejects with StorageError. */
  async keys(): Promise<
    readonly {
      readonly action: string;
      readonly keys: readonly string[];
      readonly summary: string;
    }[]
  > {
    const { keys } = await readSettings(this.#file.read, this.#file.problemsIn);
    return keys.rows.map(({ action, keys, onEmptyLine = [], summary }) => ({
      action,
      keys: keys.map((key) => `${key}${onEmptyLine.includes(key) ? "*" : ""}`),
      summary,
    }));
  }

  /** Keeps one; what came of it, in a sentence. */
  async keep(name: string, typed: string): Promise<string> {
    const live = await this.#open();
    const change = fileChange(name, typed);
    if (change !== undefined) {
      const problem = await live.keepOther(change);
      return problem ??
        `${name} is ${change.value === undefined ? "as usual" : typed} from the next start on`;
    }
    const row = SETTING_ROWS.find((one) => one.name === name);
    return await live.keep(name, row?.typed(typed) ?? typed) ?? `${name} is now ${typed}`;
  }

  /** Undefined unless the person chose a bell, and in quiet hours. */
  async bell(nowMs: number): Promise<{ readonly highlights: readonly string[] } | undefined> {
    const text = await this.#readable();
    const { notify, quiet, highlights } = parseSettings(text).settings;
    // Without a choice a line that is read aloud is notice enough.
    if (!choosesNotify(text) || notify === "off" || notify === "desktop") return undefined;
    return quiet !== undefined && isQuiet(quiet, nowMs) ? undefined : { highlights };
  }

  /** A file that cannot be read rings no bell. */
  async #readable(): Promise<string> {
    try {
      return await this.#file.read();
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof UsageError)) throw error;
      return "";
    }
  }

  async #open(): Promise<LiveSettings> {
    const settings: Settings = parseSettings(await this.#file.read()).settings;
    return new LiveSettings({ ...this.#file, settings, apply: () => {} });
  }
}

function choicesOf(choices: readonly (string | boolean)[]): string {
  return choices.join(", ");
}

function choosesNotify(text: string): boolean {
  try {
    const { screen } = parse(text);
    return typeof screen === "object" && screen !== null && "notify" in screen;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return false;
  }
}
