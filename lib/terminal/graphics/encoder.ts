/** The common interface of the graphics writers. */

import type { Bitmap } from "../../base/bitmap.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { Placement } from "./placement.ts";

/**
 * Turns the frames of one video into bytes for the terminal. The state of an encoder follows the terminal's, so
 * 1. what `encode` and `erase` return MUST be written, whole, in order, and once: drop frames before they are encoded;
 * 2. text MUST NOT be written over the picture's cells between `encode` and `erase`.
 *
 * A placement that differs from the one before erases the old one by itself. Returned bytes belong to the caller.
 */
interface Encoder<Picture> {
  encode(picture: Picture, placement: Placement): Bytes;
  /** Takes the picture off the screen. Empty when there is none. The next `encode` draws everything anew. */
  erase(): Bytes;
  /** Frees what lies outside memory. The screen keeps what it shows: `erase` first. Closing twice is fine. */
  close(): void;
}

/** How exactly a picture is drawn, where fewer bytes can be had for less. */
export type PictureDetail = "fine" | "usual" | "coarse" | "least";

/** Wants decoded pixels. A size other than the placement's is resized, so decode to the nearest size above it. */
export interface PixelEncoder extends Encoder<Bitmap> {
  readonly needs: "pixels";
  /** Of the pictures from now on. Absent where nothing is to be had by it. */
  setDetail?(detail: PictureDetail): void;
}

/** Passes JPEGs to a terminal that decodes them itself. They MUST be checked and rebuilt before (SR-67). */
export interface JpegEncoder extends Encoder<Uint8Array> {
  readonly needs: "jpeg";
}

/** Either kind: `needs` tells which. */
export type PictureEncoder = PixelEncoder | JpegEncoder;
