/**
 * Reads and decodes the first picture of a GIF (GIF89a specification, W3C copy). By our own code, into one array that is as large as
 * the header said: its compression is simple, and a decoder of forty lines has nothing in it that could be taken over.
 */

import { type Judgement, refused, sizeProblem, STILL_MAX_FRAMES } from "./still.ts";

const HEADER_BYTES = 13;
const DESCRIPTOR_BYTES = 9;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;
const MAX_CODES = 4_096;

/** What the first picture needs. */
interface FirstImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly xPx: number;
  readonly yPx: number;
  readonly isInterlaced: boolean;
  readonly palette: Uint8Array;
  /** 256: none. */
  readonly transparent: number;
  /** The size of its codes, and the blocks behind it. */
  readonly dataAt: number;
}

type Walk =
  | { readonly ok: true; readonly first: FirstImage; readonly frames: number }
  | { readonly ok: false; readonly isTooMany: boolean };

/** Judges one whose signature was seen. Walks over its blocks, and no further than the most frames that are taken. */
export function judgeGif(gif: Uint8Array): Judgement {
  if (gif.length < HEADER_BYTES) return refused("damaged");
  const canvas = { widthPx: u16(gif, 6), heightPx: u16(gif, 8) };
  const problem = sizeProblem(canvas);
  if (problem !== undefined) return refused(problem);
  const walk = walkOver(gif);
  if (!walk.ok) return refused(walk.isTooMany ? "too-many-frames" : "damaged");
  const { first: { widthPx, heightPx, xPx, yPx }, frames } = walk;
  const isInside = xPx + widthPx <= canvas.widthPx && yPx + heightPx <= canvas.heightPx;
  if (widthPx < 1 || heightPx < 1 || !isInside) return refused("damaged");
  return {
    ok: true,
    still: {
      facts: { format: "gif", frames, ...canvas },
      orientation: 1,
      canvas,
      first: { xPx, yPx, widthPx, heightPx },
      kept: gif,
    },
  };
}

/** The first picture as RGBA; undefined when it is damaged. The GIF was judged. */
export function decodeGif(gif: Uint8Array): Uint8Array | undefined {
  const walk = walkOver(gif);
  if (!walk.ok) return undefined;
  const { first, first: { widthPx, heightPx, palette, transparent } } = walk;
  const indexes = unpack(gif, first.dataAt, widthPx * heightPx);
  if (indexes === undefined) return undefined;
  const rgba = new Uint8Array(4 * widthPx * heightPx);
  const rows = rowOrder(first);
  for (let from = 0; from < heightPx; from++) {
    let out = 4 * rows[from] * widthPx;
    for (let x = 0; x < widthPx; x++, out += 4) {
      const index = indexes[from * widthPx + x];
      if (index === transparent) continue;
      // A colour that is not in the table is black.
      rgba[out] = palette[3 * index] ?? 0;
      rgba[out + 1] = palette[3 * index + 1] ?? 0;
      rgba[out + 2] = palette[3 * index + 2] ?? 0;
      rgba[out + 3] = 255;
    }
  }
  return rgba;
}

function walkOver(gif: Uint8Array): Walk {
  const damaged: Walk = { ok: false, isTooMany: false };
  let at = HEADER_BYTES;
  let common = new Uint8Array(0);
  if ((gif[10] & 0x80) !== 0) {
    common = gif.slice(at, at + tableBytes(gif[10]));
    at += tableBytes(gif[10]);
  }
  let transparent = 256;
  let first: FirstImage | undefined;
  let frames = 0;
  while (at < gif.length) {
    const kind = gif[at++];
    if (kind === TRAILER) break;
    if (kind === EXTENSION) {
      if (gif[at] === GRAPHIC_CONTROL && gif[at + 1] === 4) {
        transparent = (gif[at + 2] & 1) === 1 ? gif[at + 5] : 256;
      }
      at = endOfBlocks(gif, at + 1);
    } else if (kind === IMAGE) {
      if (at + DESCRIPTOR_BYTES >= gif.length) return damaged;
      if (++frames > STILL_MAX_FRAMES) return { ok: false, isTooMany: true };
      const flags = gif[at + 8];
      const own = (flags & 0x80) !== 0 ? tableBytes(flags) : 0;
      const dataAt = at + DESCRIPTOR_BYTES + own;
      first ??= {
        ...{ xPx: u16(gif, at), yPx: u16(gif, at + 2) },
        ...{ widthPx: u16(gif, at + 4), heightPx: u16(gif, at + 6) },
        isInterlaced: (flags & 0x40) !== 0,
        palette: own > 0 ? gif.slice(dataAt - own, dataAt) : common,
        transparent,
        dataAt,
      };
      transparent = 256;
      at = endOfBlocks(gif, dataAt + 1);
    } else return damaged;
    if (at > gif.length) return damaged;
  }
  return first === undefined ? damaged : { ok: true, first, frames };
}

/** Behind the empty block that ends them; beyond the end of the file where there is none. */
function endOfBlocks(gif: Uint8Array, from: number): number {
  let at = from;
  while (at < gif.length && gif[at] > 0) at += 1 + gif[at];
  return at < gif.length ? at + 1 : Infinity;
}

/** Appendix F. Undefined when there is too little, or a code that cannot be. */
function unpack(gif: Uint8Array, dataAt: number, count: number): Uint8Array | undefined {
  const leastBits = gif[dataAt];
  if (leastBits < 2 || leastBits > 8) return undefined;
  const clear = 1 << leastBits;
  const prefix = new Uint16Array(MAX_CODES);
  const suffix = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES).fill(1);
  for (let code = 0; code < clear; code++) suffix[code] = code;
  const out = new Uint8Array(count);
  let [at, left, bits, held] = [dataAt + 1, 0, 0, 0];
  let [codeBits, next, before, done] = [leastBits + 1, clear + 2, -1, 0];
  while (done < count) {
    while (held < codeBits) {
      if (left === 0) left = gif[at++] ?? 0;
      if (left === 0) return undefined;
      bits |= gif[at++] << held;
      held += 8;
      left--;
    }
    const code = bits & (1 << codeBits) - 1;
    bits >>>= codeBits;
    held -= codeBits;
    if (code === clear) {
      [codeBits, next, before] = [leastBits + 1, clear + 2, -1];
      continue;
    }
    if (code === clear + 1 || code > next || code === next && before < 0) return undefined;
    // The code that is being made: what came before, with its own first byte behind it.
    const known = code === next ? before : code;
    const length = lengths[known];
    let from = known;
    for (let place = done + length - 1; place >= done; place--) {
      if (place < count) out[place] = suffix[from];
      if (place > done) from = prefix[from];
    }
    const firstByte = suffix[from];
    done += length;
    if (code === next && done < count) out[done++] = firstByte;
    if (before >= 0 && next < MAX_CODES) {
      prefix[next] = before;
      suffix[next] = firstByte;
      lengths[next] = lengths[before] + 1;
      next++;
      if (next === 1 << codeBits && codeBits < 12) codeBits++;
    }
    before = code;
  }
  return out;
}

/** Which row the first, second … of the data is (appendix E). */
function rowOrder({ heightPx, isInterlaced }: FirstImage): readonly number[] {
  const all = Array.from({ length: heightPx }, (_, row) => row);
  if (!isInterlaced) return all;
  const every = (step: number, from: number) => all.filter((row) => row % step === from);
  return [...every(8, 0), ...every(8, 4), ...every(4, 2), ...every(2, 1)];
}

/** Of a table of colours, by the flags that announce it. */
function tableBytes(flags: number): number {
  return 3 << (flags & 7) + 1;
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8;
}
