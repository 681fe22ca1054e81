/** A picture in the conversation as rows: blank ones that it is drawn on, and its caption. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import type { Item } from "../../app/conversations/model.ts";
import {
  captionWords,
  type NotDrawn,
  notDrawnWords,
  type PictureRef,
} from "../../app/conversations/pictures.ts";
import type { StillFacts } from "../../media/stills/still.ts";
import { crop, type CroppedPlacement } from "../../screen/stills/crop.ts";
import { fitPicture } from "../../screen/fit.ts";
import { cellPixels, type GraphicsMethod } from "../../terminal/capability/capability.ts";
import type { CellArea } from "../../terminal/cells/cell_grid.ts";
import type { Placement } from "../../terminal/graphics/placement.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Theme } from "../theme/theme.ts";

/** What the terminal draws pictures with. */
export interface PictureDrawing {
  readonly method: Exclude<GraphicsMethod, "none">;
  readonly cell: { readonly widthPx: number; readonly heightPx: number };
  readonly maxSizePx: { readonly widthPx: number; readonly heightPx: number } | undefined;
}

/** What is known of a picture. */
export type PictureState =
  | { readonly state: "known"; readonly facts: StillFacts }
  | {
    readonly state: "not-drawn";
    readonly why: NotDrawn;
    readonly facts: StillFacts | undefined;
  };

/** What the page asks while it makes rows. Undefined where no pictures are drawn. */
export interface PagePictures {
  readonly drawing: PictureDrawing;
  refsOf(item: Item): readonly PictureRef[];
  /** Undefined: nobody has looked yet. */
  stateOf(ref: PictureRef): PictureState | undefined;
}

/** Rows of one picture. */
export interface PictureBlock {
  readonly ref: PictureRef;
  readonly rows: readonly Row[];
  /** From the first row of the block and the first column of the page; undefined where only words are there. */
  readonly placement: Placement | undefined;
}

/** A part of a picture on the screen. */
export interface SeenPicture {
  readonly ref: PictureRef;
  readonly placement: CroppedPlacement;
}

/** How much of the page one picture takes. */
const PAGE_SHARE = 0.5;
const MIN_ROWS = 3;
const MAX_CAPTION_ROWS = 3;
/** Wider ones hide how the page is read. */
const MAX_COLUMNS = 80;

/** Where the block of a picture is put. */
export interface BlockOptions {
  readonly widthCells: number;
  /** Of the page. */
  readonly heightCells: number;
  readonly gutterCells: number;
  readonly isSelected: boolean;
  /** Below another one it keeps a row apart. */
  readonly isFirst: boolean;
  readonly theme: Theme;
}

/** The rows of what is known of it; undefined where that is nothing. */
export function pictureBlock(
  ref: PictureRef,
  { drawing, stateOf }: Pick<PagePictures, "drawing" | "stateOf">,
  options: BlockOptions,
): PictureBlock | undefined {
  const known = stateOf(ref);
  if (known === undefined) return undefined;
  if (known.state === "not-drawn") {
    const words = notDrawnWords(ref, known.why, known.facts);
    return { ref, rows: captionRows(words, options), placement: undefined };
  }
  const { facts } = known;
  const placement = placementOf(facts, drawing, options);
  if (placement === undefined) return undefined;
  const blank: Row = [barSpan(options)];
  const apart = options.isFirst ? 0 : 1;
  const rows = [
    ...Array<Row>(apart + placement.heightCells).fill(blank),
    ...captionRows(captionWords(ref, facts, true), options),
  ];
  return { ref, rows, placement: { ...placement, column: options.gutterCells, row: apart } };
}

function placementOf(
  facts: StillFacts,
  { method, cell, maxSizePx }: PictureDrawing,
  { widthCells, heightCells, gutterCells }: BlockOptions,
): Placement | undefined {
  const roomCells = Math.min(MAX_COLUMNS, widthCells - gutterCells - 1);
  const roomRows = Math.max(MIN_ROWS, Math.floor(heightCells * PAGE_SHARE));
  // Never larger than it is.
  const pixels = cellPixels(method);
  const ownCells = Math.ceil(facts.widthPx / (pixels?.columns ?? cell.widthPx));
  const ownRows = Math.ceil(facts.heightPx / (pixels?.rows ?? cell.heightPx));
  const area = {
    ...{ column: 0, row: 0 },
    widthCells: Math.min(roomCells, ownCells),
    heightCells: Math.min(roomRows, ownRows),
  };
  // The last row of a terminal is none of a page's.
  const screen = { columns: area.widthCells, rows: area.heightCells + 1 };
  return fitPicture(facts, area, { method, cell, maxSizePx, ...screen });
}

function barSpan({ isSelected, theme }: CaptionOptions): Row[number] {
  return isSelected
    ? { text: safeText("▌"), style: theme.cursor }
    : { text: safeText(" "), style: theme.text };
}

/** `+3 more`: those that the page does not draw. */
export function moreRows(count: number, options: CaptionOptions): readonly Row[] {
  return captionRows(`+${count} more: Enter on the card shows all`, options);
}

type CaptionOptions = Pick<BlockOptions, "gutterCells" | "widthCells" | "theme" | "isSelected">;

function captionRows(words: string, options: CaptionOptions): readonly Row[] {
  const { gutterCells, widthCells, theme } = options;
  const lines = layOutLines(onOneLine(safeText(words)), {
    widthCells: Math.max(2, widthCells - gutterCells - 1),
    indentCells: 0,
    maxLines: MAX_CAPTION_ROWS,
  });
  const gutter = safeText(" ".repeat(gutterCells - 1));
  return lines.map((text) => [
    barSpan(options),
    { text: gutter, style: theme.text },
    { text, style: theme.faint },
  ]);
}

/** A row of a block on the page. */
export interface BlockRow {
  readonly block: PictureBlock;
  /** From the first row of the block. */
  readonly line: number;
}

/**
 * The parts of pictures that stand in these rows of an area, from its top. `bottomRows`: so many rows at its end have something over
 * them.
 */
export function seenPictures(
  rows: readonly (BlockRow | undefined)[],
  area: CellArea,
  { method, cell }: PictureDrawing,
  bottomRows: number,
): readonly SeenPicture[] {
  const seen: SeenPicture[] = [];
  const end = rows.length - bottomRows;
  for (let at = 0; at < end; at++) {
    const first = rows[at];
    const placement = first?.block.placement;
    if (first === undefined || placement === undefined) continue;
    const start = at;
    while (at + 1 < end && rows[at + 1]?.block === first.block) at++;
    // The picture begins at its own row of the block.
    const from = Math.max(0, first.line - placement.row);
    const above = Math.max(0, placement.row - first.line);
    const count = Math.min(at - start + 1 - above, placement.heightCells - from);
    if (count < 1) continue;
    const whole = { ...placement, column: area.column + placement.column };
    const part = crop(whole, { from, count }, {
      ...{ row: area.row + start + above, method },
      cellHeightPx: cell.heightPx,
    });
    if (part !== undefined) seen.push({ ref: first.block.ref, placement: part });
  }
  return seen;
}
