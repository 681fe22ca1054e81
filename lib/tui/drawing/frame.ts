/** Rounded edges around a pane, with words in them. */

import type { CellArea, CellGrid, CellStyle } from "../../terminal/cells/cell_grid.ts";
import { safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { Row } from "./item_lines.ts";

/** What a frame looks like. */
export interface FrameLook {
  readonly style: CellStyle;
  /** In the upper edge, at the left and, where both fit, at the right. */
  readonly title?: Row;
  readonly facts?: Row;
  /** In the lower edge. */
  readonly foot?: Row;
  /** What the lower corners look like: a pane may go on below. */
  readonly joins?: boolean;
}

/** `╭─ Transfers ────╮` and what belongs to it; what is inside stays as it is. */
export function drawFrame(grid: CellGrid, area: CellArea, look: FrameLook): void {
  const { widthCells, heightCells } = area;
  if (widthCells < 2 || heightCells < 2) return;
  const last = area.row + heightCells - 1;
  drawEdge(grid, { ...area, heightCells: 1 }, { ...look, corners: ["╭", "╮"] });
  const side = [{ text: safeText("│"), style: look.style }];
  for (let row = area.row + 1; row < last; row++) {
    grid.write(area, row, side);
    grid.write({ ...area, column: area.column + widthCells - 1 }, row, side);
  }
  const { foot, style, joins = false } = look;
  drawEdge(grid, { ...area, row: last, heightCells: 1 }, {
    ...{ style, ...foot !== undefined && { title: foot } },
    corners: joins ? JOINT : ["╰", "╯"],
  });
}

/** Where another edge goes on. */
const JOINT = ["├", "┤"] as const;

/** A line from edge to edge of a frame. */
export function drawRule(
  grid: CellGrid,
  area: CellArea,
  { edge, line }: { readonly edge: CellStyle; readonly line: CellStyle },
): void {
  if (area.heightCells === 0) return;
  const [left, right] = JOINT;
  grid.write(area, area.row, [
    { text: safeText(left), style: edge },
    { text: safeText("─".repeat(Math.max(0, area.widthCells - 2))), style: line },
    { text: safeText(right), style: edge },
  ]);
}

/** Words of an edge that have room in it; those at the right give way to those at the left. */
function drawEdge(
  grid: CellGrid,
  area: CellArea,
  { style, title = [], facts = [], corners: [left, right] }: {
    readonly style: CellStyle;
    readonly title?: Row;
    readonly facts?: Row;
    readonly corners: readonly [string, string];
  },
): void {
  const line = (cells: number) => ({ text: safeText("─".repeat(Math.max(0, cells))), style });
  const roomCells = area.widthCells - 6;
  const shown = cutRow(title, roomCells);
  const titleCells = rowCells(shown);
  const factCells = rowCells(facts);
  const hasFacts = factCells > 0 && titleCells + factCells + 4 <= roomCells;
  const begin = titleCells === 0 ? [] : [blank(style), ...shown, blank(style)];
  const end = hasFacts ? [blank(style), ...facts, blank(style)] : [];
  const rest = area.widthCells - 4 - rowCells(begin) - rowCells(end);
  grid.write(area, area.row, [
    { text: safeText(`${left}─`), style },
    ...begin,
    line(rest),
    ...end,
    { text: safeText(`─${right}`), style },
  ]);
}

const blank = (style: CellStyle) => ({ text: safeText(" "), style });

/** Cells of a row. */
export function rowCells(row: Row): number {
  return row.reduce((cells, { text }) => cells + textWidthCells(text), 0);
}

/** As much of a row as has room. */
function cutRow(row: Row, widthCells: number): Row {
  let left = Math.max(0, widthCells);
  return row.flatMap(({ text, style }) => {
    if (left <= 0) return [];
    const shown = truncateToWidth(text, left);
    left -= textWidthCells(shown);
    return [{ text: shown, style }];
  });
}
