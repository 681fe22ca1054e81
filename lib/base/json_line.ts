/** JSON: as one line that is safe on a terminal and loses nothing (SR-69), and from outside. */

import { FORBIDDEN, type SafeText } from "./safe_text.ts";

/**
 * What `safeText` drops, joiners, and marks from the ninth on, written as `\u…`. Every joiner is escaped, also between emoji: an
 * escape is lossless, so there is no need to look at the neighbours.
 */
const ESCAPED = new RegExp(
  String
    .raw`[${FORBIDDEN}\u200c\u200d]|(?<=[\p{Mark}\p{Emoji_Modifier}]{8})[\p{Mark}\p{Emoji_Modifier}]`,
  "gv",
);

/**
 * `value` as JSON on one line, without the line break. Parsing it gives back every code unit. `JSON.stringify` alone leaves DEL,
 * C1 (U+009B starts an escape sequence) and bidi controls raw.
 */
export function jsonLine(value: Readonly<Record<string, unknown>>): SafeText {
  const escaped = JSON.stringify(value).replace(ESCAPED, escapeCodePoint);
  // It has no forbidden code point left, which is what the brand says.
  return escaped as SafeText;
}

/** One or two escapes: JSON writes code points above U+FFFF as a surrogate pair (RFC 8259 §7). */
function escapeCodePoint(character: string): string {
  let out = "";
  for (let i = 0; i < character.length; i++) {
    out += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return out;
}

/** What a text of somebody else's says; undefined, which no JSON says, for one that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
