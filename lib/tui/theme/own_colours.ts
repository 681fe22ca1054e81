/** Colours that the person chose instead of a theme's: table `[colours]` of `config.toml`. Pure. */

import { type Colour, COLOUR_WORDS, parseColour } from "../../terminal/cells/colour.ts";
import { type Palette, PALETTES } from "./palettes.ts";

/** What of a theme's colours is another. */
export type OwnColours = Partial<Palette>;

/** Names that the table may have. */
export const COLOUR_NAMES: readonly string[] = Object.keys(PALETTES.dark);

const MAX_NICKS = 64;

/** What is right is used; each of the rest is a sentence about its key. */
export function parseColours(table: Readonly<Record<string, unknown>>): {
  readonly colours: OwnColours;
  readonly problems: readonly { readonly key: string; readonly words: string }[];
} {
  const colours: Record<string, Colour | readonly Colour[]> = {};
  const problems: { key: string; words: string }[] = [];
  for (const [key, value] of Object.entries(table)) {
    if (!COLOUR_NAMES.includes(key)) {
      const words = `no colour ${key} in [colours]; try ${COLOUR_NAMES.join(", ")}`;
      problems.push({ key, words });
      continue;
    }
    const colour = key === "nicks" ? parseNicks(value) : parseColour(value);
    if (colour !== undefined) colours[key] = colour;
    else if (key === "nicks") {
      problems.push({
        key,
        words: `nicks is a list of 1 to ${MAX_NICKS} colours, each ${COLOUR_WORDS}`,
      });
    } else problems.push({ key, words: `${key} is ${COLOUR_WORDS}` });
  }
  return { colours, problems };
}

function parseNicks(value: unknown): readonly Colour[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_NICKS) return undefined;
  const colours = value.map(parseColour);
  return colours.every((colour) => colour !== undefined) ? colours : undefined;
}
