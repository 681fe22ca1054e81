/**
 * The characters of pictures that are made of them, by the pattern of their pixels: bit by bit from the upper left one, row by row. The
 * Unicode Standard, "Block Elements" and "Symbols for Legacy Computing" (16.0 for octants).
 */

import type { CellMethod } from "../capability/capability.ts";

const QUADRANTS = [..." ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"];

/** U+1FB00 has all patterns of two by three but those that were there before. */
function sextants(): readonly string[] {
  const before: Readonly<Record<number, string>> = { 0: " ", 21: "▌", 42: "▐", 63: "█" };
  return fill(64, 0x1fb00, before);
}

/** U+1CD00 has those of two by four but those that are elsewhere. */
function octants(): readonly string[] {
  const elsewhere: Record<number, string> = {
    1: "\u{1CEA8}",
    2: "\u{1CEAB}",
    3: "\u{1FB82}",
    20: "\u{1FBE6}",
    40: "\u{1FBE7}",
    63: "\u{1FB85}",
    64: "\u{1CEA3}",
    128: "\u{1CEA0}",
    192: "▂",
    252: "▆",
  };
  // Each pixel of a quadrant is two of an octant.
  QUADRANTS.forEach((glyph, pattern) => {
    const upper = pattern & 3;
    const lower = pattern >> 2;
    elsewhere[upper | upper << 2 | lower << 4 | lower << 6] = glyph;
  });
  return fill(256, 0x1cd00, elsewhere);
}

/** The others in their order, from a code point on. */
function fill(
  count: number,
  first: number,
  known: Readonly<Record<number, string>>,
): readonly string[] {
  let next = first;
  return Array.from(
    { length: count },
    (_, pattern) => known[pattern] ?? String.fromCodePoint(next++),
  );
}

/** `ascii`: from no ink to most. */
export const GLYPHS: Readonly<Record<Exclude<CellMethod, "blocks">, readonly string[]>> = {
  quadrants: QUADRANTS,
  sextants: sextants(),
  octants: octants(),
  ascii: [..." .:-=+*#%@"],
};
