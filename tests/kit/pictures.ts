/** Pictures for tests of what is drawn: a real one, made ones, and what a terminal would make of the bytes. */

import { inflateSync } from "node:zlib";
import sixel from "sixel";
import type { Bitmap } from "../../lib/base/bitmap.ts";

/** One frame of real footage: 192×108. */
export function realPicture(): Bitmap {
  const packed = Deno.readFileSync(new URL("../fixtures/cockatoo.rgb.z", import.meta.url));
  return { widthPx: 192, heightPx: 108, rgb: new Uint8Array(inflateSync(packed)) };
}

export function flatPicture(
  widthPx: number,
  heightPx: number,
  colour: readonly [number, number, number],
): Bitmap {
  return paintPicture(widthPx, heightPx, () => colour);
}

export function paintPicture(
  widthPx: number,
  heightPx: number,
  colourAt: (x: number, y: number) => readonly [number, number, number],
): Bitmap {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) rgb.set(colourAt(x, y), (y * widthPx + x) * 3);
  }
  return { widthPx, heightPx, rgb };
}

/** Peak signal-to-noise ratio in dB over all channels; Infinity when equal. */
export function psnr(left: Bitmap, right: Bitmap): number {
  if (left.widthPx !== right.widthPx || left.heightPx !== right.heightPx) return 0;
  let squares = 0;
  for (let i = 0; i < left.rgb.length; i++) squares += (left.rgb[i] - right.rgb[i]) ** 2;
  return 10 * Math.log10(255 * 255 / (squares / left.rgb.length));
}

/** What the npm package `sixel`, which no one here wrote, makes of the first sixel picture in `bytes`. */
export function decodeSixel(bytes: Uint8Array): Bitmap {
  const text = new TextDecoder("latin1").decode(bytes);
  const begin = text.indexOf("\x1bP");
  const { width, height, data32 } = sixel.decode(
    text.slice(text.indexOf("q", begin) + 1, text.indexOf("\x1b\\", begin)),
  );
  const rgba = new Uint8Array(data32.buffer, data32.byteOffset, data32.byteLength);
  return paintPicture(width, height, (x, y) => {
    const at = (y * width + x) * 4;
    return [rgba[at], rgba[at + 1], rgba[at + 2]];
  });
}
