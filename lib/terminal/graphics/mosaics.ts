/** Pictures made of characters with several pixels, each of one of two colours; and of letters, whose ink stands for light. */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { CELL_PIXELS, type CellMethod } from "../capability/capability.ts";
import type { PixelEncoder } from "./encoder.ts";
import { GLYPHS } from "./glyphs.ts";
import { Kernel } from "./kernel.ts";
import {
  type EnvelopeOptions,
  eraseCells,
  type Placement,
  samePlacement,
  wrapPicture,
} from "./placement.ts";
import { type BlockColours, prepareColours } from "./text_colours.ts";

/** As with half blocks. */
const TOLERANCE = 3;
/** Letters have ink in their own colour only: what is behind them is the terminal's. */
const OWN_COLOURS = utf8("\x1b[0m");
const NOTHING: Bytes = new Uint8Array(0);

/** What they need to know of the terminal. */
export interface MosaicEncoderOptions extends EnvelopeOptions {
  readonly method: Exclude<CellMethod, "blocks">;
  /** `none`: letters without colour; of the others the two are then the terminal's nearest. */
  readonly colours: BlockColours | "none";
}

/** Draws cell by changed cell. */
export class MosaicEncoder implements PixelEncoder {
  readonly #options: MosaicEncoderOptions;
  readonly needs = "pixels";
  readonly #kernel = new Kernel();
  readonly #glyphs: readonly string[];
  #placement: Placement | undefined;

  constructor(options: MosaicEncoderOptions) {
    this.#options = options;
    this.#glyphs = GLYPHS[options.method];
    this.#kernel.setGlyphs(this.#glyphs);
    if (options.colours !== "none") prepareColours(this.#kernel, options.colours);
    else if (options.method !== "ascii") prepareColours(this.#kernel, "16");
  }

  /** Only the cells that changed; nothing at all when none did. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    const { widthCells, heightCells } = placement;
    const { method } = this.#options;
    const { columns, rows } = CELL_PIXELS[method];
    const isSamePlace = samePlacement(this.#placement, placement);
    const erasure = isSamePlace ? NOTHING : this.erase();
    this.#kernel.prepareBlocks(widthCells, heightCells);
    if (!isSamePlace) this.#kernel.forgetDrawn();
    this.#placement = placement;
    this.#kernel.loadPicture(bitmap, widthCells * columns, heightCells * rows);
    const cells = this.#draw(placement);
    if (cells.length === 0) return erasure;
    return concatBytes(erasure, wrapPicture(placement, this.#options, OWN_COLOURS, cells));
  }

  erase(): Bytes {
    if (this.#placement === undefined) return NOTHING;
    const erasure = eraseCells(this.#placement, this.#options);
    this.#placement = undefined;
    return erasure;
  }

  close(): void {}

  #draw({ widthCells, heightCells, row, column }: Placement): Uint8Array {
    const { method, colours } = this.#options;
    const options = {
      ...{ widthCells, heightCells, row: row + 1, column: column + 1, tolerance: TOLERANCE },
      ...CELL_PIXELS[method],
    };
    const isIndexed = colours === "256" || colours === "16";
    return method === "ascii"
      ? this.#kernel.drawLetters({
        ...options,
        colours: isIndexed ? "indexed" : colours,
        shades: this.#glyphs.length,
      })
      : this.#kernel.drawMosaics({
        ...options,
        colours: colours === "truecolor" ? colours : "indexed",
      });
  }
}
