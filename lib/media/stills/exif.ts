/** Which way up a photograph is: the one thing that is read of EXIF (TIFF 6.0, tag 274). */

import type { Orientation } from "./still.ts";

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;
/** More entries than any camera writes. */
const MAX_ENTRIES = 512;

/** Of a TIFF block, wherever it stood. Whatever is wrong with it means upright. */
export function orientationIn(tiff: Uint8Array): Orientation {
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const isLittle = view.getUint16(0) === 0x4949;
  if (!isLittle && view.getUint16(0) !== 0x4d4d || view.getUint16(2, isLittle) !== 42) return 1;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return 1;
  const count = Math.min(MAX_ENTRIES, view.getUint16(directory, isLittle));
  for (let entry = 0; entry < count; entry++) {
    const at = directory + 2 + entry * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return 1;
    if (view.getUint16(at, isLittle) !== ORIENTATION_TAG) continue;
    if (view.getUint16(at + 2, isLittle) !== SHORT) return 1;
    const value = view.getUint16(at + 8, isLittle);
    // The numbers of the type.
    return value >= 1 && value <= 8 ? value as Orientation : 1;
  }
  return 1;
}
