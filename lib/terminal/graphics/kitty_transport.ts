/** How a picture's bytes reach a kitty terminal: through memory or a file on the same machine, or in the commands. */

import { deflateSync } from "node:zlib";
import type { Bitmap } from "../../base/bitmap.ts";
import { type Bytes, ByteWriter, encodeBase64, utf8 } from "../../base/bytes.ts";
import { describeError, TerminalError } from "../../base/errors.ts";
import { type Kernel, MAX_ADAPTIVE_COLOURS } from "./kernel.ts";
import { AdaptivePalette, type Palette } from "./palette.ts";

/** One transport for the bytes of a picture. Whoever is given it closes it. */
export interface KittyTransport {
  /**
   * `picture.rgb` is what `kernel` has loaded. Returns the keys of the command, and the bytes that go into it, in base64
   * chunks; none when `keys` says where the picture is, payload included.
   */
  send(picture: Bitmap, kernel: Kernel): { readonly keys: string; readonly data: Uint8Array };
  /** Removes what the terminal has not taken. Closing twice is fine. */
  close(): void;
}

/** As in sixel: equal neighbours are short here too. */
const COLOUR_PRICE = 24;
/** zlib's fastest: level 6 makes pictures 5 % smaller in four times the time. */
const FAST = { level: 1 };

/** In the command, as a PNG of 256 colours: 150–180 kB for 640×360, against 700 kB as it is. For terminals far away. */
export class PalettePngTransport implements KittyTransport {
  readonly #palette = new AdaptivePalette({
    colours: MAX_ADAPTIVE_COLOURS,
    shown: (level) => level,
  });

  send(picture: Bitmap, kernel: Kernel): { keys: string; data: Uint8Array } {
    this.#palette.follow(picture.rgb, kernel);
    const indexes = kernel.chooseColours(COLOUR_PRICE);
    return { keys: "t=d,f=100", data: encodePalettePng(picture, indexes, this.#palette.palette) };
  }

  close(): void {}
}

/** In the command, compressed: for terminals that did not say that they take PNG. */
export class RgbTransport implements KittyTransport {
  send(picture: Bitmap): { keys: string; data: Uint8Array } {
    const { widthPx, heightPx, rgb } = picture;
    return { keys: `t=d,f=24,s=${widthPx},v=${heightPx},o=z`, data: deflateSync(rgb, FAST) };
  }

  close(): void {}
}

/** Files that the terminal has not taken yet, at most. One frame is in flight; the others cover a terminal that is slow to delete. */
const MAX_FILES = 3;

/** Where the files of a `FileTransport` stand. */
export interface FileTransportOptions {
  /**
   * `memory`: POSIX shared memory, which on Linux is a file in /dev/shm. `file`: a temporary file. Only for terminals that
   * proved by their answer that they see the same ones.
   */
  readonly medium: "memory" | "file";
  /** Without it the system's folder for temporary files. */
  readonly folder?: string;
}

/** A terminal deletes a temporary file only when its name says so (kitty protocol, "The transmission medium"). */
const NAME_PREFIX = "tty-graphics-protocol-";

/** Writes pictures where the terminal reads and then deletes them: some 60 bytes a frame go through the terminal's line. */
export class FileTransport implements KittyTransport {
  readonly #options: FileTransportOptions;
  #files: string[] = [];

  constructor(options: FileTransportOptions) {
    this.#options = options;
  }

  /** Throws `TerminalError` when the file cannot be written. */
  send(picture: Bitmap): { keys: string; data: Uint8Array } {
    const { medium, folder: dir } = this.#options;
    while (this.#files.length >= MAX_FILES) removeIfThere(this.#files.shift());
    let path: string;
    try {
      // A new name each time, readable by this person only.
      path = Deno.makeTempFileSync({ dir, prefix: NAME_PREFIX });
      this.#files.push(path);
      Deno.writeFileSync(path, picture.rgb);
    } catch (error) {
      throw new TerminalError(
        "picture-file",
        `Cannot hand picture to the terminal: ${describeError(error)}`,
        { cause: error },
      );
    }
    const [kind, reference] = medium === "memory"
      ? ["s", path.slice(path.lastIndexOf("/"))]
      : ["t", path];
    const size = `s=${picture.widthPx},v=${picture.heightPx}`;
    return {
      keys: `t=${kind},f=24,${size};${encodeBase64(utf8(reference))}\x1b\\`,
      data: new Uint8Array(0),
    };
  }

  close(): void {
    for (const path of this.#files) removeIfThere(path);
    this.#files = [];
  }
}

function removeIfThere(path: string | undefined): void {
  if (path === undefined) return;
  try {
    Deno.removeSync(path);
  } catch (error) {
    // Gone is what is wanted: the terminal has read it.
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new TerminalError("picture-file", `Cannot remove picture: ${describeError(error)}`, {
        cause: error,
      });
    }
  }
}

// PNG with a palette (W3C PNG, third edition): as much of it as the kitty protocol needs.

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BIT_DEPTH = 8;
const COLOUR_TYPE_PALETTE = 3;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** `indexes` is one byte a pixel. Rows are not filtered: on indexes the filters only cost. */
function encodePalettePng(
  size: { readonly widthPx: number; readonly heightPx: number },
  indexes: Uint8Array,
  palette: Palette,
): Bytes {
  const { widthPx, heightPx } = size;
  const rows = new Uint8Array((widthPx + 1) * heightPx);
  for (let y = 0; y < heightPx; y++) {
    rows.set(indexes.subarray(y * widthPx, (y + 1) * widthPx), y * (widthPx + 1) + 1);
  }
  const header = new ByteWriter().u32(widthPx).u32(heightPx)
    .raw(Uint8Array.of(BIT_DEPTH, COLOUR_TYPE_PALETTE, 0, 0, 0)).finish();
  const writer = new ByteWriter().raw(SIGNATURE);
  writeChunk(writer, "IHDR", header);
  writeChunk(writer, "PLTE", palette);
  // The fastest level: the picture lives for 40 ms.
  writeChunk(writer, "IDAT", deflateSync(rows, { level: 1 }));
  writeChunk(writer, "IEND", new Uint8Array(0));
  return writer.finish();
}

function writeChunk(writer: ByteWriter, type: string, data: Uint8Array): void {
  const typeBytes = utf8(type);
  writer.u32(data.length).raw(typeBytes).raw(data).u32(crc32(typeBytes, data));
}

function crc32(...parts: readonly Uint8Array[]): number {
  let crc = 0xffffffff;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) crc = CRC_TABLE[(crc ^ part[i]) & 255] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
