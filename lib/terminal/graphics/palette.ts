/** Palettes: adaptive ones that follow a video without flicker, and fixed ones for terminals with few colours. */

import { quantiseByVariance } from "./wu.ts";

/** `R G B` in three bytes each, at most 256 of them. */
export type Palette = Uint8Array;

/** One entry for each rgb555 colour. */
export const INDEX_TABLE_SIZE = 32_768;

/**
 * How far the coarse histogram may move before a new palette is made, as the sum of absolute differences of shares.
 * Measured: making one for each frame is no better, 0.12 costs 2.5 dB; and what stands still does not shimmer.
 */
const REFRESH_THRESHOLD = 0.06;
/** Every 37th pixel: a prime, so that no pattern of the picture hides between the samples. */
const HISTOGRAM_STEP = 37;
/** Every 7th pixel gives the same palette within 0.1 dB as all of them. */
const PALETTE_STEP = 7;
/** Small pictures are looked at more closely, so that at least so many pixels count. */
const MIN_SAMPLES = 5_000;

/** Keeps the palette of a video, and renews it when the colours of the video have changed. */
export class AdaptivePalette {
  readonly #colours: number;
  #histogram: Float64Array | undefined;
  #palette: Palette = new Uint8Array(0);

  constructor(colours: number) {
    this.#colours = colours;
  }

  get palette(): Palette {
    return this.#palette;
  }

  /** Looks at a picture. Returns true when the palette is new; `indexOfColour` is then filled for it. */
  follow(rgb: Uint8Array, indexOfColour: Uint8Array): boolean {
    const histogram = coarseHistogram(rgb);
    if (
      this.#histogram !== undefined && distance(histogram, this.#histogram) <= REFRESH_THRESHOLD
    ) {
      return false;
    }
    this.#histogram = histogram;
    this.#palette = quantiseByVariance(rgb, {
      colours: this.#colours,
      step: stepFor(rgb, PALETTE_STEP),
      indexOfColour,
    });
    return true;
  }
}

function stepFor(rgb: Uint8Array, largestStep: number): number {
  return Math.min(largestStep, Math.max(1, Math.floor(rgb.length / 3 / MIN_SAMPLES)));
}

/** Shares of 64 colours, two bits a channel. */
function coarseHistogram(rgb: Uint8Array): Float64Array {
  const histogram = new Float64Array(64);
  let samples = 0;
  const step = stepFor(rgb, HISTOGRAM_STEP);
  for (let at = 0; at + 2 < rgb.length; at += 3 * step) {
    histogram[(rgb[at] >> 6) << 4 | (rgb[at + 1] >> 6) << 2 | rgb[at + 2] >> 6]++;
    samples++;
  }
  return histogram.map((count) => count / samples);
}

function distance(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += Math.abs(left[i] - right[i]);
  return sum;
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
