/** Breaking text into lines that fit, so that the terminal never does it at a place of its own choice. */

import { type SafeText, safeText } from "./safe_text.ts";
import { splitGraphemes, widestCells } from "./text_width.ts";

/** The room that a text has. */
export interface Layout {
  /** Undefined when it is not known, e.g. for a file: then only given line breaks count. */
  readonly widthCells: number | undefined;
  /** Every line but the first begins with that many spaces: column 0 belongs to the program (SR-70). */
  readonly indentCells: number;
}

/** Narrower than this, indenting would leave no room for the text. */
const MIN_TEXT_CELLS = 8;

/**
 * Lines of at most `widthCells` cells, broken at spaces where there are some. A sender cannot reach column 0: neither by line breaks
 * nor by filling a line until the terminal wraps it. So widths are taken as the least
 * able terminal would: emoji that join into one are counted one by one.
 */
export function layOutLines(text: SafeText, layout: Layout): SafeText[] {
  const { widthCells } = layout;
  const fits = widthCells === undefined || widthCells - layout.indentCells >= MIN_TEXT_CELLS;
  const indent = " ".repeat(fits ? layout.indentCells : 1);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let rest = splitWords(paragraph);
    do {
      const prefix = lines.length === 0 ? "" : indent;
      const [line, left] = widthCells === undefined
        ? [rest.join(""), []]
        : takeLine(rest, Math.max(2, widthCells - prefix.length));
      lines.push(prefix + line);
      rest = left;
    } while (rest.length > 0);
  }
  return lines.map((line) => safeText(line.trimEnd()));
}

/** Words and the spaces between them, in turn. */
function splitWords(text: string): string[] {
  return text.match(/ +|[^ ]+/g) ?? [];
}

/** What fits into `widthCells`, and what is left. Takes at least one grapheme. */
function takeLine(words: readonly string[], widthCells: number): [string, string[]] {
  let line = "";
  let cells = 0;
  for (const [i, word] of words.entries()) {
    const wordCells = widestCells(word);
    if (cells + wordCells <= widthCells) {
      line += word;
      cells += wordCells;
      continue;
    }
    // A space at the seam is dropped; a word that fits no line at all is cut.
    if (word.startsWith(" ")) return [line, words.slice(i + 1)];
    if (line.trim() !== "") return [line, words.slice(i)];
    const [head, tail] = cutWord(word, widthCells - cells);
    return [line + head, [...(tail === "" ? [] : [tail]), ...words.slice(i + 1)]];
  }
  return [line, []];
}

function cutWord(word: string, widthCells: number): [string, string] {
  let head = "";
  let cells = 0;
  for (const grapheme of splitGraphemes(word)) {
    cells += widestCells(grapheme);
    if (cells > widthCells && head !== "") break;
    head += grapheme;
  }
  return [head, word.slice(head.length)];
}
