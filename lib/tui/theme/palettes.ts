/** The colours of each theme, by what they are for. Data. */

import { type Colour, hexColour } from "../../terminal/cells/colour.ts";

/** What a theme is made of. The names are those of the table `[colours]` in `config.toml`. */
export interface Palette {
  /** Behind everything; undefined leaves the terminal's own, and so for `text`. */
  readonly background: Colour | undefined;
  readonly text: Colour | undefined;
  /** Times, dividers, hints. */
  readonly faint: Colour | undefined;
  /** Lines around panes that have not the keys. */
  readonly line: Colour | undefined;
  /** Behind the bars and the words in them. */
  readonly bar: Colour;
  readonly bar_text: Colour;
  /** Behind what is asked, and menus. */
  readonly menu: Colour;
  readonly menu_text: Colour;
  /** Behind what is chosen, and the text there. */
  readonly accent: Colour;
  readonly accent_text: Colour;
  /** Behind the open conversation in the list, and the text there. */
  readonly open: Colour;
  readonly open_text: Colour | undefined;
  /** The program's own words. */
  readonly notice: Colour;
  readonly own: Colour | undefined;
  readonly mention: Colour;
  readonly online: Colour;
  readonly busy: Colour;
  readonly good: Colour;
  readonly alarm: Colour;
  /** Behind a bar that warns, and the text there. */
  readonly alert: Colour;
  readonly alert_text: Colour;
  /** Names of others, chosen by the name. At least one. */
  readonly nicks: readonly Colour[];
}

const hex = (...texts: readonly string[]): readonly Colour[] => texts.map(hexColour);

const DARK: Palette = {
  background: undefined,
  text: undefined,
  faint: 245,
  line: 240,
  bar: 237,
  bar_text: 252,
  menu: 236,
  menu_text: 252,
  accent: 25,
  accent_text: 231,
  open: 238,
  open_text: undefined,
  notice: 109,
  own: 252,
  mention: 222,
  online: 71,
  busy: 179,
  good: 77,
  alarm: 203,
  alert: 124,
  alert_text: 231,
  nicks: [74, 108, 139, 173, 109, 143, 175, 80, 180, 114, 141, 210],
};

const LIGHT: Palette = {
  ...DARK,
  faint: 242,
  line: 249,
  bar: 253,
  bar_text: 235,
  menu: 254,
  menu_text: 235,
  open: 252,
  notice: 24,
  own: 235,
  mention: 130,
  online: 28,
  busy: 130,
  good: 28,
  alarm: 160,
  nicks: [24, 28, 90, 94, 30, 58, 125, 25, 88, 22, 54, 130],
};

/** For a terminal that does not say what its ground is, as in tmux 3.3: every ink can be read on black and on white. */
const EITHER: Palette = {
  ...DARK,
  faint: 243,
  line: 244,
  open_text: 231,
  notice: 31,
  own: undefined,
  mention: 130,
  online: 34,
  busy: 130,
  good: 28,
  alarm: 196,
  nicks: [31, 28, 131, 133, 130, 30, 62, 162, 64, 97, 29, 132],
};

/** The console's 16 colours, which the person may have tuned. On a dark ground. */
const SIXTEEN_DARK: Palette = {
  ...DARK,
  faint: undefined,
  line: undefined,
  bar: 4,
  bar_text: 15,
  menu: 4,
  menu_text: 15,
  accent: 6,
  accent_text: 0,
  open: 4,
  notice: 6,
  own: 15,
  mention: 11,
  online: 10,
  busy: 11,
  good: 10,
  alarm: 9,
  alert: 1,
  alert_text: 15,
  nicks: [10, 11, 12, 13, 14, 2, 3, 5, 6],
};

/** The same on a light one: the bright ones would be lost there. */
const SIXTEEN_LIGHT: Palette = {
  ...SIXTEEN_DARK,
  accent: 4,
  accent_text: 15,
  bar: 7,
  bar_text: 0,
  menu: 7,
  menu_text: 0,
  open: 7,
  notice: 4,
  own: undefined,
  mention: 5,
  online: 2,
  busy: 5,
  good: 2,
  alarm: 1,
  // Green, yellow and cyan are too pale for words on white in most terminals.
  nicks: [1, 4, 5],
};

