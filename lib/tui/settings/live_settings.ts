/** The settings while the screen is open: what is changed is written to the person's file and is so at once. */

import { HeliographError } from "../../base/errors.ts";
import { isNoToml, withSetting } from "../../base/config_lines.ts";
import { type FileChange, type FileValue, fileValues } from "./file_settings.ts";
import { parseSettings, SETTING_ROWS, type Settings, type SettingValue } from "./settings.ts";

/** What they are kept with. */
export interface LiveSettingsOptions {
  readonly settings: Settings;
  /** The text of `config.toml`. Rejects with StorageError. */
  read(): Promise<string>;
  write(text: string): Promise<void>;
  /** What in the whole text cannot be meant, beside the screen's own tables; each a sentence. */
  problemsIn(text: string): readonly string[];
  /** Has the screen go by them, after it went by `before`. */
  apply(settings: Settings, before: Settings): void;
}

/** One to a screen. */
export class LiveSettings {
  readonly #options: LiveSettingsOptions;
  #now: Settings;
  #shown: Settings;
  /** What is kept before. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#now = this.#shown = options.settings;
  }

  /** As they are kept. */
  get now(): Settings {
    return this.#now;
  }

  /** Shows others without keeping them. */
  preview(changed: Partial<Settings>): void {
    this.#show({ ...this.#now, ...changed });
  }

  /** Goes back to what is kept. */
  restore(): void {
    this.#show(this.#now);
  }

  /**
   * Keeps a setting by its name in the file. Undefined when it is so now, else why it is not, in a sentence. The file is read again:
   * the person may have written to it, and all else in it stays.
   */
  keep(name: string, value: SettingValue): Promise<string | undefined> {
    return this.#inTurn(() => this.#keep(name, value));
  }

  async #keep(name: string, value: SettingValue): Promise<string | undefined> {
    const row = SETTING_ROWS.find((one) => one.name === name);
    if (row === undefined) {
      return `no setting ${name}; try ${SETTING_ROWS.map(({ name }) => name).join(", ")}`;
    }
    const wanted = row.read(value);
    if (wanted === undefined) return `${name} is ${row.words}`;
    try {
      const text = await this.#options.read();
      const changed = withSetting(text, {
        table: "screen",
        key: name,
        value: JSON.stringify(value),
      });
      const { settings, problems } = parseSettings(changed);
      // What is no TOML the person mends first; what a line of the file cannot hold is not written over it.
      const broken = problems.find(isNoToml);
      if (broken !== undefined) return broken;
      if (JSON.stringify(settings[row.field]) !== JSON.stringify(wanted)) {
        return `config.toml does not let ${name} change`;
      }
      await this.#options.write(changed);
      this.#now = settings;
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      return error.message;
    }
    this.restore();
    return undefined;
  }

  /** What the file says beside these, and what it could say. Rejects with StorageError. */
  async others(): Promise<readonly FileValue[]> {
    return fileValues(await this.#options.read());
  }

  /** Keeps one of those. Undefined when it is written, else why it is not, in a sentence. Colours are so at once. */
  keepOther(change: FileChange): Promise<string | undefined> {
    return this.#inTurn(() => this.#keepOther(change));
  }

  /** One after the other: each reads the file, and would write over what another one writes meanwhile. */
  #inTurn<Value>(keep: () => Promise<Value>): Promise<Value> {
    const kept = this.#before.then(keep);
    this.#before = kept.catch(() => undefined);
    return kept;
  }

  async #keepOther(change: FileChange): Promise<string | undefined> {
    try {
      const text = await this.#options.read();
      const { table, key, value } = change;
      const changed = withSetting(text, { table, key, ...value === undefined ? {} : { value } });
      const { settings, problems } = parseSettings(changed);
      const { problemsIn } = this.#options;
      // By their words: a line that is added moves those below it.
      const wordsOf = (one: string) => one.replace(/^config\.toml, line \d+/, "");
      const known = new Set([...parseSettings(text).problems, ...problemsIn(text)].map(wordsOf));
      const problem = [...problems, ...problemsIn(changed)]
        .find((one) => isNoToml(one) || !known.has(wordsOf(one)));
      if (problem !== undefined) return problem;
      await this.#options.write(changed);
      this.#now = settings;
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      return error.message;
    }
    this.restore();
    return undefined;
  }

  #show(settings: Settings): void {
    const before = this.#shown;
    this.#shown = settings;
    this.#options.apply(settings, before);
  }
}
