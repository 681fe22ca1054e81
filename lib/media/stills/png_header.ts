/** Reads a foreign PNG before its decoder does (W3C PNG, third edition, §5): every chunk lies in the file, and few of them pass. */

import { ByteWriter } from "../../base/bytes.ts";
import { orientationIn } from "./exif.ts";
import {
  type Judgement,
  type Orientation,
  type PixelSize,
  refused,
  sizeProblem,
  STILL_MAX_FRAMES,
  STILL_MAX_PARTS,
  type StillProblem,
  wholeStill,
} from "./still.ts";

const SIGNATURE_BYTES = 8;
/** Length, type and check sum of a chunk. */
const CHUNK_FRAME_BYTES = 12;
/** What makes the picture. Text, colour profiles and further frames, which unpack to any size, do not pass. */
const NEEDED: readonly string[] = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
/** Bits a sample may have, by colour type (table 11.1). */
const DEPTHS: Readonly<Record<number, readonly number[] | undefined>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Judges one whose signature was seen. */
export function judgePng(png: Uint8Array): Judgement {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const kept = new ByteWriter().raw(png.subarray(0, SIGNATURE_BYTES));
  let size: PixelSize | undefined;
  let orientation: Orientation = 1;
  let frames = 1;
  let at = SIGNATURE_BYTES;
  for (let parts = 0; at + CHUNK_FRAME_BYTES <= png.length; parts++) {
    if (parts === STILL_MAX_PARTS) return refused("unusual");
    const length = view.getUint32(at);
    const end = at + CHUNK_FRAME_BYTES + length;
    if (end > png.length) return refused("damaged");
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    const body = png.subarray(at + 8, end - 4);
    // The header comes first, and once.
    if ((size === undefined) !== (type === "IHDR")) return refused("damaged");
    if (type === "IHDR") {
      const read = readHeader(body);
      if (typeof read === "string") return refused(read);
      size = read;
    } else if (type === "eXIf") orientation = orientationIn(body);
    else if (type === "acTL" && length === 8) frames = Math.max(1, view.getUint32(at + 8));
    if (NEEDED.includes(type)) kept.raw(png.subarray(at, end));
    if (type === "IEND") {
      if (frames > STILL_MAX_FRAMES) return refused("too-many-frames");
      if (size === undefined) return refused("damaged");
      return wholeStill({ format: "png", size, orientation, frames, kept: kept.finish() });
    }
    at = end;
  }
  return refused("damaged");
}

function readHeader(body: Uint8Array): PixelSize | StillProblem {
  if (body.length !== 13) return "damaged";
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const size = { widthPx: view.getUint32(0), heightPx: view.getUint32(4) };
  const [depth, colourType, compression, filter, interlace] = body.subarray(8);
  if (compression !== 0 || filter !== 0 || interlace > 1) return "damaged";
  if (DEPTHS[colourType]?.includes(depth) !== true) return "damaged";
  return sizeProblem(size) ?? size;
}
