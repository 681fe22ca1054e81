/** What the mode `adaptive` chooses from: pictures of one file in several sizes, none larger than the file's own. */

import { type RungName, RUNGS } from "../../protocol/hop/video.ts";
import { fitHeight } from "./renditions.ts";

/** Pictures of one size and quality. */
export interface Rung {
  readonly name: RungName;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Where the store keeps them, below the file's folder: with the rendition of the same size, if they are the same pictures. */
  readonly folder: string;
  /** ffmpeg's scale, 2 (best) to 31. */
  readonly quality: number;
}

/** Small pictures are for bad lines, where one more a second is worth more than fewer artefacts. */
const QUALITY: Readonly<Record<RungName, number>> = {
  "144p": 9,
  "240p": 5,
  "360p": 6,
  "480p": 5,
  "720p": 5,
  "1080p": 5,
  "1440p": 5,
  "2160p": 5,
};
/**
 * From 360p on each size comes in a lower quality first, a step of its own: larger sizes have 1.5 to 1.8 times the bytes, and half
 * of the way is less to be seen than a smaller picture, or fewer of them.
 */
const COARSE_QUALITY: Readonly<Partial<Record<RungName, number>>> = {
  "360p": 9,
  "480p": 8,
  "720p": 8,
  "1080p": 8,
  "1440p": 8,
  "2160p": 8,
};
/** Bytes grow slower than pixels: nine times the pixels are 4.5 times the bytes (measured on three films). */
const GROWTH = Math.log(4.5) / Math.log(9);
/** Bytes by quality, for guesses: 22 KB at 5 and 15.6 KB at 8 (640×360). */
const BYTES_AT: Readonly<Record<number, number>> = { 5: 1, 6: 0.88, 8: 0.71, 9: 0.66 };

/**
 * The rungs of a file whose pictures are drawn at this size, smallest first and of each size the coarser one first, at least one. The last
 * is the file's own size, under the name of the smallest rung that holds it.
 */
export function rungsOf(
  drawn: { readonly widthPx: number; readonly heightPx: number },
): readonly [Rung, ...Rung[]] {
  const [least, ...others] = RUNGS;
  const rungs: [Rung, ...Rung[]] = [rungOf(least, drawn)];
  for (const name of others) {
    if (heightOf(rungs[rungs.length - 1].name) >= drawn.heightPx) break;
    const fine = rungOf(name, drawn);
    const quality = COARSE_QUALITY[name];
    if (quality !== undefined) {
      rungs.push({ ...fine, folder: `${fine.folder}-q${quality}`, quality });
    }
    rungs.push(fine);
  }
  return rungs;
}

/** What a picture of `wanted` may have when one of `known` has `knownBytes`. A guess. */
export function guessBytes(known: Rung, knownBytes: number, wanted: Rung): number {
  const pixels = ({ widthPx, heightPx }: Rung) => widthPx * heightPx;
  const byQuality = (BYTES_AT[wanted.quality] ?? 1) / (BYTES_AT[known.quality] ?? 1);
  return knownBytes * byQuality * (pixels(wanted) / pixels(known)) ** GROWTH;
}

function rungOf(
  name: RungName,
  drawn: { readonly widthPx: number; readonly heightPx: number },
): Rung {
  const isOwn = heightOf(name) > drawn.heightPx;
  const size = fitHeight(drawn, Math.min(heightOf(name), drawn.heightPx));
  return { name, ...size, folder: isOwn ? `${name}-own` : name, quality: QUALITY[name] };
}

function heightOf(name: RungName): number {
  return Number.parseInt(name, 10);
}
