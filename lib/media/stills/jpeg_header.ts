/**
 * Reads a foreign JPEG file before its decoder does (ITU-T T.81 annex B). Looser than `checkJpeg`, which takes what our own encoders
 * write: photographs are progressive, and full of application data, which does not pass.
 */

import { ByteWriter } from "../../base/bytes.ts";
import { orientationIn } from "./exif.ts";
import {
  type Judgement,
  type Orientation,
  type PixelSize,
  refused,
  sizeProblem,
  STILL_MAX_PARTS,
  STILL_MAX_PIXELS,
  STILL_MAX_SCALED_PIXELS,
  type StillProblem,
  wholeStill,
} from "./still.ts";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
/** Adobe's: which colours the components are. */
const APP14 = 0xee;
/** DQT, DHT, DRI, and the one of Adobe. */
const NEEDED: readonly number[] = [0xdb, 0xc4, 0xdd, APP14];
/** Each scan is a pass over all of the picture: a few kilobytes of scans could keep a decoder busy for minutes. */
const MAX_SCANS = 64;
const EXIF = "Exif\0\0";

/** Judges one whose first marker was seen. */
export function judgeJpeg(jpeg: Uint8Array): Judgement {
  const kept = new ByteWriter().raw(Uint8Array.of(0xff, SOI));
  let size: PixelSize | undefined;
  let orientation: Orientation = 1;
  let scans = 0;
  let parts = 0;
  let at = 2;
  while (at + 4 <= jpeg.length || jpeg[at + 1] === EOI) {
    if (jpeg[at] !== 0xff) return refused("damaged");
    const marker = jpeg[at + 1];
    // Fill bytes.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI) {
      if (size === undefined || scans === 0) return refused("damaged");
      // A picture of several scans is held whole until the last of them.
      const most = scans === 1 ? STILL_MAX_SCALED_PIXELS : STILL_MAX_PIXELS;
      const problem = sizeProblem(size, most);
      if (problem !== undefined) return refused(problem);
      kept.raw(Uint8Array.of(0xff, EOI));
      return wholeStill({
        ...{ format: "jpeg", size, orientation, frames: 1 },
        kept: kept.finish(),
      });
    }
    if (++parts > STILL_MAX_PARTS) return refused("unusual");
    const end = at + 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]);
    if (end > jpeg.length || end < at + 4) return refused("damaged");
    const body = jpeg.subarray(at + 4, end);
    if (isFrame(marker)) {
      if (size !== undefined) return refused("damaged");
      const read = readFrame(marker, body);
      if (typeof read === "string") return refused(read);
      size = read;
      kept.raw(jpeg.subarray(at, end));
    } else if (marker === SOS) {
      if (size === undefined || ++scans > MAX_SCANS) return refused("damaged");
      const next = endOfScan(jpeg, end);
      kept.raw(jpeg.subarray(at, next));
      at = next;
      continue;
    } else if (NEEDED.includes(marker)) kept.raw(jpeg.subarray(at, end));
    else if (marker === APP1 && String.fromCharCode(...body.subarray(0, 6)) === EXIF) {
      orientation = orientationIn(body.subarray(6));
    }
    at = end;
  }
  return refused("damaged");
}

/** SOF0 to SOF15, without DHT, JPG and DAC among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** B.2.2. Baseline, extended and progressive, eight bits, grey or colour: as all cameras write them. */
function readFrame(marker: number, body: Uint8Array): PixelSize | StillProblem {
  if (marker > 0xc2 || body[0] !== 8) return "unusual";
  const components = body[5];
  if (components !== 1 && components !== 3) return "unusual";
  if (body.length !== 6 + 3 * components) return "damaged";
  const size = { widthPx: body[3] << 8 | body[4], heightPx: body[1] << 8 | body[2] };
  return sizeProblem(size, STILL_MAX_SCALED_PIXELS) ?? size;
}

/** Where the next marker stands that is neither a stuffed byte nor a restart. */
function endOfScan(jpeg: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = jpeg.indexOf(0xff, at);
    if (at < 0 || at + 1 >= jpeg.length) return jpeg.length;
    const next = jpeg[at + 1];
    const isData = next === 0 || next >= 0xd0 && next <= 0xd7;
    if (!isData && next !== 0xff) return at;
    at += next === 0xff ? 1 : 2;
  }
}
