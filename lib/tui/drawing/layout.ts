/** Where the panes are: a size in, rectangles out. Pure. */

import { type CellArea, NO_AREA } from "../../terminal/cells/cell_grid.ts";

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
  /** Around panes, where there is room to spare: the title stands in the upper edge of `talk`. */
  readonly frames: Frames;
}

/** Areas with their edges. All are empty where nothing is framed. */
export interface Frames {
  readonly list: CellArea;
  readonly talk: CellArea;
  readonly video: CellArea;
  /** The row of `talk` between the conversation and what is typed. */
  readonly rule: CellArea;
}

/** Narrower than this, the list would take the room that the conversation needs. */
const MIN_COLUMNS_FOR_LIST = 60;
const LIST_SHARE = 0.22;
const MIN_LIST_CELLS = 16;
const MAX_LIST_CELLS = 30;
/** Smaller than this, frames would take what is to be read. */
const MIN_FRAMED_COLUMNS = 100;
const MIN_FRAMED_ROWS = 28;
/** From here on a picture may stand beside the conversation. */
const MIN_COLUMNS_BESIDE = 120;
/** A conversation stays readable beside a picture. */
const MIN_TALK_CELLS = 36;
/** And below it. */
const MIN_TALK_ROWS = 3;
/** Below this many rows a title is a waste. */
const MIN_ROWS_FOR_TITLE = 6;
/** What is typed never hides the conversation. */
const COMPOSER_SHARE = 1 / 3;
/** Nor does a picture that stands above it. */
const ABOVE_SHARE = 0.6;
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
  if (columns >= MIN_FRAMED_COLUMNS && rows >= MIN_FRAMED_ROWS) {
    return { ...EMPTY, ...framed(room, wishes, listCells), status };
  }
  const list = { ...room, widthCells: listCells };
  const divider = { ...room, column: listCells, widthCells: hasList ? 1 : 0 };
  const main = cutLeft(room, hasList ? listCells + 1 : 0);
  return { ...EMPTY, ...splitMain(main, wishes), list, divider, status };
}

const NO_FRAMES: Frames = { list: NO_AREA, talk: NO_AREA, video: NO_AREA, rule: NO_AREA };

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
  frames: NO_FRAMES,
};

function fullVideo(room: CellArea, barRows: number): Pick<Layout, "video" | "videoBar"> {
  const [video, videoBar] = cutBottom(room, barRows);
  return { video, videoBar };
}

function splitMain(main: CellArea, wishes: LayoutWishes): Partial<Layout> {
  const titleRows = wishes.rows >= MIN_ROWS_FOR_TITLE ? 1 : 0;
  const title = { ...main, heightCells: titleRows };
  const parts = stack(cutTop(main, titleRows), wishes, 0);
  const { rule: _, timeline: middle, ...rest } = { title, ...parts };
  if (wishes.video === "none") return { ...rest, timeline: middle };
  const shared = share(middle, wishes, { talkRows: MIN_TALK_ROWS, edgeCells: 0 });
  // No room for both: the conversation stays, the picture can be had on the whole screen.
  if (shared === undefined) return { ...rest, timeline: middle };
  const { talk, video } = shared;
  const [picture, videoBar] = cutBottom(video, wishes.videoBarRows);
  return { ...rest, timeline: talk, video: picture, videoBar };
}

/** Rounded panes side by side, or one upon the other. */
function framed(room: CellArea, wishes: LayoutWishes, listCells: number): Partial<Layout> {
  const list = listCells === 0 ? NO_AREA : { ...room, widthCells: listCells + 2 };
  const main = cutLeft(room, list.widthCells);
  const talkRows = MIN_TALK_ROWS + wishes.composerRows + wishes.askRows + 3;
  const shared = wishes.video === "none"
    ? undefined
    : share(main, wishes, { talkRows, edgeCells: 2 });
  const { talk, video } = shared ?? { talk: main, video: NO_AREA };
  const title = {
    column: talk.column + 2,
    row: talk.row,
    widthCells: talk.widthCells - 4,
    heightCells: 1,
  };
  const { rule, ...parts } = stack(within(talk), wishes, 1);
  const [picture, videoBar] = cutBottom(within(video), wishes.videoBarRows);
  const line = { ...talk, row: rule.row, heightCells: rule.heightCells };
  return {
    ...{ ...parts, title, list: within(list), video: picture, videoBar },
    frames: { list, talk, video, rule: line },
  };
}

/** The conversation, a rule where there is one, what is asked, and what is typed, from the top. */
function stack(area: CellArea, wishes: LayoutWishes, ruleRows: number) {
  const most = Math.max(1, Math.floor(area.heightCells * COMPOSER_SHARE));
  const [above, composer] = cutBottom(area, clamp(wishes.composerRows, 1, most));
  const askRows = Math.min(
    wishes.askRows,
    Math.max(0, above.heightCells - ruleRows - MIN_TALK_ROWS),
  );
  const [middle, asks] = cutBottom(above, askRows);
  const [timeline, rule] = cutBottom(middle, ruleRows);
  return { timeline, rule, asks, composer };
}

/** Where the picture can be larger: above the conversation, which then has the whole width, or beside it. */
function share(
  area: CellArea,
  { columns, videoBarRows }: LayoutWishes,
  { talkRows, edgeCells }: { readonly talkRows: number; readonly edgeCells: number },
): { readonly talk: CellArea; readonly video: CellArea } | undefined {
  const extraRows = videoBarRows + edgeCells;
  const pictureRows = (roomRows: number, roomCells: number) =>
    Math.min(roomRows - extraRows, Math.ceil((roomCells - edgeCells) / CELLS_PER_PICTURE_ROW));
  const aboveRows = Math.min(
    pictureRows(area.heightCells - talkRows, area.widthCells),
    Math.floor(area.heightCells * ABOVE_SHARE),
  );
  const talkCells = Math.max(MIN_TALK_CELLS + edgeCells, Math.round(area.widthCells * 0.4));
  const besideCells = area.widthCells - talkCells;
  const besideRows = columns >= MIN_COLUMNS_BESIDE && besideCells >= 8 + edgeCells
    ? pictureRows(area.heightCells, besideCells)
    : 0;
  if (Math.max(aboveRows, besideRows) < 2) return undefined;
  if (besideRows > aboveRows) {
    return {
      talk: { ...area, widthCells: talkCells },
      video: cutLeft(area, talkCells),
    };
  }
  const heightCells = aboveRows + extraRows;
  return { talk: cutTop(area, heightCells), video: { ...area, heightCells } };
}

/** An area without its edges. */
function within(area: CellArea): CellArea {
  if (area === NO_AREA) return area;
  return {
    column: area.column + 1,
    row: area.row + 1,
    widthCells: Math.max(0, area.widthCells - 2),
    heightCells: Math.max(0, area.heightCells - 2),
  };
}

/** What is above the last rows of an area, and those. */
function cutBottom(area: CellArea, rows: number): readonly [CellArea, CellArea] {
  const below = Math.max(0, Math.min(rows, area.heightCells));
  const heightCells = area.heightCells - below;
  return [
    { ...area, heightCells },
    { ...area, row: area.row + heightCells, heightCells: below },
  ];
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
