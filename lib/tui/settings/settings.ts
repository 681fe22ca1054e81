/** The person's settings: `config.toml`, tables `[screen]`, `[colours]` and `[keys]`. */

import { parse, TomlError } from "smol-toml";
import { StorageError, UsageError } from "../../base/errors.ts";
import { lineOf, noTomlWords } from "../../base/config_lines.ts";
import { type KeyMap, readKeyChoices, USUAL_KEYS } from "../keys/key_map.ts";
import { type OwnColours, parseColours } from "../theme/own_colours.ts";
import {
  type Theme,
  THEME_NAMES,
  themeFor,
  type ThemeGround,
  type ThemeName,
} from "../theme/theme.ts";

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
  /** Whether pictures that were sent are drawn in the conversation. */
  readonly pictures: boolean;
  readonly notify: NotifyChoice;
  /** Whether a notification says who wrote, and in which room. What was written is never in it. */
  readonly notifyNames: boolean;
  /** When none is given. */
  readonly quiet: QuietHours | undefined;
  /** Words that mean the person, besides their name. */
  readonly highlights: readonly string[];
}

/** Minutes after midnight, local time; over midnight where it ends before it begins. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly untilMinute: number;
}

/** Without a file. */
export const DEFAULT_SETTINGS: Settings = {
  theme: "auto",
  colours: {},
  list: true,
  mouse: true,
  copy: true,
  pictures: true,
  notify: "both",
  notifyNames: false,
  quiet: undefined,
  highlights: [],
};

/** Settings, and what was wrong with the file; each a sentence. */
export interface ReadSettings {
  readonly settings: Settings;
  /** Of table `[keys]`. */
  readonly keys: KeyMap;
  readonly problems: readonly string[];
}

const FILE = "config.toml";

/** Of a file that `read` gives; `problemsIn` judges the tables of others. One that cannot be read is told, and leaves every setting as it is without a file. */
export async function readSettings(
  read: () => Promise<string>,
  problemsIn: (text: string) => readonly string[],
): Promise<ReadSettings> {
  let text: string;
  try {
    text = await read();
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof UsageError)) throw error;
    const problems = [error.message.replace(/^Cannot use /, "")];
    return { settings: DEFAULT_SETTINGS, keys: USUAL_KEYS, problems };
  }
  const own = parseSettings(text);
  // What is no TOML is said by both.
  const problems = [...new Set([...own.problems, ...problemsIn(text)])];
  return { ...own, problems: problems.toSorted((a, b) => lineIn(a) - lineIn(b)) };
}

function lineIn(problem: string): number {
  return Number(/, line (\d+):/.exec(problem)?.[1] ?? 0);
}

/** What is wrong in the text is told and left out. Pure. */
export function parseSettings(text: string): ReadSettings {
  let whole: Readonly<Record<string, unknown>>;
  try {
    whole = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { settings: DEFAULT_SETTINGS, keys: USUAL_KEYS, problems: [noTomlWords(error)] };
  }
  const tableOf = (name: string) => isTable(whole[name]) ? whole[name] : {};
  const table = tableOf("screen");
  const own = parseColours(tableOf("colours"));
  const bound = readKeyChoices(tableOf("keys"));
  const problems = [
    ...["screen", "colours", "keys"]
      .filter((name) => whole[name] !== undefined && !isTable(whole[name]))
      .map((name) => `${FILE}: ${name} is a table: write [${name}], and the settings below it`),
    ...own.problems.map(({ key, words }) =>
      `${FILE}, line ${lineOf(text, "colours", key)}: ${words}`
    ),
    ...bound.problems.map(({ key, words }) =>
      `${FILE}, line ${lineOf(text, "keys", key)}: ${words}`
    ),
  ];
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS, colours: own.colours };
  for (const [key, value] of Object.entries(table)) {
    const row = ROWS[key];
    const where = `${FILE}, line ${lineOf(text, "screen", key)}`;
    if (row === undefined) {
      problems.push(
        `${where}: no setting ${key} in [screen]; try ${Object.keys(ROWS).join(", ")}`,
      );
    } else {
      const read = row.read(value);
      if (read === undefined) problems.push(`${where}: ${key} is ${row.words}`);
      else settings[row.field] = read;
    }
  }
  // Every field was checked by its row.
  return { settings: settings as unknown as Settings, keys: bound.keys, problems };
}

/** As it stands in the file. */
export type SettingValue = string | boolean | readonly string[];

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
  /** Undefined for what is no value of it. */
  read(value: unknown): Settings[keyof Settings];
  /** What stands in the file for what the person typed. */
  typed(text: string): SettingValue;
  /** As it is typed. */
  show(settings: Settings): string;
}

