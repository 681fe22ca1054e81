/** The row in which a line is typed: erasing and painting it with the few sequences that every terminal knows. */

import { type SafeText, safeText } from "../../base/safe_text.ts";
import { graphemeWidthCells, textWidthCells, truncateToWidth } from "../cells/text_width.ts";

/** To column 0, and erases from there on: also what a narrower terminal wrapped. */
export const ERASE_ROW = "\r\x1b[J";

/** Text needs at least this much beside the prompt. */
const MIN_VIEW_CELLS = 8;

/**
 * The bytes that paint prompt and line and place the cursor. `view` is asked for the line in the cells that are left. The last
 * column stays free: a terminal that is full to the edge wraps at a time of its own choice.
 */
export function paintRow(
  prompt: SafeText,
  columns: number,
  view: (widthCells: number) => EditorView,
): string {
  const shownPrompt = truncateToWidth(prompt, Math.max(0, columns - 1 - MIN_VIEW_CELLS));
  const promptCells = textWidthCells(shownPrompt);
  const { text, cursorCells } = view(columns - 1 - promptCells);
  const cursor = promptCells + cursorCells;
  // From column 0, since terminals disagree on how wide some emoji are.
  return `${shownPrompt}${text}\r${cursor > 0 ? `\x1b[${cursor}C` : ""}`;
}

// One row of a text that is typed, with the cursor in it. Pure.

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
