/** Inline images of iTerm2 (https://iterm2.com/documentation-images.html): the JPEG goes to the terminal as it is. */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import type { JpegEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import {
  type EnvelopeOptions,
  eraseCells,
  type Placement,
  samePlacement,
  wrapPicture,
} from "./placement.ts";

const END = utf8("\x07");

/** Passes JPEGs on inline. */
export class Iterm2Encoder implements JpegEncoder {
  readonly #options: EnvelopeOptions;
  readonly needs = "jpeg";
  readonly #kernel = new Kernel();
  #placement: Placement | undefined;

  constructor(options: EnvelopeOptions) {
    this.#options = options;
  }

  encode(jpeg: Uint8Array, placement: Placement): Bytes {
    const erasure = samePlacement(this.#placement, placement) ? new Uint8Array(0) : this.erase();
    this.#placement = placement;
    // Without units, width and height are cells. The placement has the picture's shape, so nothing is distorted.
    const { widthCells, heightCells } = placement;
    const command = utf8(
      `\x1b]1337;File=inline=1;size=${jpeg.length};width=${widthCells};height=${heightCells}` +
        `;preserveAspectRatio=0:`,
    );
    const picture = [command, this.#kernel.base64(jpeg), END];
    return concatBytes(erasure, wrapPicture(placement, this.#options, ...picture));
  }

  /** There is no command to delete a picture: text over it does. */
  erase(): Bytes {
    if (this.#placement === undefined) return new Uint8Array(0);
    const erasure = eraseCells(this.#placement, this.#options);
    this.#placement = undefined;
    return erasure;
  }

  close(): void {}
}
