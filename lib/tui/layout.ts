/** Where the panes are: a size in, rectangles out. Pure. */

import { type CellArea, NO_AREA } from "../terminal/cell_grid.ts";

/** What there is to be shown. */
export interface LayoutWishes {
  readonly columns: number;
  readonly rows: number;
  /** Rows of the text that is being typed. */
  readonly composerRows: number;
  /** Whether the list of conversations is wanted, where there is room. */
  readonly list: boolean;
  /** `pane`: above or beside the conversation; `full`: all but the status line. */
  readonly video: "none" | "pane" | "full";
  /** Rows of what others ask of the person. */
  readonly askRows: number;
  /** Rows of words below a picture. */
  readonly videoBarRows: number;
}

/** The panes. Those for which there is no room are empty. No two overlap. */
export interface Layout {
  readonly list: CellArea;
  /** The upright line between the list and the rest. */
  readonly divider: CellArea;
  readonly title: CellArea;
  readonly timeline: CellArea;
  /** Above what is typed. */
  readonly asks: CellArea;
  readonly composer: CellArea;
  readonly status: CellArea;
  /** Cells of the picture and nothing else. */
  readonly video: CellArea;
  /** Below the picture. */
  readonly videoBar: CellArea;
}

/** Narrower than this, the list would take the room that the conversation needs. */
const MIN_COLUMNS_FOR_LIST = 60;
const LIST_SHARE = 0.22;
const MIN_LIST_CELLS = 16;
const MAX_LIST_CELLS = 30;
/** From here on a picture stands beside the conversation. */
const MIN_COLUMNS_BESIDE = 120;
/** A conversation stays readable beside a picture. */
const MIN_TALK_CELLS = 36;
/** And below it. */
const MIN_TALK_ROWS = 3;
/** Below this many rows a title is a waste. */
const MIN_ROWS_FOR_TITLE = 6;
/** What is typed never hides the conversation. */
const COMPOSER_SHARE = 1 / 3;
/** Cells are about twice as high as wide: a 16:9 picture as wide as this many cells is one row high. */
const CELLS_PER_PICTURE_ROW = 32 / 9;

/** Splits the screen. Any size from 1×1 on gives a layout. */
export function layOut(wishes: LayoutWishes): Layout {
  const { columns, rows } = wishes;
  const statusRows = rows >= 3 ? 1 : 0;
  const status = {
    column: 0,
    row: rows - statusRows,
    widthCells: columns,
    heightCells: statusRows,
  };
  const room = { column: 0, row: 0, widthCells: columns, heightCells: rows - statusRows };
  if (wishes.video === "full") return { ...EMPTY, status, ...fullVideo(room, wishes.videoBarRows) };
  const hasList = wishes.list && columns >= MIN_COLUMNS_FOR_LIST;
  const listCells = hasList
    ? clamp(Math.round(columns * LIST_SHARE), MIN_LIST_CELLS, MAX_LIST_CELLS)
    : 0;
  const list = { ...room, widthCells: listCells };
  const divider = { ...room, column: listCells, widthCells: hasList ? 1 : 0 };
  const main = cutLeft(room, hasList ? listCells + 1 : 0);
  return { ...EMPTY, ...splitMain(main, wishes), list, divider, status };
}

const EMPTY: Layout = {
  list: NO_AREA,
  divider: NO_AREA,
  title: NO_AREA,
  timeline: NO_AREA,
  asks: NO_AREA,
  composer: NO_AREA,
  status: NO_AREA,
  video: NO_AREA,
  videoBar: NO_AREA,
};

function fullVideo(room: CellArea, barRows: number): Pick<Layout, "video" | "videoBar"> {
  const heightCells = Math.max(0, room.heightCells - barRows);
  return {
    video: { ...room, heightCells },
    videoBar: { ...room, row: room.row + heightCells, heightCells: room.heightCells - heightCells },
  };
}

function splitMain(main: CellArea, wishes: LayoutWishes): Partial<Layout> {
  const titleRows = wishes.rows >= MIN_ROWS_FOR_TITLE ? 1 : 0;
  const title = { ...main, heightCells: titleRows };
  const below = cutTop(main, titleRows);
  const composerRows = clamp(
    wishes.composerRows,
    1,
    Math.max(1, Math.floor(below.heightCells * COMPOSER_SHARE)),
  );
  const composer = {
    ...below,
    row: below.row + Math.max(0, below.heightCells - composerRows),
    heightCells: Math.min(composerRows, below.heightCells),
  };
  const askRows = Math.min(
    wishes.askRows,
    Math.max(0, below.heightCells - composer.heightCells - MIN_TALK_ROWS),
  );
  const asks = { ...below, row: composer.row - askRows, heightCells: askRows };
  const middle = { ...below, heightCells: below.heightCells - composer.heightCells - askRows };
  const parts = { title, composer, asks, timeline: middle };
  if (wishes.video === "none") return parts;
  const shared = wishes.columns >= MIN_COLUMNS_BESIDE
    ? beside(middle, wishes.videoBarRows)
    : above(middle, wishes.videoBarRows);
  // No room for both: the conversation stays, the picture can be had on the whole screen.
  return shared === undefined ? parts : { ...parts, ...shared };
}

type Shared = Pick<Layout, "timeline" | "video" | "videoBar">;

function beside(middle: CellArea, barRows: number): Shared | undefined {
  const talkCells = Math.max(MIN_TALK_CELLS, Math.round(middle.widthCells * 0.4));
  const pictureCells = middle.widthCells - talkCells;
  const rows = Math.min(
    middle.heightCells - barRows,
    Math.ceil(pictureCells / CELLS_PER_PICTURE_ROW),
  );
  if (rows < 1 || pictureCells < 8) return undefined;
  const column = middle.column + talkCells;
  const video = { column, row: middle.row, widthCells: pictureCells, heightCells: rows };
  return {
    timeline: { ...middle, widthCells: talkCells },
    video,
    videoBar: { ...video, row: video.row + rows, heightCells: barRows },
  };
}

function above(middle: CellArea, barRows: number): Shared | undefined {
  const rows = Math.min(
    middle.heightCells - barRows - MIN_TALK_ROWS,
    Math.ceil(middle.widthCells / CELLS_PER_PICTURE_ROW),
    Math.floor(middle.heightCells * 0.6),
  );
  if (rows < 2) return undefined;
  const video = { ...middle, heightCells: rows };
  return {
    timeline: cutTop(middle, rows + barRows),
    video,
    videoBar: { ...video, row: video.row + rows, heightCells: barRows },
  };
}

function cutLeft(area: CellArea, cells: number): CellArea {
  return { ...area, column: area.column + cells, widthCells: Math.max(0, area.widthCells - cells) };
}

/** An area without its first rows. */
export function cutTop(area: CellArea, rows: number): CellArea {
  return { ...area, row: area.row + rows, heightCells: Math.max(0, area.heightCells - rows) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
