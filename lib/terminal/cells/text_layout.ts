/** Breaking text into lines that fit, so that the terminal never does it at a place of its own choice. */

import { type SafeText, safeText } from "../../base/safe_text.ts";
import { splitGraphemes, widestCells } from "./text_width.ts";

/** The room that a text has. */
export interface Layout {
  /** Undefined when it is not known, e.g. for a file: then only given line breaks count. */
  readonly widthCells: number | undefined;
  /** Every line but the first begins with that many spaces: column 0 belongs to the program (SR-70). */
  readonly indentCells: number;
  /** Lines after which nothing more is laid out. */
  readonly maxLines?: number;
}

/** Narrower than this, indenting would leave no room for the text: further lines stand in by one cell. */
export const MIN_TEXT_CELLS = 8;

/**
 * Lines of at most `widthCells` cells, broken at spaces where there are some. A sender cannot reach column 0: neither by line breaks
 * nor by filling a line until the terminal wraps it. So widths are taken as the least
 * able terminal would: emoji that join into one are counted one by one. Takes time by the length of the text, and stops at
 * `maxLines`.
 */
export function layOutLines(text: SafeText, layout: Layout): SafeText[] {
  const { widthCells, maxLines = Infinity } = layout;
  const fits = widthCells === undefined || widthCells - layout.indentCells >= MIN_TEXT_CELLS;
  const indent = " ".repeat(fits ? layout.indentCells : 1);
  const lines: string[] = [];
  const prefix = () => lines.length === 0 ? "" : indent;
  const room = () => Math.max(2, (widthCells ?? Infinity) - prefix().length);
  for (const paragraph of text.split("\n")) {
    for (const line of breakLine(paragraph, room)) {
      lines.push(prefix() + line);
      if (lines.length >= maxLines) break;
    }
    if (lines.length >= maxLines) break;
  }
  return lines.map((line) => safeText(line.trimEnd()));
}

/** One line of the text after the other. `room` says how many cells the next one has; it is asked before each. */
function* breakLine(text: string, room: () => number): Generator<string> {
  let widthCells = room();
  let line = "";
  let cells = 0;
  let isFirst = true;
  for (const [word] of text.matchAll(/ +|[^ ]+/g)) {
    const wordCells = widestCells(word);
    if (cells + wordCells <= widthCells) {
      line += word;
      cells += wordCells;
      continue;
    }
    // A space at the seam is dropped; a word that fits no line at all is cut.
    const isSpace = word.startsWith(" ");
    if (isSpace || line.trim() !== "") {
      yield line;
      isFirst = false;
      widthCells = room();
      line = "";
      cells = 0;
      if (isSpace) continue;
    }
    for (const grapheme of graphemesOf(word)) {
      const graphemeCells = widestCells(grapheme);
      if (cells + graphemeCells > widthCells && line !== "") {
        yield line;
        isFirst = false;
        widthCells = room();
        line = "";
        cells = 0;
      }
      line += grapheme;
      cells += graphemeCells;
    }
  }
  if (isFirst || line !== "") yield line;
}

/** One after the other: of a long word only what is shown is taken apart. */
function* graphemesOf(word: string): Generator<string> {
  // No grapheme that was made safe is nearly so long.
  const PIECE_UNITS = 4_096;
  for (let at = 0; at < word.length;) {
    const piece = word.slice(at, at + PIECE_UNITS);
    const graphemes = splitGraphemes(piece);
    // The last one may go on behind the piece.
    const isLast = at + piece.length >= word.length;
    const whole = isLast || graphemes.length === 1 ? graphemes : graphemes.slice(0, -1);
    yield* whole;
    at += whole.reduce((sum, grapheme) => sum + grapheme.length, 0);
  }
}
