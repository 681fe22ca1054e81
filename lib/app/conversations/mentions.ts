/** Where a text names somebody. Pure. */

/** A part of a text, in UTF-16 units. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** Of the words that were looked for last: a person's do not change. */
let known: { readonly words: readonly string[]; readonly pattern: RegExp } | undefined;

/** Where one of the words stands as a word of its own, whatever its case, with an `@` before it where there is one. */
export function mentionsIn(text: string, words: readonly string[]): readonly TextRange[] {
  if (known?.words !== words) known = { words, pattern: patternOf(words) };
  return Array.from(text.matchAll(known.pattern), ({ index, 0: found }) => ({
    from: index,
    to: index + found.length,
  }));
}

function patternOf(words: readonly string[]): RegExp {
  const escaped = words.filter((word) => word !== "").map((word) =>
    word.replace(
      /[^\p{L}\p{N}_]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    )
  );
  // Without a word there is nothing to find.
  if (escaped.length === 0) return /(?!)/g;
  return new RegExp(`@?(?<![\\p{L}\\p{N}_])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_])`, "giu");
}
