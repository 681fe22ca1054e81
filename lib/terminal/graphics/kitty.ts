/**
 * Pictures by the kitty graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/).
 *
 * Two image ids take turns: a frame is put over the one before under the other id, and only then is the old one deleted with
 * its data. Sending the same id again may blank in between; sending none leaks a picture a frame.
 */

import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, utf8 } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import type { JpegEncoder, PixelEncoder } from "./encoder.ts";
import { Kernel } from "./kernel.ts";
import type { KittyTransport } from "./kitty_transport.ts";
import { type EnvelopeOptions, type Placement, wrapPicture } from "./placement.ts";

/** Kitty wants commands of at most 4,096 base64 characters: 3,072 bytes. */
const CHUNK_BYTES = 3_072;

const NOTHING: Bytes = new Uint8Array(0);

export interface KittyOptions extends EnvelopeOptions {
  /** For image ids that meet nobody else's on the same terminal. */
  readonly random: Random;
}

/** The two ids, and which of them is on the screen. */
class ImageFlip {
  readonly #ids: readonly [number, number];
  #next: 0 | 1 = 0;
  #shown: number | undefined;

  constructor(random: Random) {
    // 31 bits: ids are u32 and not 0. The pair differs in the lowest bit only.
    const [a, b, c, d] = random.bytes(4);
    const base = (((a & 0x7f) << 24) | (b << 16) | (c << 8) | (d & 0xfe)) + 2;
    this.#ids = [base, base + 1];
  }

  /** The id for the next picture, and the command that removes the one before it, to be sent afterwards. */
  turn(): { id: number; removal: Bytes } {
    const id = this.#ids[this.#next];
    const removal = this.remove();
    this.#next = this.#next === 0 ? 1 : 0;
    this.#shown = id;
    return { id, removal };
  }

  /** Deletes what is shown, with its data (capital I). Empty when nothing is. */
  remove(): Bytes {
    if (this.#shown === undefined) return NOTHING;
    const removal = utf8(`\x1b_Ga=d,d=I,i=${this.#shown},q=2\x1b\\`);
    this.#shown = undefined;
    return removal;
  }
}

/**
 * The command that transmits and shows: `q=2` keeps the terminal from answering, `C=1` from moving the cursor, `z=-1` puts the
 * picture below text; `c` and `r` let the terminal scale it to its cells.
 */
function showCommand(id: number, placement: Placement, keys: string): string {
  const { widthCells, heightCells } = placement;
  return `\x1b_Ga=T,i=${id},p=1,q=2,C=1,z=-1,c=${widthCells},r=${heightCells},${keys}`;
}

/** Draws decoded pictures; how their bytes travel is up to the transport. */
export class KittyEncoder implements PixelEncoder {
  readonly needs = "pixels";
  readonly #options: KittyOptions;
  readonly #transport: KittyTransport;
  readonly #kernel = new Kernel();
  readonly #flip: ImageFlip;

  /** Takes over the transport. */
  constructor(transport: KittyTransport, options: KittyOptions) {
    this.#options = options;
    this.#transport = transport;
    this.#flip = new ImageFlip(options.random);
  }

  /** Throws `TerminalError` when a transport through files cannot write its file. */
  encode(bitmap: Bitmap, placement: Placement): Bytes {
    // Never more pixels than are drawn; fewer are for the terminal to enlarge.
    const widthPx = Math.min(bitmap.widthPx, placement.widthPx);
    const heightPx = Math.min(bitmap.heightPx, placement.heightPx);
    const rgb = this.#kernel.loadPicture(bitmap, widthPx, heightPx);
    const { keys, data } = this.#transport.send({ widthPx, heightPx, rgb }, this.#kernel);
    const { id, removal } = this.#flip.turn();
    const command = utf8(showCommand(id, placement, keys));
    const parts = data.length === 0 ? [command] : chunked(this.#kernel, command, data);
    return wrapPicture(placement, this.#options, ...parts, removal);
  }

  erase(): Bytes {
    return this.#flip.remove();
  }

  close(): void {
    this.#transport.close();
  }
}

/**
 * Sends JPEGs as they are, where the protocol says PNG. Only for a terminal that answered OK to a JPEG (Konsole does): it
 * saves decoding, and six sevenths of the bytes.
 */
export class KittyJpegEncoder implements JpegEncoder {
  readonly needs = "jpeg";
  readonly #options: KittyOptions;
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
    return this.#flip.remove();
  }

  close(): void {}
}

function chunked(kernel: Kernel, command: Bytes, data: Uint8Array): Uint8Array[] {
  const more = data.length > CHUNK_BYTES ? 1 : 0;
  return [command, utf8(`,m=${more};`), kernel.kittyChunks(data)];
}
