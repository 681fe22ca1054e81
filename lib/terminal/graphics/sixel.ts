/** Sixel pictures (DEC STD 070 §9; VT330/VT340 Programmer Reference Manual, volume 2, chapter 14). */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import type { PictureDetail, PixelEncoder } from "./encoder.ts";
import { Kernel, MAX_ADAPTIVE_COLOURS, MAX_WIDE_COLOURS } from "./kernel.ts";
import { AdaptivePalette, indexNearest, type Palette, SIXEL_16_PALETTE } from "./palette.ts";
import { type EnvelopeOptions, type Placement, ShownPicture, wrapPicture } from "./placement.ts";
import { changedStripes, type PixelRows } from "./stripes.ts";

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

/** Colours of an adaptive palette, and what a pixel may cost for one that a neighbour has. */
const DETAILS: Readonly<
  Record<PictureDetail, { readonly colours: number; readonly price: number }>
> = {
  fine: { colours: MAX_WIDE_COLOURS, price: 24 },
  usual: { colours: MAX_ADAPTIVE_COLOURS, price: COLOUR_PRICE },
  coarse: { colours: 160, price: 120 },
  least: { colours: MIN_ADAPTIVE_COLOURS, price: 400 },
};

/**
 * Parts that are drawn over a picture before all of it is drawn again: xterm keeps each as a picture of its own, sixteen of them, and
 * lets go the oldest, which is the one below.
 */
const MAX_PARTS = 12;

/** Draws sixel pictures, with a palette that follows the video where the terminal has the registers for it. */
export class SixelEncoder implements PixelEncoder {
  readonly #options: SixelOptions;
  readonly needs = "pixels";
  readonly #kernel = new Kernel();
  #detail: PictureDetail = "usual";
  /** Undefined when the palette is fixed. */
  #adaptive: AdaptivePalette | undefined;
  #palette: Bytes = NOTHING;
  readonly #shown: ShownPicture;
  /** Of the picture that the terminal shows. */
  #indexes: Bytes = NOTHING;
  #parts = 0;

  constructor(options: SixelOptions) {
    this.#options = options;
    this.#shown = new ShownPicture(options);
    if (options.colourRegisters >= MIN_ADAPTIVE_COLOURS) {
      this.#adaptive = this.#newPalette();
    } else {
      indexNearest(SIXEL_16_PALETTE, this.#kernel.indexTable);
      this.#kernel.setDither(FIXED_DITHER);
    }
  }

  /** Fewer colours make fewer bytes. Without effect where the palette is fixed. */
  setDetail(detail: PictureDetail): void {
    if (this.#adaptive === undefined || detail === this.#detail) return;
    this.#detail = detail;
    this.#adaptive = this.#newPalette();
  }

  /** Only what changed; nothing at all when the terminal shows the very same picture: an idle screen that is shared. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    const { widthPx, heightPx } = placement;
    const rgb = this.#kernel.loadPicture(bitmap, widthPx, heightPx);
    const { isSamePlace, erasure } = this.#shown.moveTo(placement);
    const isNewPalette = this.#adaptive?.follow(rgb, this.#kernel) ?? this.#palette.length === 0;
    if (isNewPalette) this.#palette = writePalette(this.#adaptive?.palette ?? SIXEL_16_PALETTE);
    const indexes = this.#adaptive === undefined
      ? this.#kernel.quantise()
      : this.#kernel.chooseColours(DETAILS[this.#detail].price);
    const stripes = isSamePlace && !isNewPalette
      ? changedStripes(this.#indexes, indexes, {
        heightPx,
        cellHeightPx: placement.cellHeightPx ?? heightPx,
        most: MAX_PARTS - this.#parts,
      })
      : undefined;
    this.#keepIndexes(indexes);
    if (stripes === undefined) {
      this.#parts = 0;
      const picture = this.#draw(placement, { from: 0, count: heightPx });
      return erasure.length === 0 ? picture : concatBytes(erasure, picture);
    }
    this.#parts += stripes.length;
    return concatBytes(...stripes.map((stripe) => this.#draw(placement, stripe)));
  }

  /** There is no command to delete a sixel picture: text over it does. */
  erase(): Bytes {
    return this.#shown.erase();
  }

  close(): void {}

  /** In the same array as before, where it fits: a picture has as many as pixels. */
  #keepIndexes(indexes: Uint8Array): void {
    if (this.#indexes.length !== indexes.length) this.#indexes = new Uint8Array(indexes.length);
    this.#indexes.set(indexes);
  }

  #draw(placement: Placement, rows: PixelRows): Bytes {
    const { cellHeightPx = placement.heightPx, widthPx } = placement;
    const row = placement.row + rows.from / cellHeightPx;
    const size = utf8(`\x1bP0;0;0q"1;1;${widthPx};${rows.count}`);
    // Without the last "-": it would begin one more band, and terminals move the text cursor for it.
    const body = this.#kernel.sixelBody(rows).subarray(0, -1);
    const picture = [size, this.#palette, body, STRING_TERMINATOR];
    return wrapPicture({ ...placement, row }, this.#options, ...picture);
  }

  #newPalette(): AdaptivePalette {
    const { colourRegisters } = this.#options;
    const { colours: wanted } = DETAILS[this.#detail];
    // One more than a byte holds is not worth an index of two.
    const colours = Math.min(
      wanted,
      colourRegisters > 256 ? colourRegisters : MAX_ADAPTIVE_COLOURS,
      colourRegisters,
    );
    this.#kernel.isWide = colours > MAX_ADAPTIVE_COLOURS;
    return new AdaptivePalette({
      colours,
      shown: (level) => Math.round(toPercent(level) * 2.55),
    });
  }
}

/**
 * The palette goes with each picture: registers are private to a picture in xterm (mode 1070). Second parameter of the introducer
 * before it is 0: every pixel is painted, which some terminals draw faster than transparent ones.
 */
function writePalette(palette: Palette): Bytes {
  let text = "";
  for (let index = 0; index * 3 < palette.length; index++) {
    const channels = palette.subarray(3 * index, 3 * index + 3);
    text += `#${index};2;${Array.from(channels, toPercent).join(";")}`;
  }
  return utf8(text);
}

function toPercent(channel: number): number {
  return Math.round(channel / 2.55);
}
