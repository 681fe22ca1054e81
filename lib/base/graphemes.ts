/** What a person takes for one character. */

let segmenter: Intl.Segmenter | undefined;

/** The graphemes of a text, in order. The first call takes 10 ms, and few programs meet a text that is not ASCII: nothing is made before. */
export function segmentGraphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}
