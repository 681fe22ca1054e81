/** From the pixels of a decoder to a picture that is drawn: laid on the terminal's ground, made smaller, turned upright. Pure. */

import type { Bitmap } from "../../base/bitmap.ts";
import type { JudgedStill, Orientation, PixelSize } from "./still.ts";

/** What a decoder gave: of the first picture, rows from the top. */
export interface DecodedPixels extends PixelSize {
  readonly pixels: Uint8Array;
  /** 3: RGB; 4: RGBA, not multiplied. */
  readonly channels: 3 | 4;
}

/** A colour, each part 0 to 255. */
export type Ground = readonly [red: number, green: number, blue: number];

/** How large a picture is in a box: never larger than it is, its shape kept. */
export function sizeWithin(size: PixelSize, box: PixelSize): PixelSize {
  const scale = Math.min(1, box.widthPx / size.widthPx, box.heightPx / size.heightPx);
  return {
    widthPx: Math.max(1, Math.round(size.widthPx * scale)),
    heightPx: Math.max(1, Math.round(size.heightPx * scale)),
  };
}

/** What is seen of it in the box. `ground` shows where the picture lets it. */
export function drawStill(
  { canvas, first, orientation, facts }: Pick<
    JudgedStill,
    "canvas" | "first" | "orientation" | "facts"
  >,
  decoded: DecodedPixels,
  { box, ground }: { readonly box: PixelSize; readonly ground: Ground },
): Bitmap {
  const seen = sizeWithin(facts, box);
  const target = orientation < 5 ? seen : { widthPx: seen.heightPx, heightPx: seen.widthPx };
  // A JPEG comes scaled already: its place on the canvas is scaled with it.
  const scale = decoded.widthPx / first.widthPx;
  const source: Source = {
    ...decoded,
    ground,
    canvas: {
      widthPx: Math.max(decoded.widthPx, Math.round(canvas.widthPx * scale)),
      heightPx: Math.max(decoded.heightPx, Math.round(canvas.heightPx * scale)),
    },
    xPx: Math.round(first.xPx * scale),
    yPx: Math.round(first.yPx * scale),
  };
  return turn(scaleDown(source, target), orientation);
}

interface Source extends DecodedPixels {
  readonly ground: Ground;
  readonly canvas: PixelSize;
  readonly xPx: number;
  readonly yPx: number;
}

/** Which pixel of the smaller side a pixel belongs to, and what share of it; the rest belongs to the next one. */
interface Share {
  readonly index: number;
  readonly weight: number;
  readonly rest: number;
}

function sharesOf(from: number, to: number): readonly Share[] {
  return Array.from({ length: from }, (_, at) => {
    const start = at * to / from;
    const index = Math.min(to - 1, Math.floor(start));
    const end = Math.min(to, (at + 1) * to / from);
    const weight = Math.min(end, index + 1) - start;
    return { index, weight, rest: Math.max(0, end - start - weight) };
  });
}

/** A picture made smaller, or as it is where it is no larger. */
export function shrink(bitmap: Bitmap, target: PixelSize): Bitmap {
  const { widthPx, heightPx, rgb } = bitmap;
  if (target.widthPx >= widthPx && target.heightPx >= heightPx) return bitmap;
  const canvas = { widthPx, heightPx };
  const source = {
    ...canvas,
    canvas,
    pixels: rgb,
    channels: 3,
    ground: BLACK,
    xPx: 0,
    yPx: 0,
  } as const;
  return scaleDown(source, target);
}

const BLACK: Ground = [0, 0, 0];

/** Each pixel is the mean of those that it covers: the one way of scaling that keeps thin lines of a screenshot. */
function scaleDown(source: Source, target: PixelSize): Bitmap {
  const { canvas } = source;
  const widthPx = Math.min(target.widthPx, canvas.widthPx);
  const heightPx = Math.min(target.heightPx, canvas.heightPx);
  const across = sharesOf(canvas.widthPx, widthPx);
  const down = sharesOf(canvas.heightPx, heightPx);
  const sums = new Float32Array((heightPx + 1) * widthPx * 3);
  const row = new Float32Array((widthPx + 1) * 3);
  for (let y = 0; y < canvas.heightPx; y++) {
    row.fill(0);
    addRow(source, y, across, row);
    const { index, weight, rest } = down[y];
    const at = index * widthPx * 3;
    for (let i = 0; i < widthPx * 3; i++) sums[at + i] += row[i] * weight;
    if (rest === 0) continue;
    const next = at + widthPx * 3;
    for (let i = 0; i < widthPx * 3; i++) sums[next + i] += row[i] * rest;
  }
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = sums[i] + 0.5;
  return { widthPx, heightPx, rgb };
}

/** A row of the canvas, onto the ground, in the smaller width. */
function addRow(source: Source, y: number, across: readonly Share[], row: Float32Array): void {
  const { pixels, channels, widthPx, heightPx, xPx, yPx, ground: [red, green, blue] } = source;
  const inY = y - yPx;
  const hasRow = inY >= 0 && inY < heightPx;
  for (let x = 0; x < across.length; x++) {
    let [r, g, b] = [red, green, blue];
    const inX = x - xPx;
    if (hasRow && inX >= 0 && inX < widthPx) {
      const at = (inY * widthPx + inX) * channels;
      const alpha = channels === 4 ? pixels[at + 3] / 255 : 1;
      r += (pixels[at] - r) * alpha;
      g += (pixels[at + 1] - g) * alpha;
      b += (pixels[at + 2] - b) * alpha;
    }
    const { index, weight, rest } = across[x];
    const out = index * 3;
    row[out] += r * weight;
    row[out + 1] += g * weight;
    row[out + 2] += b * weight;
    row[out + 3] += r * rest;
    row[out + 4] += g * rest;
    row[out + 5] += b * rest;
  }
}

/** Where a pixel of the upright picture stands in the stored one, by the number of EXIF. */
const TURNS: Readonly<
  Record<Orientation, (x: number, y: number, size: PixelSize) => readonly [number, number]>
> = {
  1: (x, y) => [x, y],
  2: (x, y, { widthPx }) => [widthPx - 1 - x, y],
  3: (x, y, { widthPx, heightPx }) => [widthPx - 1 - x, heightPx - 1 - y],
  4: (x, y, { heightPx }) => [x, heightPx - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, { heightPx }) => [y, heightPx - 1 - x],
  7: (x, y, { widthPx, heightPx }) => [widthPx - 1 - y, heightPx - 1 - x],
  8: (x, y, { widthPx }) => [widthPx - 1 - y, x],
};

function turn(bitmap: Bitmap, orientation: Orientation): Bitmap {
  if (orientation === 1) return bitmap;
  const { widthPx, heightPx, rgb } = bitmap;
  const isOnSide = orientation >= 5;
  const upright = {
    widthPx: isOnSide ? heightPx : widthPx,
    heightPx: isOnSide ? widthPx : heightPx,
    rgb: new Uint8Array(rgb.length),
  };
  const place = TURNS[orientation];
  let out = 0;
  for (let y = 0; y < upright.heightPx; y++) {
    for (let x = 0; x < upright.widthPx; x++, out += 3) {
      const [fromX, fromY] = place(x, y, bitmap);
      const at = (fromY * widthPx + fromX) * 3;
      upright.rgb[out] = rgb[at];
      upright.rgb[out + 1] = rgb[at + 1];
      upright.rgb[out + 2] = rgb[at + 2];
    }
  }
  return upright;
}
