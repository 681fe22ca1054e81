/**
 * Pictures made of characters with several pixels, each of one of two colours: of half blocks ("▀"), which every terminal has, and
 * finer ones; and of letters, whose ink stands for light.
 */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { CELL_PIXELS, type CellMethod } from "../capability/capability.ts";
import type { PixelEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import { type EnvelopeOptions, type Placement, ShownPicture, wrapPicture } from "./placement.ts";
import { ANSI_16_PALETTE, indexNearest, xterm256Palette } from "./palette.ts";

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

// The characters of pictures that are made of them, by the pattern of their pixels: bit by bit from the upper left one, row by row. The
// Unicode Standard, "Block Elements" and "Symbols for Legacy Computing" (16.0 for octants).

const QUADRANTS = [..." ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"];

/** U+1FB00 has all patterns of two by three but those that were there before. */
function sextants(): readonly string[] {
  const before: Readonly<Record<number, string>> = { 0: " ", 21: "▌", 42: "▐", 63: "█" };
  return fill(64, 0x1fb00, before);
}

/** U+1CD00 has those of two by four but those that are elsewhere. */
function octants(): readonly string[] {
  const elsewhere: Record<number, string> = {
    1: "\u{1CEA8}",
    2: "\u{1CEAB}",
    3: "\u{1FB82}",
    20: "\u{1FBE6}",
    40: "\u{1FBE7}",
    63: "\u{1FB85}",
    64: "\u{1CEA3}",
    128: "\u{1CEA0}",
    192: "▂",
    252: "▆",
  };
  // Each pixel of a quadrant is two of an octant.
  QUADRANTS.forEach((glyph, pattern) => {
    const upper = pattern & 3;
    const lower = pattern >> 2;
    elsewhere[upper | upper << 2 | lower << 4 | lower << 6] = glyph;
  });
  return fill(256, 0x1cd00, elsewhere);
}

/** The others in their order, from a code point on. */
function fill(
  count: number,
  first: number,
  known: Readonly<Record<number, string>>,
): readonly string[] {
  let next = first;
  return Array.from(
    { length: count },
    (_, pattern) => known[pattern] ?? String.fromCodePoint(next++),
  );
}

/** `ascii`: from no ink to most. */
export const GLYPHS: Readonly<Record<Exclude<CellMethod, "blocks">, readonly string[]>> = {
  quadrants: QUADRANTS,
  sextants: sextants(),
  octants: octants(),
  ascii: [..." .:-=+*#%@"],
};

// The colours that text has in a terminal, for pictures made of characters.

/** Chosen by eye: about half the distance of neighbouring greys of the 256, and of black, greys and white of the 16. */
const DITHER_256 = 6;
const DITHER_16 = 72;

/** What the terminal knows: 24-bit colours, the usual 256, or the 16 of ANSI. */
export type BlockColours = "truecolor" | "256" | "16";

/** Tells the kernel how they are found and written. */
function prepareColours(kernel: Kernel, colours: BlockColours): void {
  if (colours === "256") prepare256(kernel);
  if (colours === "16") prepare16(kernel);
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
