/**
 * Decodes JPEGs by libjpeg-turbo in WebAssembly, scaled while it decodes: at 4/8 of 720p twice as fast as at full size, since fewer
 * coefficients are transformed. The sandbox of WebAssembly is the second wall behind `checkJpeg` (SR-67).
 */

import type { Bitmap } from "../../base/bitmap.ts";
import { decodeBase64 } from "../../base/bytes.ts";
import { Bug, describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type AnnouncedSize, checkJpeg, type JpegProblem } from "./jpeg_check.ts";
import { JPEG_MAX_BYTES } from "./media_limits.ts";

const log = logger("media", "jpeg");

/** Numerator of the scale in eighths: 8 is full size. The picture is `ceil(size × scale / 8)`. */
export type JpegScale = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A picture, or why there is none. */
export type DecodeResult =
  | {
    readonly ok: true;
    /** Valid until the next call of the decoder. */
    readonly bitmap: Bitmap;
  }
  | { readonly ok: false; readonly problem: JpegProblem | "damaged" };

/** The smallest scale whose picture covers the box, so that nothing is decoded that is not drawn and nothing drawn is missing. */
export function chooseScale(
  picture: { readonly widthPx: number; readonly heightPx: number },
  box: { readonly widthPx: number; readonly heightPx: number },
): JpegScale {
  const scales = [1, 2, 3, 4, 5, 6, 7, 8] as const;
  return scales.find((scale) =>
    scaled(picture.widthPx, scale) >= box.widthPx && scaled(picture.heightPx, scale) >= box.heightPx
  ) ?? 8;
}

function scaled(lengthPx: number, scale: JpegScale): number {
  return Math.ceil(lengthPx * scale / 8);
}

/** How large a picture is decoded at a scale. */
export function scaledSize(
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  scale: JpegScale,
): { readonly widthPx: number; readonly heightPx: number } {
  return { widthPx: scaled(widthPx, scale), heightPx: scaled(heightPx, scale) };
}

/**
 * Decodes one JPEG in an instance of its own: RGB, undefined when it is damaged. Its header MUST have been judged. Throws when the
 * library gives up.
 */
export function decodeByTurbo(
  module: WebAssembly.Module,
  jpeg: Uint8Array,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): Uint8Array | undefined {
  return new Instance(module, jpeg.length).decode(jpeg, widthPx, heightPx);
}

/** Functions of the TurboJPEG API 2.0 that the module exports. */
interface TurboExports {
  readonly memory: WebAssembly.Memory;
  malloc(sizeBytes: number): number;
  free(pointer: number): void;
  tjInitDecompress(): number;
  /** Pointers to width, height, subsampling, colour space. 0 = fine. */
  tjDecompressHeader3(
    handle: number,
    input: number,
    inputBytes: number,
    width: number,
    height: number,
    subsampling: number,
    colourSpace: number,
  ): number;
  /** Scales to the width and height asked for. 0 = fine, -1 also for a picture that could be decoded in part. */
  tjDecompress2(
    handle: number,
    input: number,
    inputBytes: number,
    output: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ): number;
}

/** TJPF_RGB. */
const RGB = 0;
/** One JPEG at its limit, one picture at its limit and the decoder's rows fit in 48 MiB. An instance that grew beyond is thrown away. */
const MEMORY_MAX_BYTES = 64 * 1024 * 1024;

