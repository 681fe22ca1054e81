/** The size of a cell in pixels, from whichever answer can be believed. */

import type { CellSize, CellSizeSource } from "./capability.ts";
import type { ReportedSize, TerminalAnswers } from "./terminal_answers.ts";

const MIN_CELL_PX = 3;
const MAX_CELL_PX = 256;

/** The VGA text cell: what is drawn is then of a sensible shape, if not of the right size. */
const GUESS: CellSize = { widthPx: 8, heightPx: 16, source: "guess" };

/**
 * In order: the cell's own report, the area's report by cells (rounded down, since some count their padding), the sixel area's by
 * cells, iTerm2's report, a guess. Terminals lie, so what gives no sensible cell is passed over.
 */
export function decideCellSize(
  answers: TerminalAnswers,
  columns: number,
  rows: number,
): CellSize {
  return sensible(answers.cellPx, "cell-report") ??
    sensible(perCell(answers.areaPx, columns, rows), "area-report") ??
    fromSixelArea(answers, columns, rows) ??
    sensible(answers.iterm2CellPx, "iterm2-report") ?? GUESS;
}

function sensible(
  cell: ReportedSize | undefined,
  source: CellSizeSource,
): CellSize | undefined {
  if (cell === undefined || !isSensible(cell.widthPx) || !isSensible(cell.heightPx)) {
    return undefined;
  }
  return { widthPx: Math.floor(cell.widthPx), heightPx: Math.floor(cell.heightPx), source };
}

function isSensible(px: number): boolean {
  return px >= MIN_CELL_PX && px <= MAX_CELL_PX;
}

function perCell(
  area: ReportedSize | undefined,
  columns: number,
  rows: number,
): ReportedSize | undefined {
  if (area === undefined) return undefined;
  return { widthPx: area.widthPx / columns, heightPx: area.heightPx / rows };
}

/**
 * xterm answers with its text area, but never with more than its largest picture (1000×1000). So a side counts only when the
 * cells divide it and it is not at the limit; the other side is then taken from the usual shape, twice as high as wide.
 */
function fromSixelArea(
  answers: TerminalAnswers,
  columns: number,
  rows: number,
): CellSize | undefined {
  const area = answers.sixelAreaPx;
  if (area === undefined) return undefined;
  const limit = answers.sixelMaxPx;
  const widthPx = exactShare(area.widthPx, columns, limit?.widthPx);
  const heightPx = exactShare(area.heightPx, rows, limit?.heightPx);
  if (widthPx === undefined && heightPx === undefined) return undefined;
  const cell = {
    widthPx: widthPx ?? Math.round((heightPx ?? 0) / 2),
    heightPx: heightPx ?? 2 * (widthPx ?? 0),
  };
  return sensible(cell, "sixel-report");
}

function exactShare(
  sidePx: number,
  cells: number,
  limitPx: number | undefined,
): number | undefined {
  const share = sidePx / cells;
  return sidePx !== limitPx && Number.isInteger(share) && isSensible(share) ? share : undefined;
}
