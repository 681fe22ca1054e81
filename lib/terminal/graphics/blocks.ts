/** Half blocks: pictures out of "▀", two pixels a cell, on every terminal that has colours. */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { PixelEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import { ANSI_16_PALETTE, indexNearest, xterm256Palette } from "./palette.ts";
import {
  type EnvelopeOptions,
  eraseCells,
  type Placement,
  samePlacement,
  wrapPicture,
} from "./placement.ts";

/** Per channel of 255: not to be seen, and a fifth fewer bytes on film. */
const TOLERANCE = 3;
/** Chosen by eye: about half the distance of neighbouring greys of the 256, and of black, greys and white of the 16. */
const DITHER_256 = 6;
const DITHER_16 = 72;

const NOTHING: Bytes = new Uint8Array(0);

/** What the terminal knows: 24-bit colours, the usual 256, or the 16 of ANSI. */
export type BlockColours = "truecolor" | "256" | "16";

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
    if (options.colours === "256") prepare256(this.#kernel);
    if (options.colours === "16") prepare16(this.#kernel);
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

/** The cube and the greys only: what the first 16 look like is up to the person. */
function prepare256(kernel: Kernel): void {
  const firstColour = 16;
  indexNearest(xterm256Palette().subarray(firstColour * 3), kernel.indexTable);
  kernel.setDither(DITHER_256);
  const colours = Array.from({ length: 256 - firstColour }, (_, index) => index + firstColour);
  kernel.setSgrParameters(
    colours.map((colour) => `38;5;${colour}`),
    colours.map((colour) => `48;5;${colour}`),
  );
}

/** SGR 30–37 and 90–97 (aixterm), and the same for backgrounds. */
function prepare16(kernel: Kernel): void {
  indexNearest(ANSI_16_PALETTE, kernel.indexTable);
  kernel.setDither(DITHER_16);
  const parameters = (normal: number, bright: number) =>
    Array.from({ length: 16 }, (_, index) => `${index < 8 ? normal + index : bright + index - 8}`);
  kernel.setSgrParameters(parameters(30, 90), parameters(40, 100));
}
