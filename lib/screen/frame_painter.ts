/** From a frame to bytes for the terminal: check, decode as far as needed, encode. Runs in the Worker, or without one. */

import type { Bytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { chooseScale, JpegDecoder } from "../media/picture/jpeg_decoder.ts";
import { checkJpeg, type JpegProblem, rebuildJpeg } from "../media/picture/jpeg_check.ts";
import type { Capabilities, GraphicsMethod } from "../terminal/capability/capability.ts";
import type { PictureDetail, PictureEncoder } from "../terminal/graphics/encoder.ts";
import { openEncoder } from "../terminal/graphics/open_encoder.ts";
import type { Placement } from "../terminal/graphics/placement.ts";

/** A frame as it came: nothing of it is checked yet. */
export interface VideoFrame {
  readonly jpegBytes: Uint8Array;
  /** When it is to be seen, on the video's own clock. */
  readonly ptsMs: number;
  /** As its header says; the JPEG must agree (SR-67). */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly index: number;
}

/** Why a frame is not shown: what the check or the decoder said. */
export type FrameProblem = JpegProblem | "damaged";

/** Bytes for the terminal, or why there are none. */
export type PaintResult =
  | { readonly ok: true; readonly bytes: Bytes }
  | { readonly ok: false; readonly problem: FrameProblem };

/** What is needed to open a painter. Plain data, so that it can be sent to a Worker. */
export interface PainterOptions {
  readonly method: Exclude<GraphicsMethod, "none">;
  readonly capabilities: Capabilities;
}

/** Calls MUST NOT overlap. What comes back MUST be written, in order. Whoever opens it closes it. */
export interface FramePainter {
  paint(frame: VideoFrame, placement: Placement, detail?: PictureDetail): Promise<PaintResult>;
  /** What takes the picture off the screen; may be empty. */
  erase(): Promise<Bytes>;
  /** What it has given was written, and nobody reads it any more: its memory may go. */
  release(bytes: Bytes): void;
  close(): Promise<void>;
}

/** Paints in the thread that calls it. */
export class LocalPainter implements FramePainter {
  readonly #encoder: PictureEncoder;
  readonly #decoder: JpegDecoder | undefined;

  private constructor(
    encoder: PictureEncoder,
    /** Only for encoders that need pixels. */
    decoder: JpegDecoder | undefined,
  ) {
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  static async open(options: PainterOptions, random: Random): Promise<LocalPainter> {
    const encoder = openEncoder(options.method, options.capabilities, random);
    const decoder = encoder.needs === "pixels" ? await JpegDecoder.open() : undefined;
    return new LocalPainter(encoder, decoder);
  }

  paint(
    frame: VideoFrame,
    placement: Placement,
    detail: PictureDetail = "usual",
  ): Promise<PaintResult> {
    if (this.#encoder.needs === "pixels") this.#encoder.setDetail?.(detail);
    return Promise.resolve(this.#paint(frame, placement));
  }

  erase(): Promise<Bytes> {
    return Promise.resolve(this.#encoder.erase());
  }

  /** It was made in this thread, whose collector knows of it. */
  release(): void {}

  close(): Promise<void> {
    this.#encoder.close();
    return Promise.resolve();
  }

  #paint(frame: VideoFrame, placement: Placement): PaintResult {
    if (this.#encoder.needs === "jpeg") {
      const check = checkJpeg(frame.jpegBytes, frame);
      if (!check.ok) return check;
      const jpeg = rebuildJpeg(frame.jpegBytes, frame);
      if (jpeg === undefined) return { ok: false, problem: "damaged" };
      return { ok: true, bytes: this.#encoder.encode(jpeg, placement) };
    }
    const decoded = this.#decoder?.decode(frame.jpegBytes, {
      announced: frame,
      scale: chooseScale(frame, placement),
    });
    if (decoded === undefined) return { ok: false, problem: "damaged" };
    if (!decoded.ok) return decoded;
    return { ok: true, bytes: this.#encoder.encode(decoded.bitmap, placement) };
  }
}
