/** Draws the text that is being typed, and says where the cursor stands. */

import type { CellArea, CellGrid } from "../../terminal/cells/cell_grid.ts";
import type { CellPlace } from "../../terminal/cells/cell_screen.ts";
import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { ComposerView } from "./composer.ts";
import { listedAt, type Model } from "../../app/conversations/model.ts";
import type { Theme } from "../theme/theme.ts";

/** A longer name is cut. */
const MAX_PROMPT_CELLS = 20;
/** On a narrower screen the text needs all of the room. */
const MIN_COLUMNS_FOR_PROMPT = 12;

/** ` bob> `, with a sign for a safety number that was compared, or that changed. */
export function promptOf(model: Model, columns: number): SafeText {
  if (columns < MIN_COLUMNS_FOR_PROMPT) return safeText("");
  const listed = listedAt(model, model.open);
  if (listed === undefined) return safeText(" > ");
  const mark = listed.trust === "verified" ? "✓" : listed.trust === "changed" ? "!" : "";
  const most = Math.min(MAX_PROMPT_CELLS, Math.floor(columns / 4));
  const name = truncateToWidth(onOneLine(safeText(listed.name)), Math.max(1, most));
  return safeText(` ${name}${mark}> `);
}

/** The row with the cursor is seen, whatever else does not fit. Undefined where there is no room at all. */
export function drawComposer(
  grid: CellGrid,
  area: CellArea,
  { prompt, composed, theme }: { prompt: SafeText; composed: ComposerView; theme: Theme },
): CellPlace | undefined {
  if (area.heightCells < 1) return undefined;
  const { rows, cursor } = composed;
  const promptCells = textWidthCells(prompt);
  const last = Math.max(0, rows.length - area.heightCells);
  const first = Math.max(0, Math.min(cursor.row - area.heightCells + 1, last));
  const indent = safeText(" ".repeat(promptCells));
  for (let i = 0; i < area.heightCells; i++) {
    const before = first + i === 0 ? prompt : indent;
    const text = rows[first + i] ?? safeText("");
    const spans = [{ text: before, style: theme.faint }, { text, style: theme.text }];
    grid.write(area, area.row + i, spans);
  }
  const right = Math.max(0, area.widthCells - 1);
  const column = area.column + Math.min(promptCells + cursor.column, right);
  return { column, row: area.row + cursor.row - first };
}
