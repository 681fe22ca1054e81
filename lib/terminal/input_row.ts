/** The row in which a line is typed: erasing and painting it with the few sequences that every terminal knows. */

import type { EditorView } from "./editor_view.ts";
import type { SafeText } from "../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "./text_width.ts";

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
