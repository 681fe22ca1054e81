/** Half blocks: pictures out of "▀", two pixels a cell, on every terminal that has colours. */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { PixelEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import { type BlockColours, prepareColours } from "./text_colours.ts";
import {
  type EnvelopeOptions,
  eraseCells,
  type Placement,
  samePlacement,
  wrapPicture,
} from "./placement.ts";

/** Per channel of 255: not to be seen, and a fifth fewer bytes on film. */
const TOLERANCE = 3;
const NOTHING: Bytes = new Uint8Array(0);

/** What half blocks need to know of the terminal. */
export interface BlocksEncoderOptions extends EnvelopeOptions {
  readonly colours: BlockColours;
}

/** Draws half blocks, cell by changed cell. */
export class BlocksEncoder implements PixelEncoder {
  readonly #options: BlocksEncoderOptions;
  readonly needs = "pixels";
  readonly #kernel = new Kernel();
  #placement: Placement | undefined;

  constructor(options: BlocksEncoderOptions) {
    this.#options = options;
    prepareColours(this.#kernel, options.colours);
  }

  /** Only the cells that changed; nothing at all when none did. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    const { widthCells, heightCells } = placement;
    const isTruecolor = this.#options.colours === "truecolor";
    const isSamePlace = samePlacement(this.#placement, placement);
    const erasure = isSamePlace ? NOTHING : this.erase();
    this.#kernel.prepareBlocks(widthCells, heightCells);
    if (!isSamePlace) this.#kernel.forgetDrawn();
    this.#placement = placement;
    this.#kernel.loadPicture(bitmap, widthCells, heightCells * 2);
    if (!isTruecolor) this.#kernel.quantise();
    const cells = this.#kernel.drawBlocks({
      widthCells,
      heightCells,
      row: placement.row + 1,
      column: placement.column + 1,
      colours: isTruecolor ? "truecolor" : "indexed",
      tolerance: TOLERANCE,
    });
    if (cells.length === 0) return erasure;
    return concatBytes(erasure, wrapPicture(placement, this.#options, cells));
  }

  erase(): Bytes {
    if (this.#placement === undefined) return NOTHING;
    const erasure = eraseCells(this.#placement, this.#options);
    this.#placement = undefined;
    return erasure;
  }

  close(): void {}
}
