/** Where a text contains what was searched for. Pure. */

import { segmentGraphemes } from "../../base/graphemes.ts";
import { foldForSearch } from "../../crypto/sealing/history_block.ts";
import type { TextRange } from "../conversations/mentions.ts";

/** One code unit for each in the folded text. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Where the words stand, whatever their case and accents: as the search finds them. Takes time by the length of the text. */
export function matchesIn(text: string, words: string): readonly TextRange[] {
  const wanted = foldForSearch(words.trim());
  if (wanted === "") return [];
  const { folded, places } = fold(text);
  const found: TextRange[] = [];
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
    const last = at + wanted.length - 1;
    found.push({ from: places?.[at]?.from ?? at, to: places?.[last]?.to ?? last + 1 });
  }
  return found;
}

/** The folded text, and, where it is not as long as the text, from which part of that each unit is. */
function fold(text: string): { folded: string; places: readonly TextRange[] | undefined } {
  if (PLAIN.test(text)) return { folded: foldForSearch(text), places: undefined };
  let folded = "";
  const places: TextRange[] = [];
  for (const { segment, index } of segmentGraphemes(text)) {
    const part = foldForSearch(segment);
    const place = { from: index, to: index + segment.length };
    folded += part;
    for (let i = 0; i < part.length; i++) places.push(place);
  }
  return { folded, places };
}

/** Cells before a match that are shown with it. */
const BEFORE_UNITS = 24;

/** The part of a text around the first match, on which a search result is judged; from its beginning where there is none. */
export function aroundMatch(text: string, words: string): string {
  const [first] = matchesIn(text, words);
  if (first === undefined || first.from <= BEFORE_UNITS) return text;
  // Not within a grapheme, and at a word where there is one near.
  const from = first.from - BEFORE_UNITS;
  const blank = text.indexOf(" ", from);
  const cut = blank >= 0 && blank < first.from ? blank + 1 : first.from;
  return `…${text.slice(cut)}`;
}
