/**
 * Decodes a foreign picture: its header is judged first, then a decoder in WebAssembly with an end to its memory sees the parts that
 * it needs, once: each picture has an instance of its own, and none is used again (SR-67a).
 */

import type { Bitmap } from "../../base/bitmap.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { chooseScale, decodeByTurbo, scaledSize } from "../picture/jpeg_decoder.ts";
import { JPEG_TURBO_WASM_BASE64 } from "../picture/jpeg_turbo_wasm.ts";
import { compileCapped } from "./capped_wasm.ts";
import { type DecodedPixels, drawStill, type Ground, sizeWithin } from "./draw_still.ts";
import { decodeGif } from "./gif.ts";
import { LODEPNG_WASM_BASE64 } from "./lodepng_wasm.ts";
import type { JudgedStill, PixelSize, StillFacts, StillFormat, StillProblem } from "./still.ts";
import { judgeStill } from "./still_header.ts";
import { WEBP_WASM_BASE64 } from "./webp_wasm.ts";

const log = logger("media", "still");

/** A picture, or why there is none. */
export type StillResult =
  | { readonly ok: true; readonly facts: StillFacts; readonly bitmap: Bitmap }
  | {
    readonly ok: false;
    readonly problem: StillProblem;
    /** As far as its header could be read. */
    readonly facts?: StillFacts;
  };

/** How it is to be seen. */
export interface StillOptions {
  /** No larger than this; never larger than it is. */
  readonly box: PixelSize;
  readonly ground: Ground;
}

const MIB = 1024 * 1024;
/**
 * Ends of the memory: of the largest picture that is taken the file, what the decoder works on, and its pixels. PNG: rows as they
 * are packed, and RGBA. WebP: some rows, and RGBA. JPEG: of a progressive one the coefficients of all of it.
 */
export const DECODER_MEMORY_BYTES: Readonly<Record<Exclude<StillFormat, "gif">, number>> = {
  png: 192 * MIB,
  webp: 128 * MIB,
  jpeg: 192 * MIB,
};

/** Decodes one. Hostile bytes end in a problem, never in a throw. How long it takes is for whoever calls it to limit. */
export function decodeStill(file: Uint8Array, options: StillOptions): StillResult {
  const judged = judgeStill(file);
  if (!judged.ok) return judged;
  const { still, still: { facts } } = judged;
  try {
    const decoded = DECODERS[facts.format](still, options);
    return decoded === undefined
      ? { ok: false, problem: "damaged", facts }
      : { ok: true, facts, bitmap: drawStill(still, decoded, options) };
  } catch (error) {
    log.debug("decoder gave up", { format: facts.format, reason: describeError(error) });
    return { ok: false, problem: "damaged", facts };
  }
}

type Decode = (still: JudgedStill, options: StillOptions) => DecodedPixels | undefined;

const DECODERS: Readonly<Record<StillFormat, Decode>> = {
  png: (still) => decodeRgba(still, pngPixels),
  webp: (still) => decodeRgba(still, webpPixels),
  jpeg: decodeJpeg,
  gif: ({ kept, first }) => {
    const pixels = decodeGif(kept);
    return pixels === undefined ? undefined : { ...first, pixels, channels: 4 };
  },
};

/** What both modules have. The modules are the committed ones; a test compares them with their packages and calls all of these. */
interface CommonExports {
  readonly memory: WebAssembly.Memory;
  malloc(sizeBytes: number): number;
}

/** `lodepng.h`: a pointer to the pixels, and the size, are written where it is told. 0 = fine. */
interface PngExports extends CommonExports {
  _initialize(): void;
  lodepng_decode32(out: number, width: number, height: number, png: number, size: number): number;
}

/** `webp/decode.h`: the size is written where it is told. Returns a pointer to the pixels; 0: none. */
interface WebpExports extends CommonExports {
  WebPDecodeRGBA(webp: number, size: number, width: number, height: number): number;
}

/** Undefined where a decoder says no, or gives another size than the header. */
function decodeRgba(
  { kept, first: { widthPx, heightPx } }: JudgedStill,
  pixelsOf: (file: Uint8Array) => Raw | undefined,
): DecodedPixels | undefined {
  const raw = pixelsOf(kept);
  if (raw?.widthPx !== widthPx || raw.heightPx !== heightPx) return undefined;
  const pixels = new Uint8Array(raw.memory.buffer, raw.at, 4 * widthPx * heightPx);
  return { widthPx, heightPx, pixels, channels: 4 };
}

/** Pixels in a decoder's memory. */
interface Raw extends PixelSize {
  readonly memory: WebAssembly.Memory;
  readonly at: number;
}

function pngPixels(file: Uint8Array): Raw | undefined {
  const module = compileCapped(LODEPNG_WASM_BASE64, DECODER_MEMORY_BYTES.png);
  const exports = new WebAssembly.Instance(module).exports as unknown as PngExports;
  exports._initialize();
  const [input, out] = hand(exports, file);
  if (input === 0 || out === 0) return undefined;
  const problem = exports.lodepng_decode32(out, out + 4, out + 8, input, file.length);
  if (problem !== 0) return undefined;
  const [at, widthPx, heightPx] = new Uint32Array(exports.memory.buffer, out, 3);
  return { memory: exports.memory, at, widthPx, heightPx };
}

function webpPixels(file: Uint8Array): Raw | undefined {
  const module = compileCapped(WEBP_WASM_BASE64, DECODER_MEMORY_BYTES.webp);
  const exports = new WebAssembly.Instance(module, NO_SYSTEM).exports as unknown as WebpExports;
  const [input, out] = hand(exports, file);
  if (input === 0 || out === 0) return undefined;
  const at = exports.WebPDecodeRGBA(input, file.length, out, out + 4);
  if (at === 0) return undefined;
  const [widthPx, heightPx] = new Uint32Array(exports.memory.buffer, out, 2);
  return { memory: exports.memory, at, widthPx, heightPx };
}

/** What libwebp imports, and never needs: nothing of the system is behind it. */
const NO_SYSTEM: WebAssembly.Imports = {
  wasi_snapshot_preview1: { fd_close: () => 8, fd_seek: () => 8, fd_write: () => 8 },
};

/** Copies the file in, and makes room for three numbers. */
function hand({ memory, malloc }: CommonExports, file: Uint8Array): readonly [number, number] {
  const out = malloc(12);
  const input = malloc(file.length);
  if (input !== 0) new Uint8Array(memory.buffer, input, file.length).set(file);
  return [input, out];
}

/** Scaled while it is decoded, to no less than is drawn. */
function decodeJpeg(
  { kept, canvas, facts, orientation }: JudgedStill,
  { box }: StillOptions,
): DecodedPixels | undefined {
  const seen = sizeWithin(facts, box);
  const drawn = orientation < 5 ? seen : { widthPx: seen.heightPx, heightPx: seen.widthPx };
  const scale = chooseScale(canvas, drawn);
  const module = compileCapped(JPEG_TURBO_WASM_BASE64, DECODER_MEMORY_BYTES.jpeg);
  const size = scaledSize(canvas, scale);
  const pixels = decodeByTurbo(module, kept, size);
  return pixels === undefined ? undefined : { ...size, pixels, channels: 3 };
}
