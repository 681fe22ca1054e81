/** What things look like. Colour is never the only sign of anything: every theme has the same characters. */

import {
  type CellStyle,
  cellStyle,
  DEFAULT_STYLE,
  type StyleFacts,
} from "../../terminal/cells/cell_grid.ts";
import {
  type Colour,
  type ColourDepth,
  fitColour,
  isLight,
  type Rgb,
} from "../../terminal/cells/colour.ts";
import { type Palette, PALETTES } from "./palettes.ts";

/** A style for each kind of thing on the screen. */
export interface Theme {
  /** Also of what is blank. */
  readonly text: CellStyle;
  /** Times, dividers, hints. */
  readonly faint: CellStyle;
  readonly bar: CellStyle;
  readonly barAlert: CellStyle;
  /** At both ends of the status line, and there the sign of a connection. */
  readonly barEnd: CellStyle;
  readonly barGood: CellStyle;
  readonly barBusy: CellStyle;
  /** The program's own words. */
  readonly notice: CellStyle;
  readonly own: CellStyle;
  /** The person's name where others say it. */
  readonly mention: CellStyle;
  /** Left of such a text. Never underlined: in the gutter that would be a line of its own. */
  readonly mentionBar: CellStyle;
  /** What a text answers. */
  readonly quote: CellStyle;
  /** What others say by emoji, and what the person says too. */
  readonly chip: CellStyle;
  readonly chipOwn: CellStyle;
  readonly link: CellStyle;
  /** Of Markdown: what is stressed, and code within a line and in lines of its own. */
  readonly bold: CellStyle;
  readonly italic: CellStyle;
  readonly boldItalic: CellStyle;
  readonly codeSpan: CellStyle;
  readonly codeBlock: CellStyle;
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
  /** Around the pane that has the keys, and around the others. */
  readonly frame: CellStyle;
  readonly line: CellStyle;
  /** QR codes: dark on light, whatever the terminal's colours are. */
  readonly code: CellStyle;
  /** Names of others, chosen by the name. At least one. */
  readonly nicks: readonly CellStyle[];
}

/** Values of the setting `theme`. */
export const THEME_NAMES = [
  "auto",
  "dark",
  "light",
  "nord",
  "gruvbox",
  "catppuccin",
  "solarized",
  "solarized-light",
  "contrast",
  "plain",
] as const;

/** A value of the setting `theme`. */
export type ThemeName = typeof THEME_NAMES[number];

/** What a theme is made for. */
export interface ThemeGround {
  readonly colours: ColourDepth;
  /** Behind the terminal's text; undefined: it did not say. */
  readonly background: Rgb | undefined;
}

/** A terminal of which nothing is known yet. */
export const UNKNOWN_GROUND: ThemeGround = { colours: "256", background: undefined };

/** A theme as a terminal can show it. `own`: colours that the person chose instead of the theme's. */
export function themeFor(
  name: ThemeName,
  { colours, background }: ThemeGround,
  own: Partial<Palette> = {},
): Theme {
  const ground = background !== undefined && isLight(background) ? "light" : "dark";
  if (name === "plain") return { ...PLAIN, ...ground === "light" && { code: DEFAULT_STYLE } };
  if (name === "contrast" && !(colours === "16" && ground === "light")) {
    return ground === "light" ? CONTRAST_LIGHT : CONTRAST_DARK;
  }
  // Where there are only 16, a scheme of other colours is not that scheme: what is readable is shown.
  if (colours === "16" || name === "contrast") {
    return fromPalette(PALETTES[`16-${ground}`], colours);
  }
  const found = background === undefined ? "either" : ground;
  const chosen = name === "auto" ? found : name;
  return fromPalette({ ...PALETTES[chosen], ...own }, colours);
}

