/** Draws the open conversation, or what to do when it is empty. */

import type { CellArea, CellGrid } from "../../terminal/cells/cell_grid.ts";
import { safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { homePosters } from "./home_posters.ts";
import { hintsFor } from "./empty_states.ts";
import { homeRows } from "./home_page.ts";
import type { Row, RowOptions } from "../drawing/item_lines.ts";
import { seenBy } from "../../app/conversations/seen_by.ts";
import { type Model, type Page, pageOf } from "../../app/conversations/model.ts";
import type { Theme } from "../theme/theme.ts";
import { Timeline, type TimelineOptions, type TimelineView } from "../timeline/timeline.ts";
import { type PagePictures, type SeenPicture, seenPictures } from "../timeline/picture_rows.ts";
import type { PictureRef } from "../../app/conversations/pictures.ts";

/** What is drawn, and how it is looked at. */
export interface TimelineScene extends Pick<RowOptions, "names" | "theme"> {
  readonly model: Model;
  readonly look: Pick<TimelineOptions, "selected" | "unfolded" | "found">;
  /** Undefined where none are drawn. */
  readonly pictures: PagePictures | undefined;
}

/** From so many rows on there are some to spare. */
const MIN_AIRY_ROWS = 28;

/** What rows of the open page are made with. */
export function rowOptionsOf(
  { model, theme, names }: TimelineScene,
  { widthCells }: Pick<CellArea, "widthCells">,
): RowOptions {
  const { highlights, ownAccount, peers, cards } = model;
  const seen = seenBy(model, model.open);
  return { widthCells, theme, names, highlights, ownAccount, peers, cards, seen };
}

/** The rows of the open page, for drawing and for scrolling. */
export function timelineOf(
  scene: TimelineScene,
  area: Pick<CellArea, "widthCells" | "heightCells">,
): Timeline {
  return new Timeline(pageOf(scene.model, scene.model.open), {
    ...rowOptionsOf(scene, area),
    ...scene.look,
    isAiry: area.heightCells >= MIN_AIRY_ROWS,
    pictures: scene.pictures && { page: scene.pictures, heightCells: area.heightCells },
  });
}

/** A page as it was drawn. */
export interface DrawnTimeline extends Pick<TimelineView, "nearsTop"> {
  /** Of each row from the top of the area: the item that stands there. */
  readonly keys: readonly (string | undefined)[];
  /** What is to be drawn on rows that were left blank. */
  readonly pictures: readonly SeenPicture[];
  /** Every picture of which something is on the page, or would be, once it is known. */
  readonly refs: readonly PictureRef[];
}

/** Below the home page; fewer say nothing. */
const MIN_NEWS_ROWS = 4;

/**
 * What stands above the lines of the page, and how many rows those have. The home page stays for as long as there is room for both,
 * or, shorter, for it and the newest of what only happened.
 */
function hintsAbove(
  scene: TimelineScene,
  area: CellArea,
): { readonly hints: readonly Row[]; readonly roomCells: number } {
  const { model, theme } = scene;
  const { widthCells, heightCells } = area;
  const page = pageOf(model, model.open);
  const size = { widthCells, heightCells, theme };
  const isHome = model.open === undefined;
  // Before it was read nobody knows whether something stands there.
  const isEmpty = page.items.length === 0;
  if (!isHome && !(isEmpty && page.isWhole)) return { hints: [], roomCells: heightCells };
  const hints = hintsFor(model, size).slice(0, heightCells);
  const { rows } = timelineOf(scene, area).view(heightCells);
  if (isEmpty || hints.length + rows.length < heightCells) return { hints, roomCells: heightCells };
  // What only happened is never all of the first page.
  const short = homeRows(model, {
    ...size,
    heightCells: heightCells - MIN_NEWS_ROWS,
    isShort: true,
  });
  return keepsHome(page) && short.length + MIN_NEWS_ROWS <= heightCells
    ? { hints: short, roomCells: heightCells - short.length }
    : { hints: [], roomCells: heightCells };
}

/** Whether nobody entered anything there, or scrolled: whoever asks for something wants to read all of the answer. */
function keepsHome({ items, anchor }: Page): boolean {
  return anchor === undefined &&
    items.every((item) => item.kind === "line" && !item.text.startsWith("> "));
}

/** What is said last stands at the bottom, hints at the top. */
export function drawTimeline(grid: CellGrid, area: CellArea, scene: TimelineScene): DrawnTimeline {
  const { model, theme } = scene;
  const { heightCells } = area;
  const page = pageOf(model, model.open);
  const { hints, roomCells } = hintsAbove(scene, area);
  const { rows, nearsTop, hasMoreBelow, below } = timelineOf(scene, area).view(roomCells);
  hints.forEach((row, i) => grid.write(area, area.row + i, row));
  const shelf = {
    ...area,
    row: area.row + hints.length,
    heightCells: model.open !== undefined || hints.length === 0
      ? 0
      : heightCells - hints.length - rows.length,
  };
  const posters = homePosters(model.home, shelf, scene);
  posters.rows.forEach((row, i) => grid.write(area, shelf.row + i, row));
  const top = heightCells - rows.length;
  rows.forEach(({ row }, i) => grid.write(area, area.row + top + i, row));
  const isOver = hasMoreBelow && heightCells > 1;
  if (isOver) drawMore(grid, area, { unseen: page.unread, below, theme });
  return {
    nearsTop,
    keys: [...Array(top).fill(undefined), ...rows.map(({ key }) => key)],
    pictures: scene.pictures === undefined ? [] : [
      ...posters.pictures,
      ...seenPictures(
        rows.map(({ picture }) => picture),
        { ...area, row: area.row + top },
        scene.pictures.drawing,
        isOver ? 1 : 0,
      ),
    ],
    refs: [...posters.refs, ...new Set(rows.flatMap(({ refs }) => refs ?? []))],
  };
}

function drawMore(
  grid: CellGrid,
  area: CellArea,
  { unseen, below, theme }: { unseen: number; below: number; theme: Theme },
): void {
  const words = unseen > 0
    ? `▼ ${unseen} new below, escape shows them`
    : below > 0
    ? `▼ ${below} below`
    : "▼ more below";
  const text = truncateToWidth(safeText(` ${words} `), area.widthCells);
  const widthCells = textWidthCells(text);
  const corner = { ...area, column: area.column + area.widthCells - widthCells, widthCells };
  grid.write(corner, area.row + area.heightCells - 1, [{ text, style: theme.fresh }]);
}
