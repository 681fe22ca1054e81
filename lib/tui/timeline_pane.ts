/** Draws the open conversation, or what to do when it is empty. */

import type { CellArea, CellGrid } from "../terminal/cell_grid.ts";
import { safeText } from "../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../terminal/text_width.ts";
import { hintsFor } from "./empty_states.ts";
import type { RowOptions } from "./item_lines.ts";
import { type Model, pageOf } from "../app/conversations/model.ts";
import type { Theme } from "./theme.ts";
import { Timeline, type TimelineView } from "./timeline.ts";

/** The rows of the open page, for drawing and for scrolling. */
export function timelineOf(
  model: Model,
  options: Pick<RowOptions, "names" | "theme" | "widthCells">,
): Timeline {
  return new Timeline(pageOf(model, model.open), { ...options, peers: model.peers });
}

/** What is said last stands at the bottom, hints at the top. */
export function drawTimeline(
  grid: CellGrid,
  area: CellArea,
  { model, theme, names }: {
    readonly model: Model;
    readonly theme: Theme;
    readonly names: RowOptions["names"];
  },
): TimelineView {
  const { widthCells, heightCells } = area;
  const page = pageOf(model, model.open);
  const view = timelineOf(model, { widthCells, theme, names }).view(heightCells);
  const hints = page.items.length === 0 || model.open === undefined
    ? hintsFor(model, { widthCells, theme }).slice(0, heightCells)
    : [];
  // The home page stays above lines of the program for as long as there is room for both.
  if (page.items.length === 0 || hints.length + view.rows.length < heightCells) {
    hints.forEach((row, i) => grid.write(area, area.row + i, row));
  }
  const top = area.row + heightCells - view.rows.length;
  view.rows.forEach((row, i) => grid.write(area, top + i, row));
  if (view.hasMoreBelow && heightCells > 1) drawMore(grid, area, { unseen: page.unread, theme });
  return view;
}

function drawMore(
  grid: CellGrid,
  area: CellArea,
  { unseen, theme }: { unseen: number; theme: Theme },
): void {
  const words = unseen > 0 ? `▼ ${unseen} new below, escape shows them` : "▼ more below";
  const text = truncateToWidth(safeText(` ${words} `), area.widthCells);
  const widthCells = textWidthCells(text);
  const corner = { ...area, column: area.column + area.widthCells - widthCells, widthCells };
  grid.write(corner, area.row + area.heightCells - 1, [{ text, style: theme.fresh }]);
}
