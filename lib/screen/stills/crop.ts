/** Which part of a picture is seen where a page is scrolled: pure arithmetic. */

import type { Bitmap } from "../../base/bitmap.ts";
import { cellPixels, type GraphicsMethod } from "../../terminal/capability/capability.ts";
import type { Placement } from "../../terminal/graphics/placement.ts";

/** Rows of a picture, from its top. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** Where a part of a picture stands, and which part. */
export interface CroppedPlacement {
  /** Of what is seen. */
  readonly seen: Placement;
  /** Of the whole picture, were all of it on the screen. */
  readonly whole: Placement;
  /** Pixels of the whole picture above what is seen. */
  readonly abovePx: number;
}

/** A sixel is six pixels high. */
const SIXEL_HEIGHT_PX = 6;

/**
 * The part of a picture in these rows of it, the first of which stands at `row` of the terminal. Undefined where too little is seen
 * to be drawn.
 */
export function crop(
  whole: Placement,
  { from, count }: RowRange,
  { row, method, cellHeightPx }: {
    readonly row: number;
    readonly method: Exclude<GraphicsMethod, "none">;
    readonly cellHeightPx: number;
  },
): CroppedPlacement | undefined {
  const rowPx = cellPixels(method)?.rows ?? cellHeightPx;
  const abovePx = Math.round(from * rowPx);
  const belowPx = Math.min(whole.heightPx, Math.round((from + count) * rowPx));
  const isWhole = from === 0 && belowPx === whole.heightPx;
  const seenPx = belowPx - abovePx;
  const heightPx = method === "sixel" && !isWhole
    ? Math.floor(seenPx / SIXEL_HEIGHT_PX) * SIXEL_HEIGHT_PX
    : seenPx;
  if (heightPx < 1) return undefined;
  const heightCells = Math.min(count, whole.heightCells - from);
  return { seen: { ...whole, row, heightCells, heightPx }, whole, abovePx };
}

/** The pixels of that part, of a picture of any size. */
export function cropBitmap(
  { widthPx, heightPx, rgb }: Bitmap,
  { seen, whole, abovePx }: CroppedPlacement,
): Bitmap {
  const scale = heightPx / whole.heightPx;
  const top = Math.min(heightPx - 1, Math.round(abovePx * scale));
  const bottom = Math.max(top + 1, Math.round((abovePx + seen.heightPx) * scale));
  const rowBytes = widthPx * 3;
  const end = Math.min(heightPx, bottom);
  return { widthPx, heightPx: end - top, rgb: rgb.subarray(top * rowBytes, end * rowBytes) };
}
