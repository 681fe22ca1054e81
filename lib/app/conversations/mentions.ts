/** Where a text names somebody. Pure. */

/** A part of a text, in UTF-16 units. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** The last name that was looked for: a person has one. */
let known: { readonly name: string; readonly pattern: RegExp } | undefined;

/** Where a name stands as a word of its own, whatever its case, with an `@` before it where there is one. */
export function mentionsIn(text: string, name: string): readonly TextRange[] {
  if (name === "") return [];
  if (known?.name !== name) {
    const escaped = name.replace(
      /[^\p{L}\p{N}_]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
    const pattern = new RegExp(`@?(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, "giu");
    known = { name, pattern };
  }
  return Array.from(text.matchAll(known.pattern), ({ index, 0: found }) => ({
    from: index,
    to: index + found.length,
  }));
}
