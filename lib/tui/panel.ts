/** What opens over the conversation: never over a picture, since it stays within the pane that it is given. */

import { type CellArea, type CellGrid, isEmptyArea } from "../terminal/cell_grid.ts";
import type { CellPlace } from "../terminal/cell_screen.ts";
import type { Key } from "../terminal/key.ts";
import { safeText } from "../base/safe_text.ts";
import { bar } from "./bars.ts";
import type { Row } from "./item_lines.ts";
import type { Theme } from "./theme.ts";

/** A panel as it is to be drawn. */
export interface PanelView {
  readonly title: string;
  /** What can be done, in the last row. */
  readonly hint: string;
  /** The body. */
  readonly rows: readonly Row[];
  /** The row of the body that must be seen, or the one that stands at its top. */
  readonly focus: { readonly row: number } | { readonly topRow: number };
  /** A line that is typed, above the body. */
  readonly input: { readonly row: Row; readonly cursorCells: number } | undefined;
  /** A menu takes as few rows as it needs, at the bottom; a page takes all. */
  readonly shape: "menu" | "page";
}

/** What a key led to. */
export type PanelOutcome = "open" | "closed";

/** Something that takes the keys while it is open. */
export interface Panel {
  view(options: { readonly widthCells: number; readonly theme: Theme }): PanelView;
  handle(key: Key): PanelOutcome;
  /** A click on a row of the body. */
  click(row: number): PanelOutcome;
  /** Turns the wheel. */
  scroll(byRows: number): void;
}

/** Where a panel was drawn: for clicks. */
export interface DrawnPanel {
  readonly cursor: CellPlace | undefined;
  readonly body: CellArea;
  /** The row of the body that is at the top of it. */
  readonly firstRow: number;
}

/** Draws a panel into an area; what does not fit is scrolled so that the focus row is seen. */
export function drawPanel(
  grid: CellGrid,
  area: CellArea,
  view: PanelView,
  theme: Theme,
): DrawnPanel {
  const { widthCells } = area;
  if (isEmptyArea(area)) return { cursor: undefined, body: area, firstRow: 0 };
  const inputRows = view.input === undefined ? 0 : 1;
  const frameRows = 1 + inputRows + (view.hint === "" ? 0 : 1);
  const wanted = view.shape === "page"
    ? area.heightCells
    : Math.min(area.heightCells, view.rows.length + frameRows);
  const top = area.row + area.heightCells - wanted;
  const style = view.shape === "menu" ? theme.menu : theme.text;
  grid.fill({ ...area, row: top, heightCells: wanted }, style);
  grid.write(area, top, bar(` ${view.title}`, "", { widthCells, style: theme.bar }));
  let cursor: CellPlace | undefined;
  if (view.input !== undefined && wanted > 1) {
    grid.write(area, top + 1, view.input.row);
    const column = area.column + Math.min(view.input.cursorCells, widthCells - 1);
    cursor = { column, row: top + 1 };
  }
  const bodyRows = Math.max(0, wanted - frameRows);
  const body = { ...area, row: top + 1 + inputRows, heightCells: bodyRows };
  const firstRow = firstSeen(view, bodyRows);
  for (let i = 0; i < bodyRows; i++) {
    grid.write(area, body.row + i, view.rows[firstRow + i] ?? []);
  }
  if (view.hint !== "" && wanted > 1 + inputRows) {
    const hint = [{ text: safeText(` ${view.hint}`), style: theme.faint }];
    grid.write(area, top + wanted - 1, hint);
  }
  return { cursor, body, firstRow };
}

function firstSeen({ rows, focus }: PanelView, bodyRows: number): number {
  const last = Math.max(0, rows.length - bodyRows);
  const wanted = "topRow" in focus ? focus.topRow : focus.row - Math.floor(bodyRows / 2);
  return Math.max(0, Math.min(last, wanted));
}
