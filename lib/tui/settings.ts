/** The person's settings: `config.toml`, tables `[screen]` and `[colours]`. */

import { parse, TomlError } from "smol-toml";
import { StorageError } from "../base/errors.ts";
import { lineOf } from "./config_lines.ts";
import { type OwnColours, parseColours } from "./own_colours.ts";
import { type Theme, THEME_NAMES, themeFor, type ThemeGround, type ThemeName } from "./theme.ts";

/** How somebody is told that something came while they look at something else. */
const NOTIFY_CHOICES = ["bell", "desktop", "both", "off"] as const;

/** A value of the setting `notify`. */
export type NotifyChoice = typeof NOTIFY_CHOICES[number];

/** What can be set. */
export interface Settings {
  readonly theme: ThemeName;
  /** Instead of the theme's. */
  readonly colours: OwnColours;
  readonly list: boolean;
  readonly mouse: boolean;
  /** Whether this program may write into the terminal's clipboard. */
  readonly copy: boolean;
  readonly notify: NotifyChoice;
  /** Whether a notification says who wrote. What was written is never in it. */
  readonly notifyNames: boolean;
}

/** Without a file. */
export const DEFAULT_SETTINGS: Settings = {
  theme: "auto",
  colours: {},
  list: true,
  mouse: true,
  copy: true,
  notify: "both",
  notifyNames: false,
};

/** Settings, and what was wrong with the file; each a sentence. */
export interface ReadSettings {
  readonly settings: Settings;
  readonly problems: readonly string[];
}

const FILE = "config.toml";
/** How the sentence ends that is said of a file which cannot be read at all. */
export const NO_TOML = "this is no TOML";

/** Of a file that `read` gives. One that cannot be read is told, and leaves every setting as it is without a file. */
export async function readSettings(read: () => Promise<string>): Promise<ReadSettings> {
  let text: string;
  try {
    text = await read();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { settings: DEFAULT_SETTINGS, problems: [error.message] };
  }
  return parseSettings(text);
}

/** What is wrong in the text is told and left out. Pure. */
export function parseSettings(text: string): ReadSettings {
  let table: Record<string, unknown>;
  let colours: unknown;
  try {
    const whole: Record<string, unknown> = parse(text);
    table = isTable(whole.screen) ? whole.screen : {};
    colours = whole.colours;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const where = `line ${error.line}`;
    return { settings: DEFAULT_SETTINGS, problems: [`${FILE}, ${where}: ${NO_TOML}`] };
  }
  const own = parseColours(isTable(colours) ? colours : {});
  const problems = own.problems.map(({ key, words }) =>
    `${FILE}, line ${lineOf(text, "colours", key)}: ${words}`
  );
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS, colours: own.colours };
  for (const [key, value] of Object.entries(table)) {
    const row = ROWS[key];
    const where = `${FILE}, line ${lineOf(text, "screen", key)}`;
    if (row === undefined) {
      problems.push(
        `${where}: there is no setting ${key} in [screen]; try ${Object.keys(ROWS).join(", ")}`,
      );
    } else if (!row.takes(value)) problems.push(`${where}: ${key} is ${row.words}`);
    else settings[row.field] = value;
  }
  // Every field was checked by its row.
  return { settings: settings as unknown as Settings, problems };
}

/** One setting. */
export interface SettingRow {
  /** As it stands in the file. */
  readonly name: string;
  readonly field: keyof Settings;
  /** What it is for. */
  readonly about: string;
  /** What it may be. */
  readonly words: string;
  /** What keys go through; empty for what is typed. */
  readonly choices: readonly (string | boolean)[];
  takes(value: unknown): boolean;
}

type RowBegin = Pick<SettingRow, "name" | "field" | "about">;

const oneOf = (row: RowBegin, choices: readonly string[]): SettingRow => ({
  ...row,
  choices,
  words: `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`,
  takes: (value) => typeof value === "string" && choices.includes(value),
});

const isSwitch = (row: RowBegin): SettingRow => ({
  ...row,
  choices: [true, false],
  words: "true or false",
  takes: (value) => typeof value === "boolean",
});

/** All of them. */
export const SETTING_ROWS: readonly SettingRow[] = [
  oneOf({ name: "theme", field: "theme", about: "colours" }, THEME_NAMES),
  isSwitch({ name: "list", field: "list", about: "the list is shown" }),
  isSwitch({ name: "mouse", field: "mouse", about: "the mouse is used" }),
  isSwitch({ name: "copy", field: "copy", about: "copying by OSC 52" }),
  oneOf(
    { name: "notify", field: "notify", about: "while you look elsewhere" },
    NOTIFY_CHOICES,
  ),
  isSwitch({ name: "notify_names", field: "notifyNames", about: "notices say who wrote" }),
];

const ROWS: Readonly<Record<string, SettingRow>> = Object.fromEntries(
  SETTING_ROWS.map((row) => [row.name, row]),
);

/** Names of the settings, as they stand in the file. */
export const SETTING_NAMES: readonly string[] = Object.keys(ROWS);

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** NO_COLOR (https://no-color.org) beats the file. */
export function themeOf(
  settings: Pick<Settings, "theme" | "colours">,
  env: (name: string) => string | undefined,
  ground: ThemeGround,
): Theme {
  const name = (env("NO_COLOR") ?? "") === "" ? settings.theme : "plain";
  return themeFor(name, ground, settings.colours);
}
