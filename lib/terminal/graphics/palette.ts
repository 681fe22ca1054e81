/** Palettes: adaptive ones that follow a video without flicker, and fixed ones for terminals with few colours. */

import type { Kernel } from "./kernel.ts";
import { quantiseByVariance } from "./wu.ts";

/** `R G B` in three bytes each, at most 256 of them. */
export type Palette = Uint8Array;

/** One entry for each rgb555 colour, of fixed palettes. */
export const INDEX_TABLE_SIZE = 32_768;

/**
 * A palette is kept while a pixel coded with it is off by little more than when it was made: by so many times as much, and
 * one squared level on top for pictures that are coded nearly exactly. Of the colours alone nothing can be told: a fade
 * from black moves no coarse histogram (14 dB in the first second of a film), a finer one moves with every grain.
 */
const ERROR_GROWTH = 1.15;
const ERROR_FLOOR = 1;
/** What the error is held against follows it down by this share a picture: a palette may turn out better than it began. */
const ERROR_DRIFT = 0.1;
/** Every 17th pixel: a prime, so that no pattern of the picture hides between the samples. 0.1 ms at 640×360. */
const ERROR_STEP = 17;
/** Every 7th pixel gives the same palette within 0.1 dB as all of them. */
const PALETTE_STEP = 7;
/** Small pictures are looked at more closely, so that at least so many pixels count. */
const MIN_SAMPLES = 5_000;

/** Rounds of k-means after Wu's cut: 0.3 to 1 dB. A third one adds a tenth of that. */
const REFINING_ROUNDS = 2;
/** Rounds that a palette is moved before a new one is made. Half of the cuts are spared, and colours shimmer less. */
const FOLLOWING_ROUNDS = 2;

/** How the terminal is told of a colour. */
export interface PaletteOptions {
  /** At most 255, where the kernel has wide indexes 1,023. */
  readonly colours: number;
  /** What a terminal shows when it is sent this level of a channel. Errors are measured against that. */
  readonly shown: (level: number) => number;
}

/** Keeps the palette of a video, and renews it when the video's colours are no more in it. */
export class AdaptivePalette {
  readonly #options: PaletteOptions;
  /** What a pixel was off by with this palette. */
  #error = -1;
  #palette: Palette = new Uint8Array(0);

  constructor(options: PaletteOptions) {
    this.#options = options;
  }

  get palette(): Palette {
    return this.#palette;
  }

  /**
   * Looks at the picture `rgb` that `kernel` has loaded. Returns true when the palette is new. The same kernel is to be given
   * for the next picture: it has the palette.
   */
  follow(rgb: Uint8Array, kernel: Kernel): boolean {
    const step = stepFor(rgb, ERROR_STEP);
    if (this.#error >= 0) {
      let error = kernel.codedError(step);
      if (this.#isGood(error)) {
        if (error < this.#error) this.#error += ERROR_DRIFT * (error - this.#error);
        return false;
      }
      for (let round = 0; round < FOLLOWING_ROUNDS; round++) {
        this.#use(this.#means(kernel), kernel);
        error = kernel.codedError(step);
        if (this.#isGood(error)) return true;
      }
    }
    this.#make(rgb, kernel);
    this.#error = kernel.codedError(step);
    return true;
  }

  #make(rgb: Uint8Array, kernel: Kernel): void {
    const { colours } = this.#options;
    let step = stepFor(rgb, PALETTE_STEP);
    let palette = quantiseByVariance(rgb, { colours, step });
    if (step > 1 && palette.length < 3 * colours) {
      // There is room for each colour of a flat picture, also for one of a few pixels that lie between the samples.
      step = 1;
      palette = quantiseByVariance(rgb, { colours, step });
    }
    this.#use(palette, kernel);
    for (let round = 0; round < REFINING_ROUNDS; round++) {
      kernel.codedError(step);
      this.#use(this.#means(kernel), kernel);
    }
  }

  #isGood(error: number): boolean {
    return error <= ERROR_GROWTH * this.#error + ERROR_FLOOR;
  }

