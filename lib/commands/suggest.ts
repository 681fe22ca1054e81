/** The nearest known word to a mistyped one. */

import { editDistance } from "../base/edit_distance.ts";

/** A word is suggested when at most one in three of its letters is wrong, and never more than three. */
function isNear(distance: number, length: number): boolean {
  return distance <= Math.min(3, Math.max(1, Math.floor(length / 3)));
}

/** Longer ones are no typing mistakes, and the distance costs length times length. */
const MAX_WORD_UNITS = 100;

/** The known word nearest to `word`, undefined when none is near. Case does not count. Among equals the first known one. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_UNITS) return undefined;
  const wanted = word.toLowerCase();
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > 3) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (isNear(distance, wanted.length) && (best === undefined || distance < best.distance)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word;
}
