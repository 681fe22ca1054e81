/** What opens over the conversation: never over a picture, since it stays within the pane that it is given. */

import { type CellArea, type CellGrid, isEmptyArea } from "../../terminal/cells/cell_grid.ts";
import type { CellPlace } from "../../terminal/cells/cell_screen.ts";
import type { Key } from "../../terminal/input/key.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { bar, fitHint } from "./bars.ts";
import { drawFrame } from "../drawing/frame.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Theme } from "../theme/theme.ts";
import type { DrawnTimeline } from "./timeline_pane.ts";

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
}

/** What a key led to. */
export type PanelOutcome = "open" | "closed";

/** Something that takes the keys while it is open. */
export interface Panel {
  /** A menu takes as few rows as it needs, at the bottom; a page takes all. */
  readonly shape: "menu" | "page";
  /** It shows what is asked, which then stands nowhere else. */
  readonly showsAsks?: true;
  /** Pictures in its body, which begins with this row of its rows. */
  pictures?(body: CellArea, firstRow: number): Pick<DrawnTimeline, "pictures" | "refs">;
  view(options: { readonly widthCells: number; readonly theme: Theme }): PanelView;
  handle(key: Key): PanelOutcome;
  /** A click on a row of the body. */
  click(row: number): PanelOutcome;
  /** Turns the wheel. */
  scroll(byRows: number): void;
}

/** Where a panel was drawn: for clicks. */
export interface DrawnPanel {
  /** All that it covers. */
  readonly area: CellArea;
  readonly cursor: CellPlace | undefined;
  readonly body: CellArea;
  /** The row of the body that is at the top of it. */
  readonly firstRow: number;
}

/** Narrower or lower than this, a frame takes what is to be read. */
const MIN_FRAMED_COLUMNS = 30;
const MIN_FRAMED_ROWS = 8;
/** A menu takes so many rows, or half of those that there are. */
const MENU_ROWS = 12;

/** Draws a panel into an area; what does not fit is scrolled so that the focus row is seen. A page has a frame where there is room. */
export function drawPanel(
  grid: CellGrid,
  area: CellArea,
  panel: Pick<Panel, "view" | "shape">,
  { theme, joins = false }: { readonly theme: Theme; readonly joins?: boolean },
): DrawnPanel {
  const hasRoom = area.widthCells >= MIN_FRAMED_COLUMNS && area.heightCells >= MIN_FRAMED_ROWS;
  // In the place of a frame that was there it takes no room.
  const isFramed = panel.shape === "page" && (joins || hasRoom);
  const inside = {
    column: area.column + 1,
    row: area.row + 1,
    widthCells: area.widthCells - 2,
    heightCells: area.heightCells - 2,
  };
  const { widthCells } = isFramed ? inside : area;
  const view = panel.view({ widthCells, theme });
  if (!isFramed) return drawPlain(grid, area, { view, theme, shape: panel.shape });
  grid.fill(area, theme.text);
  drawFrame(grid, area, { ...framed(view, area, theme), joins });
  const drawn = drawRows(grid, inside, view);
  drawRest(grid, area, view.rows.length - drawn.firstRow - drawn.body.heightCells, theme);
  return { ...drawn, area };
}

/** The title above, what can be done below. */
function framed(view: PanelView, { widthCells }: CellArea, theme: Theme) {
  const title = truncateToWidth(onOneLine(safeText(view.title)), widthCells - 6);
  return {
    style: theme.frame,
    title: [{ text: title, style: theme.own }],
    foot: [{ text: safeText(fitHint(view.hint, widthCells - 6)), style: theme.faint }],
  };
}

interface Drawing {
  readonly view: PanelView;
  readonly theme: Theme;
  readonly shape: Panel["shape"];
}

/** How much is below what is seen, in the frame, where it covers nothing. */
function drawRest(grid: CellGrid, area: CellArea, below: number, theme: Theme): void {
  if (below <= 0) return;
  const text = safeText(` ▼ ${below} more `);
  const column = area.column + area.widthCells - textWidthCells(text) - 2;
  grid.write({ ...area, column }, area.row, [{ text, style: theme.faint }]);
}

/** A menu of a thousand names leaves something of the conversation to be seen. */
function mostMenuRows({ heightCells }: CellArea): number {
  return Math.min(heightCells, Math.max(MENU_ROWS, Math.floor(heightCells / 2)));
}

/** Without a frame: a bar with the title, and what can be done in the last row. */
function drawPlain(grid: CellGrid, area: CellArea, drawing: Drawing): DrawnPanel {
  const { view, theme, shape } = drawing;
  const { widthCells } = area;
  if (isEmptyArea(area)) return { area, cursor: undefined, body: area, firstRow: 0 };
  const inputRows = view.input === undefined ? 0 : 1;
  const frameRows = 1 + inputRows + (view.hint === "" ? 0 : 1);
  const wanted = shape === "page"
    ? area.heightCells
    : Math.min(mostMenuRows(area), view.rows.length + frameRows);
  const top = area.row + area.heightCells - wanted;
  const style = shape === "menu" ? theme.menu : theme.text;
  const covered = { ...area, row: top, heightCells: wanted };
  grid.fill(covered, style);
  grid.write(area, top, bar(` ${view.title}`, "", { widthCells, style: theme.bar }));
  const hintRows = view.hint !== "" && wanted > 1 + inputRows ? 1 : 0;
  if (hintRows > 0) {
    const text = safeText(` ${fitHint(view.hint, widthCells - 2)}`);
    grid.write(area, top + wanted - 1, [{
      text,
      style: shape === "menu" ? theme.menu : theme.faint,
    }]);
  }
  const rest = { ...area, row: top + 1, heightCells: Math.max(0, wanted - 1 - hintRows) };
  return { ...drawRows(grid, rest, view), area: covered };
}

/** The line that is typed and the body. */
function drawRows(grid: CellGrid, area: CellArea, view: PanelView): Omit<DrawnPanel, "area"> {
  const { widthCells } = area;
  const inputRows = view.input === undefined ? 0 : 1;
  let cursor: CellPlace | undefined;
  if (view.input !== undefined && area.heightCells > 0) {
    grid.write(area, area.row, view.input.row);
    const column = area.column + Math.min(view.input.cursorCells, widthCells - 1);
    cursor = { column, row: area.row };
  }
  const bodyRows = Math.max(0, area.heightCells - inputRows);
  const body = { ...area, row: area.row + inputRows, heightCells: bodyRows };
  const firstRow = firstSeen(view, bodyRows);
  for (let i = 0; i < bodyRows; i++) {
    grid.write(area, body.row + i, view.rows[firstRow + i] ?? []);
  }
  return { cursor, body, firstRow };
}

function firstSeen({ rows, focus }: PanelView, bodyRows: number): number {
  const last = Math.max(0, rows.length - bodyRows);
  const wanted = "topRow" in focus ? focus.topRow : focus.row - Math.floor(bodyRows / 2);
  return Math.max(0, Math.min(last, wanted));
}