  #use(palette: Palette, kernel: Kernel): void {
    this.#palette = palette.map(this.#options.shown);
    kernel.setPalette(this.#palette);
  }

  /** Each colour moved to the mean of the pixels that it stood for: one round of k-means. */
  #means(kernel: Kernel): Palette {
    const sums = kernel.colourSums;
    return this.#palette.map((level, at) => {
      const colour = 4 * Math.floor(at / 3);
      const count = sums[colour];
      return count === 0 ? level : Math.round(sums[colour + 1 + at % 3] / count);
    });
  }
}

function stepFor(rgb: Uint8Array, largestStep: number): number {
  return Math.min(largestStep, Math.max(1, Math.floor(rgb.length / 3 / MIN_SAMPLES)));
}

/** Fills the table with the nearest colour of a fixed palette. Some 20 ms for 256 colours: do it once. */
export function indexNearest(palette: Palette, indexOfColour: Uint8Array): void {
  for (let colour = 0; colour < INDEX_TABLE_SIZE; colour++) {
    // The middle of the 8 levels that share the entry.
    const red = ((colour >> 10) << 3) + 4;
    const green = ((colour >> 5 & 31) << 3) + 4;
    const blue = ((colour & 31) << 3) + 4;
    let nearest = 0;
    let smallest = Infinity;
    for (let i = 0; i * 3 < palette.length; i++) {
      const redOff = palette[3 * i] - red;
      const greenOff = palette[3 * i + 1] - green;
      const blueOff = palette[3 * i + 2] - blue;
      const off = redOff * redOff + greenOff * greenOff + blueOff * blueOff;
      if (off < smallest) {
        smallest = off;
        nearest = i;
      }
    }
    indexOfColour[colour] = nearest;
  }
}

/** xterm's 256 colours: 16 of the terminal's own, a 6×6×6 cube, and 24 greys. */
export function xterm256Palette(): Palette {
  const palette = new Uint8Array(256 * 3);
  palette.set(ANSI_16_PALETTE);
  const cubeLevels = [0, 95, 135, 175, 215, 255];
  for (let i = 0; i < 216; i++) {
    const colour = [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6].map((at) => cubeLevels[at]);
    palette.set(colour, (16 + i) * 3);
  }
  for (let i = 0; i < 24; i++) palette.fill(8 + 10 * i, (232 + i) * 3, (233 + i) * 3);
  return palette;
}

/** xterm's values of the 16 ANSI colours. People change theirs, so these are a guess that is never far off. */
export const ANSI_16_PALETTE: Palette = Uint8Array.from(
  [
    [[0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0]],
    [[0, 0, 238], [205, 0, 205], [0, 205, 205], [229, 229, 229]],
    [[127, 127, 127], [255, 0, 0], [0, 255, 0], [255, 255, 0]],
    [[92, 92, 255], [255, 0, 255], [0, 255, 255], [255, 255, 255]],
  ].flat(2),
);

/**
 * For sixel terminals with 16 registers. They share the registers with what is on the screen already, so the palette must
 * not change from frame to frame. Five greys carry the light, eleven muted colours the hue: a dither mixes the rest. On three
 * films 27.5 dB after a 3×3 blur, against 23 dB at best for a 2×4×2 cube and 22 dB for the ANSI colours.
 */
export const SIXEL_16_PALETTE: Palette = Uint8Array.from(
  [
    [[0, 0, 0], [64, 64, 64], [128, 128, 128], [191, 191, 191], [255, 255, 255]],
    [[120, 40, 30], [200, 120, 90], [235, 190, 150], [110, 85, 45]],
    [[45, 75, 35], [120, 150, 80], [190, 200, 90], [25, 40, 85]],
    [[70, 110, 160], [150, 190, 220], [110, 60, 110]],
  ].flat(2),
);
