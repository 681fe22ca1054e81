/** The nearest known word to a mistyped one. */

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

/** Letters to insert, remove, replace, or swap with their neighbour (optimal string alignment distance). */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] &&
        left[i - 2] === right[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[right.length];
}
