/** How many cells text takes, by grapheme. Terminals disagree on some emoji, so nothing may rely on it across a line. */

import { eastAsianWidth } from "get-east-asian-width";
import { segmentGraphemes } from "../../base/graphemes.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";

/** One cell for each code unit: ASCII, and what frames are drawn with (U+2500–U+259F), which are on the screen all the time. */
const PLAIN = /^[\x20-\x7e\u2500-\u259f]*$/;
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Control}\p{Mark}\p{Surrogate}]*$/v;
const LEADING_INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Control}\p{Mark}\p{Surrogate}]+/v;
/** Made at first use: it takes 2 ms. */
let emoji: RegExp | undefined;

/** Splits text into what a person takes for one character. */
export function splitGraphemes(text: string): string[] {
  if (PLAIN.test(text)) return text.split("");
  return Array.from(segmentGraphemes(text), ({ segment }) => segment);
}

/** Cells of one grapheme: 0, 1 or 2; more for half-width kana with marks of their own. */
export function graphemeWidthCells(grapheme: string): number {
  if (PLAIN.test(grapheme)) return grapheme.length;
  if (INVISIBLE.test(grapheme)) return 0;
  emoji ??= /^\p{RGI_Emoji}$/v;
  if (emoji.test(grapheme)) return 2;
  const visible = grapheme.replace(LEADING_INVISIBLE, "");
  let cells = eastAsianWidth(visible.codePointAt(0) ?? 0);
  for (const character of visible.slice(1)) {
    // U+FF9E and U+FF9F are part of the grapheme before them, yet have a cell of their own.
    if (character >= "\uff00" && character <= "\uffef") {
      cells += eastAsianWidth(character.codePointAt(0) ?? 0);
    }
  }
  return cells;
}

/** Cells of a text on one line. Line breaks and other controls count nothing. */
export function textWidthCells(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of segmentGraphemes(text)) cells += graphemeWidthCells(segment);
  return cells;
}

/**
 * The most cells that any terminal gives a text: code points one by one. xterm 379 and kitty 0.26 draw the parts of a joined emoji
 * side by side, in three and four cells where two are meant.
 */
export function widestCells(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let cells = 0;
  for (const character of text) {
    // The emoji selector may turn a narrow character into a wide one.
    if (character === "\ufe0f") cells++;
    else if (!INVISIBLE.test(character)) cells += eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return cells;
}

/**
 * `text` in at most `widthCells` cells; when something had to go, the last cell says so with `…`. A wide character that would
 * stick out goes as a whole, so the result may be a cell short.
 */
export function truncateToWidth(text: SafeText, widthCells: number): SafeText {
  if (textWidthCells(text) <= widthCells) return text;
  if (widthCells < 1) return safeText("");
  let out = "";
  let cells = 0;
  for (const grapheme of splitGraphemes(text)) {
    cells += graphemeWidthCells(grapheme);
    if (cells > widthCells - 1) break;
    out += grapheme;
  }
  return safeText(`${out}…`);
}