/** Typed for a setting that is to have no value. */
const NOTHING = "-";

type RowBegin = Pick<SettingRow, "name" | "field" | "about">;

const oneOf = (row: RowBegin, choices: readonly string[]): SettingRow => ({
  ...row,
  choices,
  words: `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`,
  // One of the choices, which are those of the field.
  read: (value) =>
    choices.find((choice) => choice === value) as ThemeName | NotifyChoice | undefined,
  typed: (text) => text,
  show: (settings) => `${settings[row.field]}`,
});

const SWITCH_WORDS: Readonly<Record<string, boolean | undefined>> = {
  true: true,
  on: true,
  yes: true,
  false: false,
  off: false,
  no: false,
};

const isSwitch = (row: RowBegin): SettingRow => ({
  ...row,
  choices: [true, false],
  words: "true or false",
  read: (value) => typeof value === "boolean" ? value : undefined,
  typed: (text) => SWITCH_WORDS[text] ?? text,
  show: (settings) => `${settings[row.field]}`,
});

/** Quiet hours that end as they begin. */
const NEVER_QUIET = "00:00-00:00";
const MAX_HIGHLIGHTS = 50;
const MAX_HIGHLIGHT_CHARACTERS = 100;

/** All of them. */
export const SETTING_ROWS: readonly SettingRow[] = [
  oneOf({ name: "theme", field: "theme", about: "colours" }, THEME_NAMES),
  isSwitch({ name: "list", field: "list", about: "the list is shown" }),
  isSwitch({ name: "mouse", field: "mouse", about: "the mouse is used" }),
  isSwitch({ name: "pictures", field: "pictures", about: "pictures in conversations" }),
  isSwitch({ name: "copy", field: "copy", about: "copying by OSC 52" }),
  oneOf(
    { name: "notify", field: "notify", about: "only while you look elsewhere" },
    NOTIFY_CHOICES,
  ),
  isSwitch({ name: "notify_names", field: "notifyNames", about: "notices name the sender" }),
  {
    name: "quiet_hours",
    field: "quiet",
    about: "no notices in this time",
    words: 'two times of the day, like "22:00-07:00"',
    choices: [],
    read: readQuietHours,
    typed: (text) => text === NOTHING ? NEVER_QUIET : text,
    show: ({ quiet }) => quiet === undefined ? NOTHING : showQuietHours(quiet),
  },
  {
    name: "highlight",
    field: "highlights",
    about: "words that mention you",
    words:
      `at most ${MAX_HIGHLIGHTS} words of 1 to ${MAX_HIGHLIGHT_CHARACTERS} characters, like ["deploy", "on call"]`,
    choices: [],
    read: readHighlights,
    typed: (text) => text === NOTHING ? [] : text.split(",").map((word) => word.trim()),
    show: ({ highlights }) => highlights.length === 0 ? NOTHING : highlights.join(", "),
  },
];

const ROWS: Readonly<Record<string, SettingRow>> = Object.fromEntries(
  SETTING_ROWS.map((row) => [row.name, row]),
);

function readQuietHours(value: unknown): QuietHours | undefined {
  const match = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(
    typeof value === "string" ? value : "",
  );
  if (match === null) return undefined;
  const [, ...parts] = match.map(Number);
  const [fromHour = 0, fromMinute = 0, untilHour = 0, untilMinute = 0] = parts;
  if (fromHour > 23 || untilHour > 23 || fromMinute > 59 || untilMinute > 59) return undefined;
  return {
    fromMinute: fromHour * 60 + fromMinute,
    untilMinute: untilHour * 60 + untilMinute,
  };
}

function showQuietHours({ fromMinute, untilMinute }: QuietHours): string {
  if (fromMinute === untilMinute) return NOTHING;
  const time = (minute: number) =>
    `${Math.floor(minute / 60)}`.padStart(2, "0") + ":" + `${minute % 60}`.padStart(2, "0");
  return `${time(fromMinute)}-${time(untilMinute)}`;
}

/** Whether a moment lies in quiet hours, by the local time. Pure. */
export function isQuiet({ fromMinute, untilMinute }: QuietHours, nowMs: number): boolean {
  const now = new Date(nowMs);
  const minute = now.getHours() * 60 + now.getMinutes();
  return fromMinute <= untilMinute
    ? minute >= fromMinute && minute < untilMinute
    : minute >= fromMinute || minute < untilMinute;
}

function readHighlights(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_HIGHLIGHTS) return undefined;
  const words = value.filter((word): word is string => typeof word === "string")
    .map((word) => word.trim())
    .filter((word) => word !== "" && word.length <= MAX_HIGHLIGHT_CHARACTERS);
  return words.length === value.length ? words : undefined;
}

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
