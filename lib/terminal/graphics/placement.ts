/** Where a picture stands on the screen, and the bytes around it that are the same for every method. */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";

/** A picture's spot: whole cells, counted from 0 at the top left, and the pixels that are drawn in them. */
export interface Placement {
  readonly column: number;
  readonly row: number;
  readonly widthCells: number;
  readonly heightCells: number;
  /** What the encoder brings the picture to; for half blocks a pixel is half a cell. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of sixel: pixels of a cell, where they are known for sure, so that a part can be drawn again from any row of cells on. */
  readonly cellHeightPx?: number;
}

/** Whether a picture covers exactly what the one before covered; false when there was none. */
export function samePlacement(left: Placement | undefined, right: Placement): boolean {
  return left !== undefined && left.column === right.column && left.row === right.row &&
    left.widthCells === right.widthCells && left.heightCells === right.heightCells &&
    left.widthPx === right.widthPx && left.heightPx === right.heightPx &&
    left.cellHeightPx === right.cellHeightPx;
}

/** What every encoder is told once. */
export interface EnvelopeOptions {
  /** Mode 2026, only when the terminal answered that it has it: all of the picture appears at once. */
  readonly synchronized: boolean;
}

const SAVE_CURSOR = "\x1b7";
const RESTORE_CURSOR = "\x1b8";
const BEGIN_SYNCHRONIZED = "\x1b[?2026h";
const END_SYNCHRONIZED = "\x1b[?2026l";

/**
 * One whole write: the parts, begun at the placement's first cell, with the cursor and the colours of the text put back
 * afterwards (DECSC and DECRC cover both).
 */
export function wrapPicture(
  placement: Placement,
  options: EnvelopeOptions,
  ...parts: readonly Uint8Array[]
): Bytes {
  const begin = options.synchronized ? BEGIN_SYNCHRONIZED : "";
  const end = options.synchronized ? END_SYNCHRONIZED : "";
  return concatBytes(
    utf8(`${begin}${SAVE_CURSOR}${moveTo(placement.row, placement.column)}`),
    ...parts,
    utf8(`${RESTORE_CURSOR}${end}`),
  );
}

/** Overwrites the placement's cells with spaces in the default colours, which also removes sixel and iTerm2 pictures. */
function eraseCells(placement: Placement, options: EnvelopeOptions): Bytes {
  const spaces = " ".repeat(placement.widthCells);
  let text = "\x1b[0m";
  for (let line = 0; line < placement.heightCells; line++) {
    text += `${moveTo(placement.row + line, placement.column)}${spaces}`;
  }
  return wrapPicture(placement, options, utf8(text));
}

/** Where a terminal shows a picture that no command deletes: text over it does. */
export class ShownPicture {
  readonly #options: EnvelopeOptions;
  #placement: Placement | undefined;

  constructor(options: EnvelopeOptions) {
    this.#options = options;
  }

  /** The next one comes there. It covers exactly what the one before covered, or that is erased first. */
  moveTo(placement: Placement): { readonly isSamePlace: boolean; readonly erasure: Bytes } {
    const isSamePlace = samePlacement(this.#placement, placement);
    const erasure = isSamePlace ? NOTHING : this.erase();
    this.#placement = placement;
    return { isSamePlace, erasure };
  }

  /** Empty when there is none. */
  erase(): Bytes {
    if (this.#placement === undefined) return NOTHING;
    const erasure = eraseCells(this.#placement, this.#options);
    this.#placement = undefined;
    return erasure;
  }
}

const NOTHING: Bytes = new Uint8Array(0);

/** CUP; the terminal counts from 1. */
function moveTo(row: number, column: number): string {
  return `\x1b[${row + 1};${column + 1}H`;
}