function fromPalette(palette: Palette, depth: ColourDepth): Theme {
  const fit = (colour: Colour | undefined) =>
    colour === undefined ? undefined : fitColour(colour, depth);
  const on = (facts: StyleFacts): CellStyle => {
    const { foreground = palette.text, background = palette.background } = facts;
    return cellStyle({ ...facts, foreground: fit(foreground), background: fit(background) });
  };
  // Many terminals show a bold one of the first eight as a bright one, which is lost on a light ground.
  const ink = (foreground: Colour | undefined, bold = false) =>
    on({ foreground, bold: bold && !(typeof foreground === "number" && foreground < 8) });
  return {
    text: on({}),
    faint: ink(palette.faint),
    bar: on({ foreground: palette.bar_text, background: palette.bar }),
    barAlert: on({ foreground: palette.alert_text, background: palette.alert, bold: true }),
    barEnd: on({ foreground: palette.bar_text, background: palette.open }),
    barGood: on({ foreground: palette.online, background: palette.open }),
    barBusy: on({ foreground: palette.busy, background: palette.open }),
    notice: ink(palette.notice),
    own: ink(palette.own, true),
    mention: ink(palette.mention, true),
    mentionBar: ink(palette.mention, true),
    quote: on({ foreground: palette.faint, italic: true }),
    chip: on({ foreground: palette.bar_text, background: palette.bar }),
    chipOwn: on({ foreground: palette.accent_text, background: palette.accent }),
    link: on({ foreground: palette.notice, underline: true }),
    bold: on({ bold: true }),
    italic: on({ italic: true }),
    boldItalic: on({ bold: true, italic: true }),
    codeSpan: on({ foreground: palette.bar_text, background: palette.bar }),
    codeBlock: on({ foreground: palette.bar_text, background: palette.menu }),
    match: on({ foreground: palette.mention, reverse: true }),
    cursor: ink(palette.notice, true),
    unread: on({ bold: true }),
    selected: on({ foreground: palette.accent_text, background: palette.accent }),
    open: on({ foreground: palette.open_text, background: palette.open, bold: true }),
    here: ink(palette.online),
    busy: ink(palette.busy),
    good: ink(palette.good),
    alarm: ink(palette.alarm, true),
    fresh: ink(palette.busy),
    menu: on({ foreground: palette.menu_text, background: palette.menu }),
    frame: ink(palette.notice),
    line: ink(palette.line),
    code: cellStyle(
      depth === "16" ? { foreground: 0, background: 7 } : { foreground: 16, background: 231 },
    ),
    nicks: palette.nicks.map((colour) => ink(colour, true)),
  };
}

/** No colour at all (NO_COLOR, https://no-color.org). */
const PLAIN: Theme = {
  text: DEFAULT_STYLE,
  faint: DEFAULT_STYLE,
  bar: cellStyle({ reverse: true }),
  barAlert: cellStyle({ reverse: true, bold: true }),
  barEnd: cellStyle({ reverse: true }),
  barGood: cellStyle({ reverse: true }),
  barBusy: cellStyle({ reverse: true }),
  notice: DEFAULT_STYLE,
  own: cellStyle({ bold: true }),
  mention: cellStyle({ bold: true, underline: true }),
  mentionBar: cellStyle({ bold: true }),
  quote: cellStyle({ italic: true }),
  chip: cellStyle({ reverse: true }),
  chipOwn: cellStyle({ reverse: true, bold: true }),
  link: cellStyle({ underline: true }),
  bold: cellStyle({ bold: true }),
  italic: cellStyle({ italic: true }),
  boldItalic: cellStyle({ bold: true, italic: true }),
  codeSpan: cellStyle({ reverse: true }),
  codeBlock: DEFAULT_STYLE,
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
  frame: cellStyle({ bold: true }),
  line: DEFAULT_STYLE,
  // Most terminals that do not say are light on dark.
  code: cellStyle({ reverse: true }),
  nicks: [cellStyle({ bold: true })],
};

/** The 16 colours that a person has tuned themselves, at their strongest; nothing is faint. */
function contrast(bright: {
  readonly notice: number;
  readonly warm: number;
  readonly good: number;
  readonly alarm: number;
  readonly nicks: readonly number[];
}): Theme {
  const strong = (foreground: number) => cellStyle({ foreground, bold: true });
  return {
    ...PLAIN,
    bar: cellStyle({ reverse: true, bold: true }),
    barAlert: cellStyle({ foreground: 15, background: 1, bold: true }),
    notice: strong(bright.notice),
    mention: cellStyle({ foreground: bright.warm, bold: true, underline: true }),
    mentionBar: strong(bright.warm),
    chipOwn: cellStyle({ reverse: true, bold: true }),
    match: cellStyle({ foreground: bright.warm, reverse: true, bold: true }),
    cursor: strong(bright.notice),
    selected: cellStyle({ reverse: true, bold: true }),
    here: strong(bright.good),
    busy: strong(bright.warm),
    good: strong(bright.good),
    alarm: strong(bright.alarm),
    fresh: strong(bright.warm),
    code: cellStyle({ foreground: 16, background: 231 }),
    nicks: bright.nicks.map(strong),
  };
}

const CONTRAST_DARK = contrast({
  notice: 14,
  warm: 11,
  good: 10,
  alarm: 9,
  nicks: [10, 11, 12, 13, 14, 15],
});

/** Of the 256: bold ones of the first eight are bright in many terminals, which is lost on a light ground. */
const CONTRAST_LIGHT = contrast({
  notice: 18,
  warm: 54,
  good: 22,
  alarm: 88,
  nicks: [88, 22, 18, 54, 23, 58],
});

/** Themes for a terminal of which nothing is known. */
export const THEMES: Readonly<Record<"dark" | "light" | "contrast" | "plain", Theme>> = {
  dark: themeFor("dark", UNKNOWN_GROUND),
  light: themeFor("light", UNKNOWN_GROUND),
  contrast: CONTRAST_DARK,
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
