/** Pictures that somebody might send: well-made ones, and those that were made to harm whoever decodes them. */

import { crc32, deflateSync } from "node:zlib";
import { concatBytes, utf8 } from "../../lib/base/bytes.ts";

/** A fixture by its name. */
export function still(name: string): Uint8Array {
  return Deno.readFileSync(`tests/fixtures/media/${name}`);
}

/** A chunk of a PNG. */
export function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const typed = concatBytes(utf8(type), body);
  return concatBytes(u32(body.length), typed, u32(crc32(typed)));
}

/** A PNG of grey or coloured samples; `rows` are as they are packed, with their filters. */
export function png(
  { widthPx, heightPx, colourType = 2, depth = 8, rows, beside = [] }: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly colourType?: number;
    readonly depth?: number;
    readonly rows: Uint8Array;
    /** Further chunks, behind the header. */
    readonly beside?: readonly Uint8Array[];
  },
): Uint8Array {
  const header = concatBytes(
    u32(widthPx),
    u32(heightPx),
    Uint8Array.of(depth, colourType, 0, 0, 0),
  );
  return concatBytes(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk("IHDR", header),
    ...beside,
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", new Uint8Array(0)),
  );
}

/** A GIF of so many frames of one pixel each, on a canvas that may be larger. */
export function gif(
  { widthPx = 1, heightPx = 1, frames = 1, xPx = 0 }: {
    readonly widthPx?: number;
    readonly heightPx?: number;
    readonly frames?: number;
    readonly xPx?: number;
  },
): Uint8Array {
  const head = concatBytes(
    utf8("GIF89a"),
    u16(widthPx),
    u16(heightPx),
    Uint8Array.of(0x80, 0, 0, 0, 0, 0, 255, 128, 0),
  );
  // One pixel of colour 1: clear, 1, end, in codes of three bits.
  const frame = concatBytes(
    Uint8Array.of(0x2c),
    u16(xPx),
    u16(0),
    u16(1),
    u16(1),
    Uint8Array.of(0, 2, 2, 0x4c, 0x01, 0),
  );
  return concatBytes(head, ...Array(frames).fill(frame), Uint8Array.of(0x3b));
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255);
}
