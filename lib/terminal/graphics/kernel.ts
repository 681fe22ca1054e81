/** The host's side of the graphics kernel: its memory, and its functions with typed arguments. */

import type { Bitmap } from "../../base/bitmap.ts";
import type { Bytes } from "../../base/bytes.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import { type KernelExports, openKernel } from "./kernel_exports.ts";

/**
 * The areas of memory that the host hands out, in this order. An area that grows moves those after it, so `drawn`, the only
 * one whose content must outlive a picture, comes first.
 */
const AREAS = ["drawn", "source", "picture", "indexes", "output"] as const;

type Area = typeof AREAS[number];

/** Of one byte; the kernel's table has one value for colours that were not looked up yet. */
export const MAX_ADAPTIVE_COLOURS = 255;
/** Of two bytes: as many as terminals have registers for, 1,024 in xterm, foot and mlterm. */
export const MAX_WIDE_COLOURS = 1_023;

/** What is kept of a cell that was drawn: its pattern and two colours. */
const DRAWN_BYTES = 12;

const WASM_PAGE_BYTES = 65_536;
/** Beyond what the largest picture (4,095 × 2,304 in sixel) can need. */
const MEMORY_LIMIT_BYTES = 256 * 1024 * 1024;

/** The order in which an 8×8 Bayer matrix turns its cells on. */
const BAYER_8X8: readonly number[] = Array.from({ length: 64 }, (_, position) => {
  const x = position & 7;
  const y = position >> 3;
  let rank = 0;
  for (let bit = 0; bit < 3; bit++) {
    const pair = ((((x ^ y) >> bit) & 1) << 1) | ((y >> bit) & 1);
    rank |= pair << (2 * (2 - bit));
  }
  return rank;
});

/** What `drawBlocks` needs. `row` and `column` count from 1, as the terminal does. */
export interface BlocksOptions {
  readonly widthCells: number;
  readonly heightCells: number;
  readonly row: number;
  readonly column: number;
  /** 24-bit colours from the picture, or palette indexes made by `quantise`. */
  readonly colours: "truecolor" | "indexed";
  /** Differences per channel up to this are left undrawn. */
  readonly tolerance: number;
}

/** What `drawMosaics` and `drawLetters` need. */
export interface MosaicOptions extends Omit<BlocksOptions, "colours"> {
  /** `none`: letters in the terminal's own colour. */
  readonly colours: BlocksOptions["colours"] | "none";
  /** Pixels of a cell. */
  readonly columns: number;
  readonly rows: number;
}

/**
 * One instance with its own memory. Not shared between encoders. Every array that it returns is a view of that memory and
 * valid until the next call: copy what you keep. Nothing to close: memory goes with the object.
 */