/** Not for several threads: each Worker opens its own. Nothing needs to be closed. */
export class JpegDecoder {
  readonly #module: WebAssembly.Module;
  #instance: Instance | undefined;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  static async open(): Promise<JpegDecoder> {
    // Whoever shows no picture does not keep its text.
    const { JPEG_TURBO_WASM_BASE64 } = await import("./jpeg_turbo_wasm.ts");
    const bytes = decodeBase64(JPEG_TURBO_WASM_BASE64);
    if (bytes === undefined) throw new Bug("Cannot load JPEG decoder: its text is not base64");
    return new JpegDecoder(await WebAssembly.compile(bytes));
  }

  /** Checks and decodes. Hostile bytes end in a problem, never in a throw, and leave the decoder usable. */
  decode(
    jpeg: Uint8Array,
    options: { readonly announced?: AnnouncedSize; readonly scale?: JpegScale } = {},
  ): DecodeResult {
    const check = checkJpeg(jpeg, options.announced);
    if (!check.ok) return check;
    const scale = options.scale ?? 8;
    const { widthPx, heightPx } = scaledSize(check.facts, scale);
    try {
      this.#instance ??= new Instance(this.#module, JPEG_MAX_BYTES);
      const rgb = this.#instance.decode(jpeg, widthPx, heightPx);
      if (this.#instance.memoryBytes > MEMORY_MAX_BYTES) this.#instance = undefined;
      return rgb === undefined
        ? { ok: false, problem: "damaged" }
        : { ok: true, bitmap: { widthPx, heightPx, rgb } };
    } catch (error) {
      // The library left by `longjmp`: its memory is in an unknown state.
      log.debug("decoder restarted", { reason: describeError(error) });
      this.#instance = undefined;
      return { ok: false, problem: "damaged" };
    }
  }
}

/** A running module with one buffer for input and one for output, which only grow. */
class Instance {
  readonly #exports: TurboExports;
  readonly #handle: number;
  readonly #header: number;
  readonly #input: number;
  #output = 0;
  #outputBytes = 0;

  /** `inputBytes`: of the longest JPEG. */
  constructor(module: WebAssembly.Module, inputBytes: number) {
    const instance = new WebAssembly.Instance(module, IMPORTS);
    // The module is the committed one; a test compares it with its package and calls all of these.
    this.#exports = instance.exports as unknown as TurboExports;
    this.#handle = this.#exports.tjInitDecompress();
    this.#header = this.#allocate(16);
    this.#input = this.#allocate(inputBytes);
    if (this.#handle === 0) throw new Bug("Cannot start JPEG decoder");
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Undefined when the coded data is damaged. */
  decode(jpeg: Uint8Array, widthPx: number, heightPx: number): Uint8Array | undefined {
    const { memory, tjDecompress2, tjDecompressHeader3, free } = this.#exports;
    new Uint8Array(memory.buffer, this.#input, jpeg.length).set(jpeg);
    const header = this.#header;
    const [handle, input, length] = [this.#handle, this.#input, jpeg.length];
    const read = tjDecompressHeader3(
      ...[handle, input, length, header, header + 4, header + 8, header + 12] as const,
    );
    if (read !== 0) return undefined;
    const sizeBytes = widthPx * heightPx * 3;
    if (sizeBytes > this.#outputBytes) {
      if (this.#output !== 0) free(this.#output);
      this.#output = this.#allocate(sizeBytes);
      this.#outputBytes = sizeBytes;
    }
    const done = tjDecompress2(
      ...[handle, input, length, this.#output, widthPx, 0, heightPx, RGB, 0] as const,
    );
    // The view is made last: growing the memory detaches earlier ones.
    return done === 0 ? new Uint8Array(memory.buffer, this.#output, sizeBytes) : undefined;
  }

  #allocate(sizeBytes: number): number {
    const pointer = this.#exports.malloc(sizeBytes);
    if (pointer === 0) throw new Bug(`Cannot decode JPEG: no memory for ${sizeBytes} bytes`);
    return pointer;
  }
}

/** The module asks for these and does not need them, but for `longjmp`, by which libjpeg leaves on an error. */
const IMPORTS: WebAssembly.Imports = {
  env: {
    setjmp: () => 0,
    longjmp: () => {
      throw new Bug("Cannot decode JPEG: the library gave up");
    },
  },
  wasi_snapshot_preview1: {
    environ_sizes_get: () => 0,
    environ_get: () => 0,
    proc_exit: () => {
      throw new Bug("Cannot decode JPEG: the library ended");
    },
    fd_close: () => 0,
    fd_seek: () => 0,
    fd_write: () => 0,
  },
};
