/** Text that may be shown: the only type that writers to a terminal take (SR-68). */

import { segmentGraphemes } from "./graphemes.ts";

declare const safe: unique symbol;

/**
 * Text that cannot steer a terminal or pass itself off as other text. It may have line breaks and no other control character.
 * Made by `safeText` only. Not valid for `--json`, which loses nothing: see `json_line`.
 */
export type SafeText = string & { readonly [safe]: true };

/** Marks that one grapheme keeps. More is not writing but a way to paint over the lines around it. */
const MAX_MARKS = 8;

/** Joiners that one grapheme keeps. The longest sequence that Unicode recommends has three. */
const MAX_JOINERS = 8;

/** What can pass as it is: most text by far. */
const PLAIN = /^[\n\x20-\x7e]*$/;

/** Code points that are dropped wherever they stand, as the inside of a character class under the `v` flag. */
export const FORBIDDEN: string = [
  String.raw`\x00-\x09\x0b-\x1f`, // C0 without newline
  String.raw`\x7f\x80-\x9f`, // DEL, C1
  String.raw`\p{Surrogate}`, // in a v pattern only lone ones match
  String.raw`\u2028\u2029`, // line and paragraph separators
  String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`, // bidi controls
  String.raw`\u{e0000}-\u{e007f}`, // tags
  String.raw`\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb`, // invisible: "bob" would look like another "bob"
  String.raw`\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0`, // invisible too: joiners and fillers of graphemes
  String.raw`\u{10eeee}`, // kitty's picture placeholder (graphics protocol, "Unicode placeholders")
].join("");

const FORBIDDEN_PATTERN = new RegExp(`[${FORBIDDEN}]`, "gv");

/** Zero width joiner and non-joiner; the first is kept between two emoji. */
const JOINER_PATTERN = /[\u200c\u200d]/gv;
const EMOJI_BEFORE_JOINER = /\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*$/v;
const EMOJI_AFTER_JOINER = /^\p{Extended_Pictographic}/v;
/** Skin tones are no marks to Unicode, but pile up in a grapheme in the same way. */
const MARK_PATTERN = /[\p{Mark}\p{Emoji_Modifier}]/gv;

/**
 * The one way from anything foreign (peers, server errors, names, files, certificates, ffmpeg's words) to text that may be shown.
 * Drops what SR-68 names, and what else cannot be seen; a tab becomes a space, so that words stay apart. Never throws.
 * Applying it twice changes nothing.
 */
export function safeText(foreign: string): SafeText {
  // The casts here are the one place where the brand is given.
  if (PLAIN.test(foreign)) return foreign as SafeText;
  const visible = foreign.replaceAll("\t", " ").replace(FORBIDDEN_PATTERN, "");
  const joined = visible.replace(JOINER_PATTERN, (joiner, at: number) => {
    if (joiner !== "\u200d") return "";
    // No emoji with its selectors is longer than 8 code units.
    const before = EMOJI_BEFORE_JOINER.test(visible.slice(Math.max(0, at - 8), at));
    return before && EMOJI_AFTER_JOINER.test(visible.slice(at + 1, at + 3)) ? joiner : "";
  });
  return limitGraphemes(joined) as SafeText;
}

/** `safeText` of a template, for sentences with foreign parts in them: safe`${name} is offline`. */
export function safeSentence(
  words: TemplateStringsArray,
  ...values: readonly (string | number)[]
): SafeText {
  return safeText(String.raw({ raw: words }, ...values));
}

/** The same text on one line: for names, titles, status lines and notifications. */
export function onOneLine(text: SafeText): SafeText {
  return safeText(text.replace(/\s*\n\s*/g, " ").trim());
}

/**
 * Indents every line but the first, so that column 0 belongs to the program and no message can look like a line of ours
 * (SR-70). Lines that the terminal itself wraps are the layout's business.
 */
export function indentContinuation(text: SafeText, indentCells: number): SafeText {
  return safeText(text.replaceAll("\n", `\n${" ".repeat(indentCells)}`));
}

function limitGraphemes(text: string): string {
  let out = "";
  for (const { segment } of segmentGraphemes(text)) {
    // What holds too much is longer than that many code units.
    out += segment.length > MAX_MARKS ? limitGrapheme(segment) : segment;
  }
  return out;
}

function limitGrapheme(grapheme: string): string {
  let marks = 0;
  let joiners = 0;
  return grapheme
    .replace(MARK_PATTERN, (mark) => ++marks > MAX_MARKS ? "" : mark)
    .replaceAll("\u200d", (joiner) => ++joiners > MAX_JOINERS ? "" : joiner);
}
