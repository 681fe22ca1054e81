/** Inline images of iTerm2 (https://iterm2.com/documentation-images.html): the JPEG goes to the terminal as it is. */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import type { JpegEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import { type EnvelopeOptions, type Placement, ShownPicture, wrapPicture } from "./placement.ts";

const END = utf8("\x07");

/** Passes JPEGs on inline. */
export class Iterm2Encoder implements JpegEncoder {
  readonly #options: EnvelopeOptions;
  readonly needs = "jpeg";
  readonly #kernel = new Kernel();
  readonly #shown: ShownPicture;

  constructor(options: EnvelopeOptions) {
    this.#options = options;
    this.#shown = new ShownPicture(options);
  }

  encode(jpeg: Uint8Array, placement: Placement): Bytes {
    const { erasure } = this.#shown.moveTo(placement);
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
    return this.#shown.erase();
  }

  close(): void {}
}
