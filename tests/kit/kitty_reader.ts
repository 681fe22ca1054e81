// deno-lint-ignore-file no-control-regex -- escape sequences are what is looked at here

/** Reads kitty graphics commands back, as a terminal would. */

import { inflateSync } from "node:zlib";
import type { Bitmap } from "../../lib/base/bitmap.ts";
import { concatBytes, decodeBase64 } from "../../lib/base/bytes.ts";
import { paintPicture } from "./pictures.ts";

export interface KittyCommand {
  readonly keys: Readonly<Record<string, string>>;
  /** The payload of all chunks. */
  readonly data: Uint8Array;
}

/** The commands in `bytes`, chunks joined. Throws when a chunk breaks the protocol's rules. */
export function parseKitty(bytes: Uint8Array): KittyCommand[] {
  const commands: KittyCommand[] = [];
  let open: { keys: Record<string, string>; parts: Uint8Array[] } | undefined;
  for (
    const [, keyText, payload] of latin1(bytes).matchAll(/\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\/g)
  ) {
    const keys = Object.fromEntries(keyText.split(",").map((key) => key.split("=")));
    const data = decodeBase64(payload);
    if (data === undefined) throw new Error("payload is not base64");
    if (payload.length > 4096) throw new Error("chunk above 4,096 characters");
    if (open === undefined) open = { keys, parts: [] };
    else if (keyText !== `m=${keys.m}`) throw new Error("a later chunk carries other keys than m");
    open.parts.push(data);
    if (keys.m === "1") {
      if (payload.length % 4 !== 0 || payload.includes("=")) throw new Error("chunk is not whole");
      continue;
    }
    commands.push({ keys: open.keys, data: concatBytes(...open.parts) });
    open = undefined;
  }
  if (open !== undefined) throw new Error("the last chunk is missing");
  return commands;
}

/** Enough of PNG for our own: eight bits, a palette, no filters. Checks the CRC of every chunk. */
export function decodePalettePng(png: Uint8Array): Bitmap {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const type = latin1(png.subarray(at + 4, at + 8));
    if (crc32(png.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw new Error(`CRC of ${type} is wrong`);
    }
    chunks.set(type, png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [header, palette, data] = ["IHDR", "PLTE", "IDAT"].map((type) => {
    const chunk = chunks.get(type);
    if (chunk === undefined) throw new Error(`${type} is missing`);
    return chunk;
  });
  if (latin1(header.subarray(8, 13)) !== "\x08\x03\0\0\0") {
    throw new Error("not a palette of 8 bits");
  }
  const size = new DataView(header.buffer, header.byteOffset);
  const widthPx = size.getUint32(0);
  const rows = inflateSync(data);
  return paintPicture(widthPx, size.getUint32(4), (x, y) => {
    if (rows[y * (widthPx + 1)] !== 0) throw new Error("row is filtered");
    const index = rows[y * (widthPx + 1) + 1 + x];
    return [palette[3 * index], palette[3 * index + 1], palette[3 * index + 2]];
  });
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** Bit by bit, so that it shares nothing with the one under test. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
