/**
 * Pictures by the kitty graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/).
 *
 * Two image ids take turns: a frame is put over the one before under the other id, and only then is the old one deleted with
 * its data. Sending the same id again may blank in between; sending none leaks a picture a frame.
 */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { TerminalError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { JpegEncoder, PixelEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import type { KittyTransport } from "./kitty_transport.ts";
import { type EnvelopeOptions, type Placement, wrapPicture } from "./placement.ts";

const log = logger("terminal", "kitty");

/** Kitty wants commands of at most 4,096 base64 characters: 3,072 bytes. */
const CHUNK_BYTES = 3_072;

const NOTHING: Bytes = new Uint8Array(0);

/** What all kitty encoders need. */
export interface KittyOptions extends EnvelopeOptions {
  /** For image ids that meet nobody else's on the same terminal. */
  readonly random: Random;
}

/** The two ids, and which of them is next. */
class ImageFlip {
  readonly #ids: readonly [number, number];
  #next: 0 | 1 = 0;
  #isShown = false;

  constructor(random: Random) {
    // 31 bits: ids are u32 and not 0. The pair differs in the lowest bit only.
    const [a, b, c, d] = random.bytes(4);
    const base = (((a & 0x7f) << 24) | (b << 16) | (c << 8) | (d & 0xfe)) + 2;
    this.#ids = [base, base + 1];
  }

  /** The id for the next picture, and the command that removes the one before it, to be sent afterwards. */
  turn(): { id: number; removal: Bytes } {
    const [id, other] = this.#next === 0 ? this.#ids : [this.#ids[1], this.#ids[0]];
    const removal = this.#isShown ? remove(other) : NOTHING;
    this.#next = this.#next === 0 ? 1 : 0;
    this.#isShown = true;
    return { id, removal };
  }

  /**
   * Deletes what is shown. Empty when nothing is. Both ids: the terminal may not have been sent the last picture.
   */
  removeAll(): Bytes {
    if (!this.#isShown) return NOTHING;
    this.#isShown = false;
    return concatBytes(...this.#ids.map(remove));
  }
}

/** Deletes a picture with its data (capital I), if there is one. */
function remove(id: number): Bytes {
  return utf8(`\x1b_Ga=d,d=I,i=${id},q=2\x1b\\`);
}

/**
 * The command that transmits and shows: `q=2` keeps the terminal from answering, `C=1` from moving the cursor; `c` and `r` let
 * the terminal scale it to its cells. Not below the text (a negative `z`): kitty 0.26 then paints all text of the screen over
 * what was there before, without clearing it (seen).
 */
function showCommand(id: number, placement: Placement, keys: string): string {
  const { widthCells, heightCells } = placement;
  return `\x1b_Ga=T,i=${id},p=1,q=2,C=1,c=${widthCells},r=${heightCells},${keys}`;
}

/** Draws decoded pictures; how their bytes travel is up to the transport. */
export class KittyEncoder implements PixelEncoder {
  readonly #options: KittyOptions;
  readonly needs = "pixels";
  readonly #spare: KittyTransport[];
  readonly #kernel = new Kernel();
  readonly #flip: ImageFlip;
  #transport: KittyTransport;

  /** Takes over the transports. The first is used until it fails, then the next. */
  constructor(
    transports: readonly [KittyTransport, ...KittyTransport[]],
    options: KittyOptions,
  ) {
    this.#options = options;
    [this.#transport, ...this.#spare] = transports;
    this.#flip = new ImageFlip(options.random);
  }

  /** Throws `TerminalError` when the last of the transports fails too. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    // Never more pixels than are drawn; fewer are for the terminal to enlarge.
    const widthPx = Math.min(bitmap.widthPx, placement.widthPx);
    const heightPx = Math.min(bitmap.heightPx, placement.heightPx);
    const rgb = this.#kernel.loadPicture(bitmap, widthPx, heightPx);
    const { keys, data } = this.#send({ widthPx, heightPx, rgb });
    const { id, removal } = this.#flip.turn();
    const command = utf8(showCommand(id, placement, keys));
    const parts = data.length === 0 ? [command] : chunked(this.#kernel, command, data);
    return wrapPicture(placement, this.#options, ...parts, removal);
  }

  erase(): Bytes {
    return this.#flip.removeAll();
  }

  close(): void {
    this.#transport.close();
  }

  #send(picture: Bitmap): ReturnType<KittyTransport["send"]> {
    try {
      return this.#transport.send(picture, this.#kernel);
    } catch (error) {
      const next = this.#spare.shift();
      if (!(error instanceof TerminalError) || next === undefined) throw error;
      log.warn("transport given up", { reason: error.message });
      this.#transport.close();
      this.#transport = next;
      return this.#send(picture);
    }
  }
}

/**
 * Sends JPEGs as they are, where the protocol says PNG. Only for a terminal that answered OK to a JPEG (Konsole does): it
 * saves decoding, and six sevenths of the bytes.
 */
export class KittyJpegEncoder implements JpegEncoder {
  readonly #options: KittyOptions;
  readonly needs = "jpeg";
  readonly #kernel = new Kernel();
  readonly #flip: ImageFlip;

  constructor(options: KittyOptions) {
    this.#options = options;
    this.#flip = new ImageFlip(options.random);
  }

  encode(jpeg: Uint8Array, placement: Placement): Bytes {
    const { id, removal } = this.#flip.turn();
    const command = utf8(showCommand(id, placement, "t=d,f=100"));
    const parts = chunked(this.#kernel, command, jpeg);
    return wrapPicture(placement, this.#options, ...parts, removal);
  }

  erase(): Bytes {
    return this.#flip.removeAll();
  }

  close(): void {}
}

function chunked(kernel: Kernel, command: Bytes, data: Uint8Array): Uint8Array[] {
  const more = data.length > CHUNK_BYTES ? 1 : 0;
  return [command, utf8(`,m=${more};`), kernel.kittyChunks(data)];
}
