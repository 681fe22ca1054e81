/** Sixel pictures (DEC STD 070 §9; VT330/VT340 Programmer Reference Manual, volume 2, chapter 14). */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes, equalBytes, utf8 } from "../../base/bytes.ts";
import type { PixelEncoder } from "./encoder.ts";
import { Kernel, MAX_ADAPTIVE_COLOURS } from "./kernel.ts";
import { AdaptivePalette, indexNearest, type Palette, SIXEL_16_PALETTE } from "./palette.ts";
import {
  type EnvelopeOptions,
  eraseCells,
  type Placement,
  samePlacement,
  wrapPicture,
} from "./placement.ts";

/**
 * The squared error that a pixel may cost for a colour that a neighbour has. At 36 mean and least PSNR and SSIM are above those
 * of a dither of ±2 on all seven clips that were measured, for 7 to 52 % fewer bytes; at 64 two lose that lead
 * (docs/decisions/0095-sixel-by-coded-error.md).
 */
const COLOUR_PRICE = 36;
/** Best of 16, 28, 40 and 60 after a 3×3 blur: what the eye sees of a dither. */
const FIXED_DITHER = 28;
/** With fewer registers an adaptive palette repaints what the terminal shows already. */
const MIN_ADAPTIVE_COLOURS = 64;

const NOTHING: Bytes = new Uint8Array(0);
const STRING_TERMINATOR = utf8("\x1b\\");

/** What sixel needs to know of the terminal. */
export interface SixelOptions extends EnvelopeOptions {
  /** As answered by the terminal. */
  readonly colourRegisters: number;
}

/** Draws sixel pictures, with a palette that follows the video where the terminal has the registers for it. */
export class SixelEncoder implements PixelEncoder {
  readonly #options: SixelOptions;
  readonly needs = "pixels";
  readonly #kernel = new Kernel();
  /** Undefined when the palette is fixed. */
  readonly #adaptive: AdaptivePalette | undefined;
  #header: Bytes = new Uint8Array(0);
  #placement: Placement | undefined;
  /** Of the picture that the terminal shows. */
  #body: Bytes = new Uint8Array(0);

  constructor(options: SixelOptions) {
    this.#options = options;
    if (options.colourRegisters >= MIN_ADAPTIVE_COLOURS) {
      this.#adaptive = new AdaptivePalette({
        colours: Math.min(MAX_ADAPTIVE_COLOURS, options.colourRegisters),
        shown: (level) => Math.round(toPercent(level) * 2.55),
      });
    } else {
      indexNearest(SIXEL_16_PALETTE, this.#kernel.indexTable);
      this.#kernel.setDither(FIXED_DITHER);
    }
  }

  /** Nothing at all when the terminal shows the very same picture: an idle screen that is shared. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    const { widthPx, heightPx } = placement;
    const rgb = this.#kernel.loadPicture(bitmap, widthPx, heightPx);
    const isSamePlace = samePlacement(this.#placement, placement);
    const erasure = isSamePlace ? NOTHING : this.erase();
    const isNewPalette = this.#adaptive?.follow(rgb, this.#kernel) ?? false;
    if (isNewPalette || !isSamePlace) {
      this.#header = writeHeader(placement, this.#adaptive?.palette ?? SIXEL_16_PALETTE);
    }
    this.#placement = placement;
    if (this.#adaptive === undefined) this.#kernel.quantise();
    else this.#kernel.chooseColours(COLOUR_PRICE);
    // Without the last "-": it would begin one more band, and terminals move the text cursor for it.
    const body = this.#kernel.sixelBody().subarray(0, -1);
    if (isSamePlace && !isNewPalette && equalBytes(body, this.#body)) return NOTHING;
    this.#body = body.slice();
    const picture = [this.#header, this.#body, STRING_TERMINATOR];
    return concatBytes(erasure, wrapPicture(placement, this.#options, ...picture));
  }

  /** There is no command to delete a sixel picture: text over it does. */
  erase(): Bytes {
    if (this.#placement === undefined) return NOTHING;
    const erasure = eraseCells(this.#placement, this.#options);
    this.#placement = undefined;
    return erasure;
  }

  close(): void {}
}

/**
 * Introducer, raster attributes and palette. Second parameter 0: every pixel is painted, which some terminals draw faster than
 * transparent ones. The palette goes with each picture: registers are private to a picture in xterm (mode 1070).
 */
function writeHeader(placement: Placement, palette: Palette): Bytes {
  let text = `\x1bP0;0;0q"1;1;${placement.widthPx};${placement.heightPx}`;
  for (let index = 0; index * 3 < palette.length; index++) {
    const channels = palette.subarray(3 * index, 3 * index + 3);
    text += `#${index};2;${Array.from(channels, toPercent).join(";")}`;
  }
  return utf8(text);
}

function toPercent(channel: number): number {
  return Math.round(channel / 2.55);
}