/** https://www.nordtheme.com: polar night, snow storm, frost and aurora. */
const NORD: Palette = paletteOf({
  ground: "#2e3440 #3b4252 #434c5e #56617a",
  text: "#d8dee9 #8c98b0",
  accent: "#5e81ac #eceff4",
  signs: "#88c0d0 #ebcb8b #a3be8c #d08770 #bf616a",
  nicks: "#8fbcbb #88c0d0 #81a1c1 #d08770 #ebcb8b #a3be8c #b48ead",
});

/** https://github.com/morhetz/gruvbox, dark, medium. */
const GRUVBOX: Palette = paletteOf({
  ground: "#282828 #3c3836 #504945 #665c54",
  text: "#ebdbb2 #a89984",
  accent: "#458588 #fbf1c7",
  signs: "#83a598 #fabd2f #b8bb26 #fe8019 #fb4934",
  nicks: "#83a598 #d3869b #8ec07c #fabd2f #b8bb26 #fe8019",
});

/** https://catppuccin.com, mocha. */
const CATPPUCCIN: Palette = paletteOf({
  ground: "#1e1e2e #313244 #45475a #585b70",
  text: "#cdd6f4 #9399b2",
  accent: "#89b4fa #1e1e2e",
  signs: "#89dceb #f9e2af #a6e3a1 #fab387 #f38ba8",
  nicks: "#89b4fa #cba6f7 #94e2d5 #f5c2e7 #fab387 #a6e3a1 #f9e2af #74c7ec",
});

/** https://ethanschoonover.com/solarized, dark. */
const SOLARIZED: Palette = paletteOf({
  ground: "#002b36 #073642 #0f4552 #2f5f6b",
  text: "#93a1a1 #6c8289",
  accent: "#268bd2 #fdf6e3",
  signs: "#2aa198 #b58900 #859900 #cb4b16 #dc322f",
  nicks: "#268bd2 #2aa198 #859900 #b58900 #cb4b16 #d33682 #7c81d4",
});

const SOLARIZED_LIGHT: Palette = paletteOf({
  ground: "#fdf6e3 #eee8d5 #e4dcc3 #cbc4ad",
  text: "#586e75 #7c8b8f",
  accent: "#268bd2 #fdf6e3",
  signs: "#1f7f78 #946f00 #6b7b00 #cb4b16 #dc322f",
  nicks: "#1f75b0 #1f7f78 #6b7b00 #946f00 #cb4b16 #d33682 #6c71c4",
});

/** The themes that are made of colours. */
export const PALETTES = {
  "dark": DARK,
  "light": LIGHT,
  "either": EITHER,
  "nord": NORD,
  "gruvbox": GRUVBOX,
  "catppuccin": CATPPUCCIN,
  "solarized": SOLARIZED,
  "solarized-light": SOLARIZED_LIGHT,
  "16-dark": SIXTEEN_DARK,
  "16-light": SIXTEEN_LIGHT,
} as const;

/** From a scheme's own colours: three grounds and a line, text and faint text, accent, and notice, warm, green, orange, red. */
function paletteOf(scheme: {
  readonly ground: string;
  readonly text: string;
  readonly accent: string;
  readonly signs: string;
  readonly nicks: string;
}): Palette {
  const [background, bar, open, line] = hex(...scheme.ground.split(" "));
  const [text, faint] = hex(...scheme.text.split(" "));
  const [accent, accent_text] = hex(...scheme.accent.split(" "));
  const [notice, warm, good, orange, red] = hex(...scheme.signs.split(" "));
  return {
    background,
    text,
    faint,
    line,
    bar,
    bar_text: text,
    menu: bar,
    menu_text: text,
    accent,
    accent_text,
    open,
    open_text: undefined,
    notice,
    own: text,
    mention: warm,
    online: good,
    busy: orange,
    good,
    alarm: red,
    alert: red,
    alert_text: background,
    nicks: hex(...scheme.nicks.split(" ")),
  };
}
