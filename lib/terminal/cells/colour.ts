/** Colours of text cells: places of the terminal's palette, or red, green and blue, fitted to what a terminal can show. Pure. */

/** Each 0–255. */
export interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** A place of the terminal's palette, 0–255, whose first 16 are the person's own; or a colour of its own. */
export type Colour = number | Rgb;

/** How many colours a terminal has for text. */
export type ColourDepth = "truecolor" | "256" | "16";

/** Names of the first 16 places, in their order, as they are written in settings. */
const NAMES = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
].flatMap((
  name,
  _,
  eight,
) => [name, ...name === "white" ? eight.map((one) => `bright-${one}`) : []]);

/** What `parseColour` takes, in words. */
export const COLOUR_WORDS =
  '"#rrggbb", a palette number from 0 to 255, or a name like "red" or "bright-blue"';

/** What a setting says: `"#88c0d0"`, `"bright-blue"`, 109. Undefined when it is none of them. */
export function parseColour(value: unknown): Colour | undefined {
  if (typeof value === "number") {
    return Number.isInteger(value) && value >= 0 && value <= 255 ? value : undefined;
  }
  if (typeof value !== "string") return undefined;
  const place = NAMES.indexOf(value.toLowerCase());
  if (place >= 0) return place;
  return /^#[0-9a-f]{6}$/i.test(value) ? hexColour(value) : undefined;
}

/** Of `#rrggbb`. */
export function hexColour(text: string): Rgb {
  const at = (from: number) => Number.parseInt(text.slice(from, from + 2), 16);
  return { red: at(1), green: at(3), blue: at(5) };
}

/** A channel as XParseColor reads it: one to four hexadecimal digits, scaled. */
const CHANNEL = "([0-9a-f]{1,4})";
const COLOUR_REPLY = new RegExp(
  `^11;rgba?:${CHANNEL}/${CHANNEL}/${CHANNEL}(?:/[0-9a-f]{1,4})?$`,
  "i",
);

/** The answer to OSC 11, `11;rgb:ffff/ffff/ffff` (xterm, "Operating System Commands"). Anything else is no answer. */
export function parseBackground(osc: string): Rgb | undefined {
  const match = COLOUR_REPLY.exec(osc);
  if (match === null) return undefined;
  const [red, green, blue] = match.slice(1, 4).map((digits) =>
    Math.round(Number.parseInt(digits, 16) * 255 / (16 ** digits.length - 1))
  );
  return { red, green, blue };
}

/** Whether dark text is what can be read on it: brightness as ITU-R BT.601 weighs it. */
export function isLight({ red, green, blue }: Rgb): boolean {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127;
}

/** The levels of the 6×6×6 cube of the 256 colours (xterm, "256colres"). */
const LEVELS = [0, 95, 135, 175, 215, 255];

/** The same colour where the terminal has it, else the nearest of the 240 that look the same everywhere. */
export function fitColour(colour: Colour, depth: ColourDepth): Colour {
  if (typeof colour === "number" || depth === "truecolor") return colour;
  const channels = [colour.red, colour.green, colour.blue];
  const [r, g, b] = channels.map((value) => nearest(LEVELS, value));
  const grey = Math.max(
    0,
    Math.min(23, Math.round(((colour.red + colour.green + colour.blue) / 3 - 8) / 10)),
  );
  const isGreyNearer = distance(channels, [8 + grey * 10, 8 + grey * 10, 8 + grey * 10]) <
    distance(channels, [LEVELS[r], LEVELS[g], LEVELS[b]]);
  return isGreyNearer ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

function nearest(levels: readonly number[], value: number): number {
  return levels.reduce(
    (best, level, at) => Math.abs(level - value) < Math.abs(levels[best] - value) ? at : best,
    0,
  );
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0);
}