export class Kernel {
  readonly #exports: KernelExports;
  readonly #capacity: Record<Area, number> = {
    drawn: 0,
    source: 0,
    picture: 0,
    indexes: 0,
    output: 0,
  };
  readonly #address: Record<Area, number> = {
    drawn: 0,
    source: 0,
    picture: 0,
    indexes: 0,
    output: 0,
  };
  #widthPx = 0;
  #heightPx = 0;
  /** What there is room for, and what the palette has. */
  #isWide = false;
  #hasWideIndexes = false;

  constructor() {
    this.#exports = openKernel();
  }

  /**
   * Loads a picture and brings it to `widthPx × heightPx` (bilinear; make it at most twice too large before). Returns its RGB.
   * Throws `UsageError` for a size that the kernel cannot draw.
   */
  loadPicture(bitmap: Bitmap, widthPx: number, heightPx: number): Uint8Array {
    const widest = this.#exports.widestSixelPx();
    if (widthPx < 1 || heightPx < 1 || widthPx > widest || heightPx > widest) {
      throw new UsageError(
        "picture-size",
        `Cannot draw picture: ${widthPx}×${heightPx} pixels, limit is ${widest}×${widest}`,
      );
    }
    const sourceBytes = bitmap.widthPx * bitmap.heightPx * 3;
    const pictureBytes = widthPx * heightPx * 3;
    const isSameSize = bitmap.widthPx === widthPx && bitmap.heightPx === heightPx;
    this.#reserve({
      source: isSameSize ? 0 : sourceBytes,
      // The kernel reads a pixel as four bytes.
      picture: pictureBytes + 1,
      indexes: widthPx * heightPx * (this.#isWide ? 2 : 1),
    });
    this.#widthPx = widthPx;
    this.#heightPx = heightPx;
    if (isSameSize) {
      this.#bytes("picture", pictureBytes).set(bitmap.rgb.subarray(0, sourceBytes));
    } else {
      this.#bytes("source", sourceBytes).set(bitmap.rgb.subarray(0, sourceBytes));
      this.#exports.resize(
        this.#address.source,
        bitmap.widthPx,
        bitmap.heightPx,
        this.#address.picture,
        widthPx,
        heightPx,
      );
    }
    return this.#bytes("picture", pictureBytes);
  }

  /** The table that `quantise` reads: rgb555 → palette index. Write it whenever the palette changes. */
  get indexTable(): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, this.#exports.indexTable(), 32_768);
  }

  /** Sets the strength of the dither: offsets from `-amplitude` to `+amplitude`, at most 127. */
  setDither(amplitude: number): void {
    const table = new Int8Array(this.#exports.memory.buffer, this.#exports.ditherTable(), 64);
    BAYER_8X8.forEach((rank, position) => {
      table[position] = Math.round((rank / 63 * 2 - 1) * amplitude);
    });
  }

  /** Turns the loaded picture into palette indexes, one byte a pixel. */
  quantise(): Uint8Array {
    const { picture, indexes } = this.#address;
    this.#exports.quantise(picture, this.#widthPx, this.#heightPx, indexes);
    return this.#bytes("indexes", this.#widthPx * this.#heightPx);
  }

  /** Has indexes of two bytes from the next picture on that is loaded: for palettes of more than 255 colours. */
  set isWide(isWide: boolean) {
    this.#isWide = isWide;
  }

  /** Takes an adaptive palette, `R G B` each: at most 255 colours, 1,023 where indexes are wide. */
  setPalette(palette: Uint8Array): void {
    const colours = palette.length / 3;
    const most = this.#isWide ? MAX_WIDE_COLOURS : MAX_ADAPTIVE_COLOURS;
    if (colours > most) {
      throw new Bug(`Cannot take palette: ${colours} colours, limit is ${most}`);
    }
    const { memory } = this.#exports;
    const target = new Uint8Array(memory.buffer, this.#exports.paletteColours(), 4 * most);
    this.#hasWideIndexes = colours > MAX_ADAPTIVE_COLOURS;
    for (let i = 0; i < colours; i++) target.set(palette.subarray(3 * i, 3 * i + 3), 4 * i);
    this.#exports.setPalette(colours);
  }

  /**
   * What a pixel of the loaded picture is off by with the adaptive palette: the squares of its three channels, as the mean of
   * every `step`-th pixel.
   */
  codedError(step: number): number {
    return this.#exports.codedError(this.#address.picture, this.#widthPx * this.#heightPx, step);
  }

  /** Of the last `codedError`, for each colour: how many pixels it stood for, and the sums of their red, green and blue. */
  get colourSums(): Int32Array {
    return new Int32Array(
      this.#exports.memory.buffer,
      this.#exports.colourSums(),
      4 * MAX_WIDE_COLOURS,
    );
  }

  /**
   * Turns the loaded picture into indexes of the adaptive palette, one byte a pixel, two for more than 255 colours. A colour that a neighbour has is taken
   * when its squared error is no more than `price` above that of the nearest one.
   */
  chooseColours(price: number): Uint8Array {
    const { picture, indexes } = this.#address;
    this.#exports.chooseColours(picture, this.#widthPx, this.#heightPx, indexes, price);
    return this.#bytes("indexes", this.#indexRowBytes * this.#heightPx);
  }

  /**
   * The sixel body of the quantised picture, or of `rows` of it: without introducer, palette and terminator.
   */
  sixelBody(rows = { from: 0, count: this.#heightPx }): Uint8Array {
    const bands = Math.ceil(this.#heightPx / 6);
    // The bound is proved at `sixelBody` in kernel/sixel.as.ts; 16 more for scratch.
    this.#reserve({ output: bands * (this.#widthPx * 6 * 7 + 6_144) + 16 });
    const { indexes, output } = this.#address;
    const length = this.#exports.sixelBody(
      indexes + rows.from * this.#indexRowBytes,
      this.#widthPx,
      rows.count,
      this.#hasWideIndexes ? 1 : 0,
      output,
    );
    return this.#bytes("output", length);
  }

  get #indexRowBytes(): number {
    return this.#widthPx * (this.#hasWideIndexes ? 2 : 1);
  }

  /** Standard base64 with padding, as ASCII. */
  base64(bytes: Uint8Array): Uint8Array {
    this.#reserve({ source: bytes.length, output: Math.ceil(bytes.length / 3) * 4 + 16 });
    this.#bytes("source", bytes.length).set(bytes);
    const { source, output } = this.#address;
    return this.#bytes("output", this.#exports.base64(source, bytes.length, output));
  }

  /** Base64 in kitty's chunks: everything after the first command's keys. See `kittyChunks` in kernel/base64.as.ts. */
  kittyChunks(bytes: Uint8Array): Uint8Array {
    const chunks = Math.ceil(bytes.length / 3_072) + 1;
    this.#reserve({ source: bytes.length, output: chunks * (4_096 + 16) });
    this.#bytes("source", bytes.length).set(bytes);
    const { source, output } = this.#address;
    return this.#bytes("output", this.#exports.kittyChunks(source, bytes.length, output));
  }

  /** Sets the SGR parameters (at most 14 ASCII characters) of each palette index, for `drawBlocks` with "indexed". */
  setSgrParameters(foreground: readonly string[], background: readonly string[]): void {
    const table = new Uint8Array(this.#exports.memory.buffer, this.#exports.sgrTable(), 8_192);
    const encoder = new TextEncoder();
    const write = (texts: readonly string[], firstEntry: number) =>
      texts.forEach((text, index) => {
        const entry = table.subarray((firstEntry + index) * 16, (firstEntry + index) * 16 + 16);
        entry[15] = encoder.encodeInto(text, entry.subarray(0, 15)).written;
      });
    write(foreground, 0);
    write(background, 256);
  }

  /** Makes the next `drawBlocks` draw every cell. */
  forgetDrawn(): void {
    this.#bytes("drawn", this.#capacity.drawn).fill(0xff);
  }

  /** The changed cells of the loaded picture, which must be `widthCells × 2·heightCells` pixels; empty when none changed. */
  drawBlocks(options: BlocksOptions): Uint8Array {
    const { widthCells, heightCells } = options;
    if (this.#widthPx !== widthCells || this.#heightPx !== heightCells * 2) {
      throw new Bug("Cannot draw half blocks: the picture has another size than its cells");
    }
    const drawnBytes = widthCells * heightCells * 2 * 4;
    const isIndexed = options.colours === "indexed";
    if (drawnBytes > this.#capacity.drawn) {
      throw new Bug("Cannot draw half blocks: prepareBlocks was not called for this size");
    }
    const { picture, indexes, drawn, output } = this.#address;
    const length = this.#exports.blocks(
      isIndexed ? indexes : picture,
      drawn,
      widthCells,
      heightCells,
      options.row,
      options.column,
      isIndexed ? 0 : 1,
      options.tolerance,
      output,
    );
    return this.#bytes("output", length);
  }

  /**
   * Sets the characters of `drawMosaics`, by the pattern of their pixels, bit by bit from the upper left one, row by row; or of
   * `drawLetters`, from the one with the least ink on. At most 256.
   */
  setGlyphs(glyphs: readonly string[]): void {
    const table = new Uint8Array(this.#exports.memory.buffer, this.#exports.glyphTable(), 2_048);
    const encoder = new TextEncoder();
    glyphs.forEach((glyph, index) => {
      const entry = table.subarray(index * 8, index * 8 + 8);
      entry[7] = encoder.encodeInto(glyph, entry.subarray(0, 4)).written;
    });
  }

  /** The changed cells of the loaded picture, in cells of several pixels and two colours. */
  drawMosaics(options: MosaicOptions): Uint8Array {
    const { columns, rows } = options;
    const isTruecolor = options.colours === "truecolor" ? 1 : 0;
    return this.#drawCells(
      options,
      (at, { widthCells, heightCells, row, column, tolerance }) =>
        this.#exports.mosaics(
          ...[at.picture, at.drawn, widthCells, heightCells, columns, rows] as const,
          ...[row, column, isTruecolor, tolerance, at.output] as const,
        ),
    );
  }

  /** The same in letters, of which there are `shades`: one pixel a cell. */
  drawLetters(options: MosaicOptions & { readonly shades: number }): Uint8Array {
    const { shades, colours } = options;
    const [isColoured, isTruecolor] = [colours === "none" ? 0 : 1, colours === "truecolor" ? 1 : 0];
    return this.#drawCells(
      options,
      (at, { widthCells, heightCells, row, column, tolerance }) =>
        this.#exports.letters(
          ...[at.picture, at.drawn, widthCells, heightCells, shades, row] as const,
          ...[column, isColoured, isTruecolor, tolerance, at.output] as const,
        ),
    );
  }

  #drawCells(
    options: MosaicOptions,
    draw: (at: Readonly<Record<Area, number>>, options: MosaicOptions) => number,
  ): Uint8Array {
    const { widthCells, heightCells, columns, rows } = options;
    if (this.#widthPx !== widthCells * columns || this.#heightPx !== heightCells * rows) {
      throw new Bug("Cannot draw cells: the picture has another size than its cells");
    }
    if (widthCells * heightCells * DRAWN_BYTES > this.#capacity.drawn) {
      throw new Bug("Cannot draw cells: prepareBlocks was not called for this size");
    }
    return this.#bytes("output", draw(this.#address, options));
  }

  /** Makes room for what draws cells. Call before `loadPicture`: it may move the other areas. */
  prepareBlocks(widthCells: number, heightCells: number): void {
    const cells = widthCells * heightCells;
    const before = this.#capacity.drawn;
    this.#reserve({ drawn: cells * DRAWN_BYTES, output: cells * 64 + 64 });
    if (this.#capacity.drawn !== before) this.forgetDrawn();
  }

  #bytes(area: Area, length: number): Bytes {
    return new Uint8Array(this.#exports.memory.buffer as ArrayBuffer, this.#address[area], length);
  }

  /** Growing one area forgets what the later ones hold. */
  #reserve(wanted: Partial<Record<Area, number>>): void {
    if (AREAS.every((area) => (wanted[area] ?? 0) <= this.#capacity[area])) return;
    let end = this.#exports.heapStart();
    for (const area of AREAS) {
      this.#capacity[area] = Math.max(this.#capacity[area], wanted[area] ?? 0);
      this.#address[area] = end;
      end += (this.#capacity[area] + 63) & ~63;
    }
    if (end > MEMORY_LIMIT_BYTES) {
      throw new UsageError(
        "picture-size",
        `Cannot draw picture: ${end} bytes of memory needed, limit is ${MEMORY_LIMIT_BYTES}`,
      );
    }
    const missing = end - this.#exports.memory.buffer.byteLength;
    if (missing > 0) this.#exports.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  }
}
