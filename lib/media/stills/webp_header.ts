/** Reads a foreign WebP before its decoder does (RFC 9649): of an animation the first frame, and nothing beside the picture. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { orientationIn } from "./exif.ts";
import {
  type JudgedStill,
  type Judgement,
  type Orientation,
  type PixelSize,
  refused,
  sizeProblem,
  STILL_MAX_FRAMES,
  STILL_MAX_PARTS,
  wholeStill,
} from "./still.ts";

const RIFF_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** Place, size, duration and flags of a frame. */
const FRAME_HEAD_BYTES = 16;
const ALPHA_FLAG = 0x10;

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
  /** With its head and, where its length is odd, its filling. */
  readonly whole: Uint8Array;
}

/** What is found of a picture, alone or in a frame. */
interface Image {
  readonly size: PixelSize;
  readonly alpha: Chunk | undefined;
  readonly data: Chunk;
}

/** Judges one whose RIFF header was seen. */
export function judgeWebp(webp: Uint8Array): Judgement {
  const length = u32(webp, 4) + 8;
  if (length > webp.length) return refused("damaged");
  const chunks = chunksIn(webp.subarray(RIFF_BYTES, length));
  if (chunks === undefined) return refused("damaged");
  const [head] = chunks;
  if (head?.type !== "VP8X") {
    const image = imageIn(chunks);
    return image === undefined ? refused("damaged") : judgeImage(image, image.size, 1);
  }
  if (head.body.length < 10) return refused("damaged");
  const canvas = { widthPx: 1 + u24(head.body, 4), heightPx: 1 + u24(head.body, 7) };
  const frames = chunks.filter(({ type }) => type === "ANMF");
  const exif = chunks.find(({ type }) => type === "EXIF");
  const orientation = exif === undefined ? 1 : orientationIn(exif.body);
  if (frames.length > STILL_MAX_FRAMES) return refused("too-many-frames");
  if (frames.length > 0) return judgeFrame(frames[0].body, canvas, frames.length);
  const image = imageIn(chunks);
  return image === undefined ? refused("damaged") : judgeImage(image, canvas, orientation);
}

function judgeImage(image: Image, canvas: PixelSize, orientation: Orientation): Judgement {
  const problem = sizeProblem(canvas) ?? sizeProblem(image.size);
  if (problem !== undefined) return refused(problem);
  if (!isSame(image.size, canvas)) return refused("damaged");
  const kept = asStill(image);
  return wholeStill({ format: "webp", size: canvas, orientation, frames: 1, kept });
}

function judgeFrame(frame: Uint8Array, canvas: PixelSize, frames: number): Judgement {
  if (frame.length < FRAME_HEAD_BYTES) return refused("damaged");
  const [xPx, yPx] = [2 * u24(frame, 0), 2 * u24(frame, 3)];
  const size = { widthPx: 1 + u24(frame, 6), heightPx: 1 + u24(frame, 9) };
  const problem = sizeProblem(canvas) ?? sizeProblem(size);
  if (problem !== undefined) return refused(problem);
  const image = imageIn(chunksIn(frame.subarray(FRAME_HEAD_BYTES)) ?? []);
  const isInside = xPx + size.widthPx <= canvas.widthPx && yPx + size.heightPx <= canvas.heightPx;
  if (image === undefined || !isSame(image.size, size) || !isInside) return refused("damaged");
  const still: JudgedStill = {
    facts: { format: "webp", frames, ...canvas },
    orientation: 1,
    canvas,
    first: { xPx, yPx, ...size },
    kept: asStill(image),
  };
  return { ok: true, still };
}

/** Undefined where one ends beyond the bytes, or there are too many. */
function chunksIn(bytes: Uint8Array): readonly Chunk[] | undefined {
  const chunks: Chunk[] = [];
  let at = 0;
  while (at + CHUNK_HEAD_BYTES <= bytes.length) {
    const start = at + CHUNK_HEAD_BYTES;
    const end = start + u32(bytes, at + 4);
    if (end > bytes.length || chunks.length === STILL_MAX_PARTS) return undefined;
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const next = end + end % 2;
    chunks.push({ type, body: bytes.subarray(start, end), whole: bytes.subarray(at, next) });
    at = next;
  }
  return chunks;
}

function imageIn(chunks: readonly Chunk[]): Image | undefined {
  const data = chunks.find(({ type }) => type === "VP8 " || type === "VP8L");
  if (data === undefined) return undefined;
  const size = data.type === "VP8L" ? losslessSize(data.body) : lossySize(data.body);
  if (size === undefined) return undefined;
  const alpha = data.type === "VP8L" ? undefined : chunks.find(({ type }) => type === "ALPH");
  return { size, alpha, data };
}

/** RFC 6386 §9.1: a key frame. */
function lossySize(data: Uint8Array): PixelSize | undefined {
  if (data.length < 10 || (data[0] & 1) !== 0) return undefined;
  if (data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) return undefined;
  const side = (at: number) => (data[at] | data[at + 1] << 8) & 0x3fff;
  return { widthPx: side(6), heightPx: side(8) };
}

/** RFC 9649 §3.4: fourteen bits each. */
function losslessSize(data: Uint8Array): PixelSize | undefined {
  if (data.length < 5 || data[0] !== 0x2f) return undefined;
  const bits = u32(data, 1);
  return { widthPx: 1 + (bits & 0x3fff), heightPx: 1 + (bits >>> 14 & 0x3fff) };
}

/** A file of this picture alone. */
function asStill({ size, alpha, data }: Image): Bytes {
  const chunks = [data.whole];
  if (alpha !== undefined) {
    const { widthPx, heightPx } = size;
    const head = new Uint8Array(CHUNK_HEAD_BYTES + 10);
    head.set(ascii("VP8X"));
    head[4] = 10;
    head[8] = ALPHA_FLAG;
    for (const [at, side] of [[12, widthPx], [15, heightPx]]) {
      head.set([side - 1 & 255, side - 1 >> 8 & 255, side - 1 >> 16], at);
    }
    chunks.unshift(head, alpha.whole);
  }
  const body = concatBytes(ascii("WEBP"), ...chunks);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length, true);
  return concatBytes(ascii("RIFF"), length, body);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function isSame(left: PixelSize, right: PixelSize): boolean {
  return left.widthPx === right.widthPx && left.heightPx === right.heightPx;
}

function u24(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
}

function u32(bytes: Uint8Array, at: number): number {
  return (u24(bytes, at) | bytes[at + 3] << 24) >>> 0;
}
