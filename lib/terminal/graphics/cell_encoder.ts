/**
 * Pictures made of characters with several pixels, each of one of two colours: of half blocks ("▀"), which every terminal has, and
 * finer ones; and of letters, whose ink stands for light.
 */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { CELL_PIXELS, type CellMethod } from "../capability/capability.ts";
import type { PixelEncoder } from "./encoder.ts";
import { GLYPHS } from "./glyphs.ts";
import { Kernel } from "./kernel.ts";
import { type EnvelopeOptions, type Placement, ShownPicture, wrapPicture } from "./placement.ts";
import { type BlockColours, prepareColours } from "./text_colours.ts";

/** Per channel of 255: not to be seen, and a fifth fewer bytes on film. */
const TOLERANCE = 3;
/** Letters have ink in their own colour only: what is behind them is the terminal's. */
const OWN_COLOURS = utf8("\x1b[0m");

/** What they need to know of the terminal. */
export interface CellEncoderOptions extends EnvelopeOptions {
  readonly method: CellMethod;
  /** `none`: letters without colour; of the others the two are then the terminal's nearest. */
  readonly colours: BlockColours | "none";
}

/** Draws cell by changed cell. */
export class CellEncoder implements PixelEncoder {
  readonly #options: CellEncoderOptions;
  readonly needs = "pixels";
  readonly #kernel = new Kernel();
  readonly #glyphs: readonly string[];
  readonly #shown: ShownPicture;

  constructor(options: CellEncoderOptions) {
    this.#options = options;
    this.#shown = new ShownPicture(options);
    this.#glyphs = options.method === "blocks" ? [] : GLYPHS[options.method];
    this.#kernel.setGlyphs(this.#glyphs);
    if (options.colours !== "none") prepareColours(this.#kernel, options.colours);
    else if (options.method !== "ascii") prepareColours(this.#kernel, "16");
  }

  /** Only the cells that changed; nothing at all when none did. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    const { widthCells, heightCells } = placement;
    const { method } = this.#options;
    const { columns, rows } = CELL_PIXELS[method];
    const { isSamePlace, erasure } = this.#shown.moveTo(placement);
    this.#kernel.prepareBlocks(widthCells, heightCells);
    if (!isSamePlace) this.#kernel.forgetDrawn();
    this.#kernel.loadPicture(bitmap, widthCells * columns, heightCells * rows);
    const cells = this.#draw(placement);
    if (cells.length === 0) return erasure;
    const parts = method === "blocks" ? [cells] : [OWN_COLOURS, cells];
    return concatBytes(erasure, wrapPicture(placement, this.#options, ...parts));
  }

  erase(): Bytes {
    return this.#shown.erase();
  }

  close(): void {}

  #draw({ widthCells, heightCells, row, column }: Placement): Uint8Array {
    const { method, colours } = this.#options;
    const options = {
      ...{ widthCells, heightCells, row: row + 1, column: column + 1, tolerance: TOLERANCE },
      ...CELL_PIXELS[method],
    };
    const ofTwo = colours === "truecolor" ? colours : "indexed";
    switch (method) {
      case "blocks":
        if (ofTwo === "indexed") this.#kernel.quantise();
        return this.#kernel.drawBlocks({ ...options, colours: ofTwo });
      case "ascii":
        return this.#kernel.drawLetters({
          ...options,
          colours: colours === "none" ? colours : ofTwo,
          shades: this.#glyphs.length,
        });
      default:
        return this.#kernel.drawMosaics({ ...options, colours: ofTwo });
    }
  }
}
