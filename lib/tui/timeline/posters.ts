/** Posters of the server's videos: their room in cells, and where one is drawn. Pure. */

import type { PictureRef } from "../../app/conversations/pictures.ts";
import type { ListedVideo } from "../../app/video_list.ts";
import { fitPicture } from "../../screen/fit.ts";
import type { PagePictures, SeenPicture } from "./picture_rows.ts";

/** Cells of a poster: 16:9 where a cell is twice as high as wide. */
export const POSTER = { widthCells: 14, heightCells: 4 } as const;

/** As large as the picture is on usual terminals, where there is room to spare. */
export const LARGE_POSTER = { widthCells: 28, heightCells: 8 } as const;

/** The poster of a video, as a picture that can be looked at. */
export function posterRef(
  { name, sizeBytes }: Pick<ListedVideo, "name" | "sizeBytes">,
): PictureRef {
  return { video: name, key: `poster ${name}`, name, sizeBytes, from: undefined, isOnly: true };
}

/** What is seen of it with its upper left corner there, in so many cells; undefined for one that is not known, or not drawn. */
export function posterAt(
  ref: PictureRef,
  place: { readonly column: number; readonly row: number },
  { drawing, stateOf }: Pick<PagePictures, "drawing" | "stateOf">,
  size: { readonly widthCells: number; readonly heightCells: number } = POSTER,
): SeenPicture | undefined {
  const known = stateOf(ref);
  if (known?.state !== "known") return undefined;
  const { method, cell, maxSizePx } = drawing;
  const area = { column: place.column, row: place.row, ...size };
  // The last row of a terminal is none of a page's.
  const screen = { columns: area.column + area.widthCells, rows: area.row + area.heightCells + 1 };
  const whole = fitPicture(known.facts, area, { method, cell, maxSizePx, ...screen });
  return whole && { ref, placement: { whole, seen: whole, abovePx: 0 } };
}
