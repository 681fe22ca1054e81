/** The server's first videos below the home page, each by its poster and its name, where there is room to spare. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { CellArea } from "../../terminal/cells/cell_grid.ts";
import type { HomeFacts } from "../../app/conversations/home_facts.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { PictureRef } from "../../app/conversations/pictures.ts";
import type { PagePictures, SeenPicture } from "../timeline/picture_rows.ts";
import { LARGE_POSTER, POSTER, posterAt, posterRef } from "../timeline/posters.ts";
import type { Theme } from "../theme/theme.ts";

/** As everything on the page. */
const INDENT_CELLS = 2;
const GAP_CELLS = 2;
/** Apart from what is above, their names, and a row below. */
const ROWS_AROUND = 3;

type Size = typeof POSTER | typeof LARGE_POSTER;

/** Rows from the top of the area, and what is drawn on them. */
export interface HomePosters {
  readonly rows: readonly Row[];
  readonly pictures: readonly SeenPicture[];
  /** What has to be looked at, whether it is drawn yet or not. */
  readonly refs: readonly PictureRef[];
}

const NONE: HomePosters = { rows: [], pictures: [], refs: [] };

/**
 * Nothing is said of videos whose poster nobody knows: until one has come the page is as it is without, and waits for none.
 * `area`: what nothing stands on.
 */
export function homePosters(
  { posters }: Pick<HomeFacts, "posters">,
  area: CellArea,
  { pictures, theme }: {
    readonly pictures: Pick<PagePictures, "drawing" | "stateOf"> | undefined;
    readonly theme: Theme;
  },
): HomePosters {
  // Large ones where as many of them fit as there are.
  const size = countOf(area, LARGE_POSTER) >= Math.max(1, posters.length) ? LARGE_POSTER : POSTER;
  const each = size.widthCells + GAP_CELLS;
  const fitting = countOf(area, size);
  if (pictures === undefined || fitting < 1) return NONE;
  const refs = posters.slice(0, fitting).map(posterRef);
  const known = refs.filter((ref) => pictures.stateOf(ref)?.state === "known");
  if (known.length === 0) return { ...NONE, refs };
  const row = area.row + 1;
  const drawn = known.flatMap((ref, i) =>
    posterAt(ref, { column: area.column + INDENT_CELLS + i * each, row }, pictures, size) ?? []
  );
  const names = known.map(({ name }) => cell(name, size)).join("");
  const below: Row = [{ text: safeText(" ".repeat(INDENT_CELLS) + names), style: theme.faint }];
  return { rows: [...Array<Row>(1 + size.heightCells).fill([]), below], pictures: drawn, refs };
}

/** How many of this size have room there. */
function countOf({ widthCells, heightCells }: CellArea, size: Size): number {
  if (heightCells < size.heightCells + ROWS_AROUND) return 0;
  return Math.floor((widthCells - INDENT_CELLS) / (size.widthCells + GAP_CELLS));
}

/** A name in the middle of its poster's cells. */
function cell(name: string, { widthCells }: Size): string {
  const text = truncateToWidth(onOneLine(safeText(name)), widthCells);
  const freeCells = widthCells - textWidthCells(text);
  const before = Math.floor(freeCells / 2);
  return " ".repeat(before) + text + " ".repeat(freeCells - before + GAP_CELLS);
}
