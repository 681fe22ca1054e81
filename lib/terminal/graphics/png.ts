/** PNG with a palette (W3C PNG, third edition): as much of it as the kitty protocol needs. */

import { deflateSync } from "node:zlib";
import { type Bytes, ByteWriter, utf8 } from "../../base/bytes.ts";
import type { Palette } from "./palette.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BIT_DEPTH = 8;
const COLOUR_TYPE_PALETTE = 3;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** `indexes` is one byte a pixel. Rows are not filtered: on dithered indexes the filters only cost. */
export function encodePalettePng(
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
