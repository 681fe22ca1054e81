/** One row of a text that is typed, with the cursor in it. Pure. */

import { type SafeText, safeText } from "../base/safe_text.ts";
import { graphemeWidthCells } from "./text_width.ts";

/** What to show: one row of text and the place of the cursor in it. */
export interface EditorView {
  readonly text: SafeText;
  readonly cursorCells: number;
}

/** A line break in the line is shown as this; it is one cell wide everywhere. */
export const NEWLINE_SIGN = "↵";

/** Scrolled sideways so that the cursor is in it; it needs a cell of its own, also behind the last grapheme. */
export function scrollToCursor(
  graphemes: readonly string[],
  cursor: number,
  widthCells: number,
): EditorView {
  const shown = graphemes.map(showGrapheme);
  let start = cursor;
  let cursorCells = 0;
  while (start > 0) {
    const cells = graphemeWidthCells(shown[start - 1]);
    if (cursorCells + cells > widthCells - 1) break;
    cursorCells += cells;
    start--;
  }
  let text = "";
  let cells = 0;
  for (const grapheme of shown.slice(start)) {
    cells += graphemeWidthCells(grapheme);
    if (cells > widthCells) break;
    text += grapheme;
  }
  return { text: safeText(text), cursorCells };
}

function showGrapheme(grapheme: string): SafeText {
  return safeText(grapheme === "\n" ? NEWLINE_SIGN : grapheme);
}
