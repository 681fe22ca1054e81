/** What things look like. Colour is never the only sign of anything: every theme has the same characters. */

import { type CellStyle, cellStyle, DEFAULT_STYLE } from "../terminal/cell_grid.ts";

/** A style for each kind of thing on the screen. */
export interface Theme {
  readonly text: CellStyle;
  /** Times, dividers, hints. */
  readonly faint: CellStyle;
  readonly bar: CellStyle;
  readonly barAlert: CellStyle;
  /** The program's own words. */
  readonly notice: CellStyle;
  readonly own: CellStyle;
  /** The person's name where others say it. */
  readonly mention: CellStyle;
  /** What a text answers. */
  readonly quote: CellStyle;
  /** What others say by emoji, and what the person says too. */
  readonly chip: CellStyle;
  readonly chipOwn: CellStyle;
  readonly link: CellStyle;
  /** What was searched for. */
  readonly match: CellStyle;
  /** The bar beside the message that keys are about. */
  readonly cursor: CellStyle;
  readonly unread: CellStyle;
  readonly selected: CellStyle;
  readonly open: CellStyle;
  readonly here: CellStyle;
  readonly busy: CellStyle;
  readonly good: CellStyle;
  readonly alarm: CellStyle;
  /** The line before what is new. */
  readonly fresh: CellStyle;
  readonly menu: CellStyle;
  /** QR codes: dark on light, whatever the terminal's colours are. */
  readonly code: CellStyle;
  /** Names of others, chosen by the name. At least one. */
  readonly nicks: readonly CellStyle[];
}

/** Values of the setting `theme`. */
export const THEME_NAMES = ["dark", "light", "contrast", "plain"] as const;

/** A value of the setting `theme`. */
export type ThemeName = typeof THEME_NAMES[number];

const colours = (places: readonly number[]) =>
  places.map((foreground) => cellStyle({ foreground, bold: true }));

const DARK: Theme = {
  text: DEFAULT_STYLE,
  faint: cellStyle({ foreground: 245 }),
  bar: cellStyle({ foreground: 252, background: 237 }),
  barAlert: cellStyle({ foreground: 231, background: 124, bold: true }),
  notice: cellStyle({ foreground: 109 }),
  own: cellStyle({ foreground: 252, bold: true }),
  mention: cellStyle({ foreground: 222, bold: true }),
  quote: cellStyle({ foreground: 245, italic: true }),
  chip: cellStyle({ foreground: 250, background: 237 }),
  chipOwn: cellStyle({ foreground: 231, background: 24 }),
  link: cellStyle({ foreground: 110, underline: true }),
  match: cellStyle({ foreground: 16, background: 222 }),
  cursor: cellStyle({ foreground: 75, bold: true }),
  unread: cellStyle({ bold: true }),
  selected: cellStyle({ foreground: 231, background: 25 }),
  open: cellStyle({ background: 238, bold: true }),
  here: cellStyle({ foreground: 71 }),
  busy: cellStyle({ foreground: 179 }),
  good: cellStyle({ foreground: 77 }),
  alarm: cellStyle({ foreground: 203, bold: true }),
  fresh: cellStyle({ foreground: 179 }),
  menu: cellStyle({ foreground: 252, background: 236 }),
  code: cellStyle({ foreground: 16, background: 231 }),
  nicks: colours([74, 108, 139, 173, 109, 143, 175, 80, 180, 114, 141, 210]),
};

