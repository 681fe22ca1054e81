/** The person's settings: `config.toml`, tables `[screen]` and `[keys]`. */

import { parse, TomlError } from "smol-toml";
import { StorageError } from "../base/errors.ts";
import { type KeyMap, readKeyChoices, USUAL_KEYS } from "./key_map.ts";
import { type Theme, THEME_NAMES, type ThemeName, THEMES } from "./theme.ts";

/** How somebody is told that something came while they look at something else. */
const NOTIFY_CHOICES = ["bell", "desktop", "both", "off"] as const;

/** A value of the setting `notify`. */
export type NotifyChoice = typeof NOTIFY_CHOICES[number];

/** What can be set. */
export interface Settings {
  readonly theme: ThemeName;
  readonly list: boolean;
  readonly mouse: boolean;
  /** Whether this program may write into the terminal's clipboard. */
  readonly copy: boolean;
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
  theme: "dark",
  list: true,
  mouse: true,
  copy: true,
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

/** Of a file that `read` gives. One that cannot be read is told, and leaves every setting as it is without a file. */
export async function readSettings(read: () => Promise<string>): Promise<ReadSettings> {
  let text: string;
  try {
    text = await read();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { settings: DEFAULT_SETTINGS, keys: USUAL_KEYS, problems: [error.message] };
  }
  return parseSettings(text);
}

/** What is wrong in the text is told and left out. Pure. */
export function parseSettings(text: string): ReadSettings {
  let table: Record<string, unknown>;
  let bindings: Record<string, unknown>;
  try {
    const whole: Record<string, unknown> = parse(text);
    table = isTable(whole.screen) ? whole.screen : {};
    bindings = isTable(whole.keys) ? whole.keys : {};
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const where = `line ${error.line}`;
    const problems = [`${FILE}, ${where}: this is no TOML`];
    return { settings: DEFAULT_SETTINGS, keys: USUAL_KEYS, problems };
  }
  const bound = readKeyChoices(bindings);
  const problems = bound.problems.map((problem) => `${FILE}: ${problem}`);
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [key, value] of Object.entries(table)) {
    const row = ROWS[key];
    if (row === undefined) {
      problems.push(
        `${FILE}: there is no setting ${key} in [screen]; try ${Object.keys(ROWS).join(", ")}`,
      );
    } else {
      const read = row.read(value);
      if (read === undefined) problems.push(`${FILE}: ${key} is ${row.words}`);
      else settings[row.field] = read;
    }
  }
  // Every field was checked by its row.
  return { settings: settings as unknown as Settings, keys: bound.keys, problems };
}

interface SettingRow {
  readonly field: keyof Settings;
  readonly words: string;
  /** Undefined for what is no value of it. */
  read(value: unknown): Settings[keyof Settings];
}

const oneOf = (field: keyof Settings, choices: readonly string[]): SettingRow => ({
  field,
  words: `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`,
  // One of the choices, which are those of the field.
  read: (value) =>
    choices.find((choice) => choice === value) as ThemeName | NotifyChoice | undefined,
});

const isSwitch = (field: keyof Settings): SettingRow => ({
  field,
  words: "true or false",
  read: (value) => typeof value === "boolean" ? value : undefined,
});

const MAX_HIGHLIGHTS = 50;
const MAX_HIGHLIGHT_CHARACTERS = 100;

const ROWS: Readonly<Record<string, SettingRow>> = {
  theme: oneOf("theme", THEME_NAMES),
  list: isSwitch("list"),
  mouse: isSwitch("mouse"),
  copy: isSwitch("copy"),
  notify: oneOf("notify", NOTIFY_CHOICES),
  notify_names: isSwitch("notifyNames"),
  quiet_hours: {
    field: "quiet",
    words: 'two times of the day, like "22:00-07:00"',
    read: readQuietHours,
  },
  highlight: {
    field: "highlights",
    words:
      `at most ${MAX_HIGHLIGHTS} words of 1 to ${MAX_HIGHLIGHT_CHARACTERS} characters, like ["deploy", "on call"]`,
    read: readHighlights,
  },
};

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
export function themeOf(settings: Settings, env: (name: string) => string | undefined): Theme {
  return THEMES[(env("NO_COLOR") ?? "") === "" ? settings.theme : "plain"];
}
