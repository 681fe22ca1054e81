/** Where a picture goes in its rectangle of cells: pure arithmetic. */

import {
  cellPixels,
  type CellSizeSource,
  type GraphicsMethod,
} from "../terminal/capability/capability.ts";
import type { Placement } from "../terminal/graphics/placement.ts";

/** An area of cells, counted from 0 at the top left. */
export interface CellRectangle {
  readonly column: number;
  readonly row: number;
  readonly widthCells: number;
  readonly heightCells: number;
}

/** What decides how large a picture can be. */
export interface FitOptions {
  readonly method: Exclude<GraphicsMethod, "none">;
  /** Size of one cell in pixels. */
  readonly cell: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly source?: CellSizeSource;
  };
  /** Size of the terminal in cells. */
  readonly columns: number;
  readonly rows: number;
  /** The largest sixel picture that the terminal takes, if it said so. */
  readonly maxSizePx?: { readonly widthPx: number; readonly heightPx: number } | undefined;
}

/** A sixel is six pixels high; a picture that ends with a whole one is the same in every terminal. */
const SIXEL_HEIGHT_PX = 6;
/** The kernel's run lengths end there. */
const WIDEST_PX = 4_095;

/**
 * The largest placement with the picture's shape, in the middle of the rectangle. It never has more pixels than the rectangle
 * and never touches the terminal's last row, where a picture would scroll the screen. Undefined when there is no room.
 */
export function fitPicture(
  picture: { readonly widthPx: number; readonly heightPx: number },
  rectangle: CellRectangle,
  options: FitOptions,
): Placement | undefined {
  const area = clip(rectangle, options);
  // The picture's size is its header's word, which nobody has checked yet.
  if (area === undefined || !(picture.widthPx >= 1 && picture.heightPx >= 1)) return undefined;
  const { cell, method } = options;
  const limit = method === "sixel" ? options.maxSizePx : undefined;
  const roomWidthPx = Math.min(
    area.widthCells * cell.widthPx,
    limit?.widthPx ?? WIDEST_PX,
    WIDEST_PX,
  );
  const roomHeightPx = Math.min(
    area.heightCells * cell.heightPx,
    limit?.heightPx ?? WIDEST_PX,
    WIDEST_PX,
  );
  const scale = Math.min(roomWidthPx / picture.widthPx, roomHeightPx / picture.heightPx);
  const size = sizeOf(picture.widthPx * scale, picture.heightPx * scale, options);
  if (size.widthCells > area.widthCells || size.heightCells > area.heightCells) return undefined;
  // Of a sixel picture what it fills counts, not the cells that it touches: a pixel in its last one would put it nearly a cell off.
  const isSixel = method === "sixel";
  const filledColumns = isSixel ? size.widthPx / cell.widthPx : size.widthCells;
  const filledRows = isSixel ? size.heightPx / cell.heightPx : size.heightCells;
  return {
    column: area.column +
      middle(area.widthCells - filledColumns, area.widthCells - size.widthCells),
    row: area.row + middle(area.heightCells - filledRows, area.heightCells - size.heightCells),
    ...size,
  };
}

/** The whole cell nearest to half of what is free, of two as near the first; `most`: where the picture still fits. */
function middle(freeCells: number, most: number): number {
  return Math.max(0, Math.min(Math.ceil(freeCells / 2 - 0.5 - ROUNDING), most));
}

/** The part of the rectangle that is on the screen, without the last row. */
function clip(rectangle: CellRectangle, options: FitOptions): CellRectangle | undefined {
  const column = Math.max(0, rectangle.column);
  const row = Math.max(0, rectangle.row);
  const right = Math.min(rectangle.column + rectangle.widthCells, options.columns);
  const bottom = Math.min(rectangle.row + rectangle.heightCells, options.rows - 1);
  if (right <= column || bottom <= row) return undefined;
  return { column, row, widthCells: right - column, heightCells: bottom - row };
}

type Size = Omit<Placement, "column" | "row">;

/** Answers that are of the cell itself: what is divided by cells may have an edge in it. */
const EXACT_SOURCES: readonly (CellSizeSource | undefined)[] = ["cell-report", "sixel-report"];

/** Cells and pixels for a picture that would be so large on the screen. */
function sizeOf(widthPx: number, heightPx: number, { method, cell }: FitOptions): Size {
  if (method === "sixel") {
    // Exact pixels; the cells are those that they touch. Floor, so that they fit.
    const width = Math.max(1, Math.floor(widthPx + ROUNDING));
    const bands = Math.max(1, Math.floor((heightPx + ROUNDING) / SIXEL_HEIGHT_PX));
    const height = bands * SIXEL_HEIGHT_PX;
    return {
      widthCells: Math.ceil(width / cell.widthPx),
      heightCells: Math.ceil(height / cell.heightPx),
      widthPx: width,
      heightPx: height,
      ...(EXACT_SOURCES.includes(cell.source) ? { cellHeightPx: cell.heightPx } : {}),
    };
  }
  // Whole cells: the terminal scales the picture to them, or the cells are the picture.
  const widthCells = Math.max(1, Math.round(widthPx / cell.widthPx));
  const heightCells = Math.max(1, Math.round(heightPx / cell.heightPx));
  const pixels = cellPixels(method);
  if (pixels !== undefined) {
    const { columns, rows } = pixels;
    return {
      ...{ widthCells, heightCells },
      ...{ widthPx: widthCells * columns, heightPx: heightCells * rows },
    };
  }
  return {
    widthCells,
    heightCells,
    widthPx: Math.floor(widthCells * cell.widthPx),
    heightPx: Math.floor(heightCells * cell.heightPx),
  };
}

/** 359.9999 is 360. */
const ROUNDING = 1e-6;