const LIGHT: Theme = {
  ...DARK,
  faint: cellStyle({ foreground: 243 }),
  bar: cellStyle({ foreground: 235, background: 253 }),
  notice: cellStyle({ foreground: 24 }),
  own: cellStyle({ foreground: 235, bold: true }),
  mention: cellStyle({ foreground: 130, bold: true }),
  quote: cellStyle({ foreground: 243, italic: true }),
  chip: cellStyle({ foreground: 238, background: 254 }),
  chipOwn: cellStyle({ foreground: 17, background: 153 }),
  link: cellStyle({ foreground: 25, underline: true }),
  match: cellStyle({ foreground: 16, background: 222 }),
  cursor: cellStyle({ foreground: 25, bold: true }),
  selected: cellStyle({ foreground: 231, background: 25 }),
  open: cellStyle({ background: 252, bold: true }),
  here: cellStyle({ foreground: 28 }),
  busy: cellStyle({ foreground: 130 }),
  good: cellStyle({ foreground: 28 }),
  alarm: cellStyle({ foreground: 160, bold: true }),
  fresh: cellStyle({ foreground: 130 }),
  menu: cellStyle({ foreground: 235, background: 254 }),
  nicks: colours([24, 28, 90, 94, 30, 58, 125, 25, 88, 22, 54, 130]),
};

/** The 16 colours that a person has tuned themselves, at their strongest. */
const CONTRAST: Theme = {
  ...DARK,
  faint: DEFAULT_STYLE,
  bar: cellStyle({ reverse: true, bold: true }),
  barAlert: cellStyle({ foreground: 15, background: 1, bold: true }),
  notice: cellStyle({ foreground: 14, bold: true }),
  own: cellStyle({ bold: true }),
  mention: cellStyle({ foreground: 11, bold: true, underline: true }),
  quote: cellStyle({ italic: true }),
  chip: cellStyle({ reverse: true }),
  chipOwn: cellStyle({ reverse: true, bold: true }),
  link: cellStyle({ underline: true }),
  match: cellStyle({ foreground: 0, background: 11, bold: true }),
  cursor: cellStyle({ foreground: 14, bold: true }),
  selected: cellStyle({ reverse: true, bold: true }),
  open: cellStyle({ reverse: true }),
  here: cellStyle({ foreground: 10, bold: true }),
  busy: cellStyle({ foreground: 11, bold: true }),
  good: cellStyle({ foreground: 10, bold: true }),
  alarm: cellStyle({ foreground: 9, bold: true }),
  fresh: cellStyle({ foreground: 11, bold: true }),
  menu: cellStyle({ reverse: true }),
  nicks: [10, 11, 12, 13, 14, 15].map((foreground) => cellStyle({ foreground, bold: true })),
};

/** No colour at all (NO_COLOR, https://no-color.org). */
const PLAIN: Theme = {
  text: DEFAULT_STYLE,
  faint: DEFAULT_STYLE,
  bar: cellStyle({ reverse: true }),
  barAlert: cellStyle({ reverse: true, bold: true }),
  notice: DEFAULT_STYLE,
  own: cellStyle({ bold: true }),
  mention: cellStyle({ bold: true, underline: true }),
  quote: cellStyle({ italic: true }),
  chip: cellStyle({ reverse: true }),
  chipOwn: cellStyle({ reverse: true, bold: true }),
  link: cellStyle({ underline: true }),
  match: cellStyle({ reverse: true, bold: true }),
  cursor: cellStyle({ bold: true }),
  unread: cellStyle({ bold: true }),
  selected: cellStyle({ reverse: true }),
  open: cellStyle({ reverse: true }),
  here: DEFAULT_STYLE,
  busy: DEFAULT_STYLE,
  good: DEFAULT_STYLE,
  alarm: cellStyle({ bold: true }),
  fresh: cellStyle({ bold: true }),
  menu: cellStyle({ reverse: true }),
  // Most terminals without colours are light on dark.
  code: cellStyle({ reverse: true }),
  nicks: [cellStyle({ bold: true })],
};

/** Every theme by its name. */
export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: DARK,
  light: LIGHT,
  contrast: CONTRAST,
  plain: PLAIN,
};

/** Always the same style for the same name. FNV-1a: names that differ little look different. */
export function nickStyle(theme: Theme, name: string): CellStyle {
  let hash = 0x811c9dc5;
  for (const character of name) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return theme.nicks[(hash >>> 0) % theme.nicks.length] ?? theme.text;
}
