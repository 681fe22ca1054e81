/** Which rows of cells of a picture changed, so that only those are sent. Pure. */

/** Rows of pixels. */
export interface PixelRows {
  readonly from: number;
  readonly count: number;
}

/** A sixel is six pixels high: what is drawn ends with a whole one, or the terminal paints below it. */
const SIXEL_HEIGHT_PX = 6;
/** With more to be drawn, all of it is drawn: the terminal has one picture then. */
const MOST_CHANGED = 0.7;

/**
 * The changed parts of a picture, each from the top of a row of cells on, at most `most`; undefined when all of it is to be drawn.
 * `before` and `now` are bytes, as many in each row.
 */
export function changedStripes(
  before: Uint8Array,
  now: Uint8Array,
  { heightPx, cellHeightPx, most }: {
    /** Whole sixels. */
    readonly heightPx: number;
    readonly cellHeightPx: number;
    readonly most: number;
  },
): readonly PixelRows[] | undefined {
  if (before.length !== now.length) return undefined;
  const rowBytes = now.length / heightPx;
  const stripes: PixelRows[] = [];
  let from: number | undefined;
  let changed = 0;
  for (let top = 0; top < heightPx; top += cellHeightPx) {
    const bottom = Math.min(heightPx, top + cellHeightPx);
    if (!differ(before, now, top * rowBytes, bottom * rowBytes)) {
      if (from !== undefined) stripes.push(wholeSixels(from, top, { heightPx, cellHeightPx }));
      from = undefined;
      continue;
    }
    from ??= top;
    changed += bottom - top;
    if (changed > MOST_CHANGED * heightPx) return undefined;
  }
  if (from !== undefined) stripes.push(wholeSixels(from, heightPx, { heightPx, cellHeightPx }));
  return stripes.length > most ? undefined : stripes;
}

function differ(before: Uint8Array, now: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (before[i] !== now[i]) return true;
  return false;
}

/** Down to the end of a sixel; at the bottom of the picture, up until its end is one. */
function wholeSixels(
  from: number,
  to: number,
  { heightPx, cellHeightPx }: { readonly heightPx: number; readonly cellHeightPx: number },
): PixelRows {
  const count = SIXEL_HEIGHT_PX * Math.ceil((to - from) / SIXEL_HEIGHT_PX);
  if (from + count <= heightPx) return { from, count };
  let top = from;
  while ((heightPx - top) % SIXEL_HEIGHT_PX !== 0) top -= cellHeightPx;
  return { from: top, count: heightPx - top };
}
