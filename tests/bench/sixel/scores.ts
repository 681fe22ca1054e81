/** How near a drawn picture is to its source, and what a process has cost. */

import { readFileSync } from "node:fs";
import process from "node:process";
import type { Bitmap } from "../../../lib/base/bitmap.ts";
import { psnr } from "../../kit/pictures.ts";

/** Of one picture, or the means over several, with the least PSNR. */
export interface Score {
  readonly meanDb: number;
  readonly leastDb: number;
  /** PSNR after a 3×3 blur of both: what the eye makes of a dither. */
  readonly blurDb: number;
  /** On luma, in windows of 8×8. */
  readonly ssim: number;
  readonly sizeBytes: number;
  /** User and system, of one picture. */
  readonly cpuMs?: number;
}

/** Black pictures are exact: so much at most. */
const MOST_DB = 60;
const SSIM_WINDOW = 8;
const SSIM_STEP = 4;

export function score(drawn: Bitmap, source: Bitmap, sizeBytes: number): Score {
  const db = Math.min(MOST_DB, psnr(drawn, source));
  const blurDb = Math.min(MOST_DB, psnr(blur(drawn), blur(source)));
  return { meanDb: db, leastDb: db, blurDb, ssim: ssim(drawn, source), sizeBytes };
}

export function addUp(scores: readonly Score[]): Score {
  const mean = (valueOf: (one: Score) => number) =>
    scores.reduce((sum, one) => sum + valueOf(one), 0) / scores.length;
  return {
    meanDb: mean((one) => one.meanDb),
    leastDb: Math.min(...scores.map((one) => one.leastDb)),
    blurDb: mean((one) => one.blurDb),
    ssim: mean((one) => one.ssim),
    sizeBytes: mean((one) => one.sizeBytes),
  };
}

/** Of this process, or of its ended children (Linux). */
export function cpuSeconds(whose: "own" | "children" = "own"): number {
  if (whose === "own") {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  // proc(5): fields 16 and 17 of the line, in hundredths of a second; the name before them may hold spaces.
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ")[1].split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function blur({ widthPx, heightPx, rgb }: Bitmap): Bitmap {
  const blurred = new Uint8Array(rgb.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        let count = 0;
        for (let row = Math.max(0, y - 1); row <= Math.min(heightPx - 1, y + 1); row++) {
          for (let column = Math.max(0, x - 1); column <= Math.min(widthPx - 1, x + 1); column++) {
            sum += rgb[(row * widthPx + column) * 3 + channel];
            count++;
          }
        }
        blurred[(y * widthPx + x) * 3 + channel] = Math.round(sum / count);
      }
    }
  }
  return { widthPx, heightPx, rgb: blurred };
}

function lumaOf({ rgb }: Bitmap): Float64Array {
  return Float64Array.from(
    { length: rgb.length / 3 },
    (_, i) => 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2],
  );
}

/** Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment", 2004, with plain windows. */
function ssim(drawn: Bitmap, source: Bitmap): number {
  const { widthPx, heightPx } = source;
  const [left, right] = [lumaOf(drawn), lumaOf(source)];
  const samples = SSIM_WINDOW * SSIM_WINDOW;
  let total = 0;
  let windows = 0;
  for (let top = 0; top + SSIM_WINDOW <= heightPx; top += SSIM_STEP) {
    for (let from = 0; from + SSIM_WINDOW <= widthPx; from += SSIM_STEP) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + SSIM_WINDOW; y++) {
        for (let at = y * widthPx + from; at < y * widthPx + from + SSIM_WINDOW; at++) {
          a += left[at];
          b += right[at];
          aa += left[at] * left[at];
          bb += right[at] * right[at];
          ab += left[at] * right[at];
        }
      }
      const [meanA, meanB] = [a / samples, b / samples];
      const covariance = ab / samples - meanA * meanB;
      const variances = aa / samples - meanA ** 2 + bb / samples - meanB ** 2;
      total += (2 * meanA * meanB + 6.5025) * (2 * covariance + 58.5225) /
        ((meanA ** 2 + meanB ** 2 + 6.5025) * (variances + 58.5225));
      windows++;
    }
  }
  return total / windows;
}
