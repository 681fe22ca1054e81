/**
 * Reads a foreign JPEG before any decoder does (SR-67; ITU-T T.81 annex B). Only what our own encoders write passes: one baseline picture,
 * one scan, nothing after it. Everything else is refused, whether it is legal or not.
 */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { JPEG_MAX_BYTES, JPEG_MAX_HEIGHT_PX, JPEG_MAX_WIDTH_PX } from "./media_limits.ts";

/** Why a picture is refused. */
export type JpegProblem =
  | "too-many-bytes"
  | "not-jpeg"
  | "not-baseline"
  | "bad-segment"
  | "bad-size"
  | "size-mismatch"
  | "bad-tables"
  | "bad-scan";

/** What a picture that passed says of itself. */
export interface JpegFacts {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 1 = grey, 3 = colour. */
  readonly components: 1 | 3;
}

/** The answer of the check. */
export type JpegCheck =
  | { readonly ok: true; readonly facts: JpegFacts }
  | { readonly ok: false; readonly problem: JpegProblem };

/** Size that the frame's header announced. */
export interface AnnouncedSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Whether a decoder may see these bytes. Never throws. */
export function checkJpeg(jpeg: Uint8Array, announced?: AnnouncedSize): JpegCheck {
  const read = readJpeg(jpeg);
  if ("problem" in read) return { ok: false, problem: read.problem };
  const { widthPx, heightPx } = read.facts;
  const matches = announced === undefined ||
    widthPx === announced.widthPx && heightPx === announced.heightPx;
  return matches ? { ok: true, facts: read.facts } : { ok: false, problem: "size-mismatch" };
}

/**
 * The same picture without application data and comments, for a terminal that decodes JPEG itself: its decoder sees only segments that
 * were checked here. Undefined when the check refuses.
 */
export function rebuildJpeg(jpeg: Uint8Array, announced?: AnnouncedSize): Bytes | undefined {
  const read = readJpeg(jpeg);
  if ("problem" in read || !checkJpeg(jpeg, announced).ok) return undefined;
  return concatBytes(SOI_BYTES, ...read.kept);
}

const SOI_BYTES = new Uint8Array([0xff, 0xd8]);
const MARKER = {
  sof0: 0xc0,
  dht: 0xc4,
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
} as const;
const COMMENT = 0xfe;

type Component = { readonly id: number; readonly quantisation: number };
type Frame = JpegFacts & { readonly parts: readonly Component[] };

/** What the segments before the scan said. */
interface Tables {
  readonly quantisation: Set<number>;
  readonly huffman: Set<number>;
  frame: Frame | undefined;
}

type Read =
  | { readonly facts: JpegFacts; readonly kept: readonly Uint8Array[] }
  | { readonly problem: JpegProblem };

function readJpeg(jpeg: Uint8Array): Read {
  if (jpeg.length > JPEG_MAX_BYTES) return { problem: "too-many-bytes" };
  if (jpeg[0] !== 0xff || jpeg[1] !== MARKER.soi) return { problem: "not-jpeg" };
  const tables: Tables = { quantisation: new Set(), huffman: new Set(), frame: undefined };
  const kept: Uint8Array[] = [];
  let at = 2;
  while (at + 4 <= jpeg.length) {
    const marker = jpeg[at + 1];
    const end = at + 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]);
    if (jpeg[at] !== 0xff || end > jpeg.length || end < at + 4) return { problem: "bad-segment" };
    const body = jpeg.subarray(at + 4, end);
    if (marker === MARKER.sos) {
      if (!isScan(body, tables) || !isLastScan(jpeg, end)) return { problem: "bad-scan" };
      kept.push(jpeg.subarray(at));
      // `isScan` refuses a scan without a frame.
      if (tables.frame === undefined) return { problem: "bad-scan" };
      const { widthPx, heightPx, components } = tables.frame;
      return { facts: { widthPx, heightPx, components }, kept };
    }
    const problem = readSegment(marker, body, tables);
    if (problem !== undefined) return { problem };
    if (!isIgnored(marker)) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return { problem: "bad-segment" };
}

/** Application data and comments. */
function isIgnored(marker: number): boolean {
  return marker >= 0xe0 && marker <= 0xef || marker === COMMENT;
}

function readSegment(marker: number, body: Uint8Array, tables: Tables): JpegProblem | undefined {
  if (isIgnored(marker)) return undefined;
  switch (marker) {
    case MARKER.dqt:
      return readQuantisation(body, tables) ? undefined : "bad-tables";
    case MARKER.dht:
      return readHuffman(body, tables) ? undefined : "bad-tables";
    case MARKER.dri:
      return body.length === 2 ? undefined : "bad-segment";
    case MARKER.sof0: {
      if (tables.frame !== undefined) return "bad-segment";
      const frame = readFrame(body);
      if (typeof frame === "string") return frame;
      tables.frame = frame;
      return undefined;
    }
    default:
      // SOF1 to SOF15: extended, progressive, lossless, arithmetic. Others have no place before a scan.
      return marker >= 0xc1 && marker <= 0xcf ? "not-baseline" : "bad-segment";
  }
}

/** B.2.4.1, 8-bit tables only, as baseline demands. */
function readQuantisation(body: Uint8Array, tables: Tables): boolean {
  if (body.length === 0 || body.length % 65 !== 0) return false;
  for (let at = 0; at < body.length; at += 65) {
    if (body[at] > 3) return false;
    // A divisor of 0 has no meaning.
    if (body.subarray(at + 1, at + 65).includes(0)) return false;
    tables.quantisation.add(body[at]);
  }
  return true;
}

/** B.2.4.2: two tables of each class, codes that fit their lengths. */
function readHuffman(body: Uint8Array, tables: Tables): boolean {
  let at = 0;
  while (at + 17 <= body.length) {
    const classAndId = body[at];
    if ((classAndId & 0xee) !== 0) return false;
    let codes = 0;
    let room = 1;
    for (let length = 1; length <= 16; length++) {
      const count = body[at + length];
      codes += count;
      room = room * 2 - count;
      if (room < 0) return false;
    }
    if (codes > 256) return false;
    tables.huffman.add(classAndId);
    at += 17 + codes;
  }
  return body.length > 0 && at === body.length;
}

/** B.2.2. */
function readFrame(body: Uint8Array): Frame | JpegProblem {
  if (body.length < 6 || body[0] !== 8) return "not-baseline";
  const heightPx = body[1] << 8 | body[2];
  const widthPx = body[3] << 8 | body[4];
  if (widthPx === 0 || heightPx === 0) return "bad-size";
  if (widthPx > JPEG_MAX_WIDTH_PX || heightPx > JPEG_MAX_HEIGHT_PX) return "bad-size";
  const components = body[5];
  if (components !== 1 && components !== 3 || body.length !== 6 + 3 * components) {
    return "bad-segment";
  }
  const parts: Component[] = [];
  let blocks = 0;
  for (let at = 6; at < body.length; at += 3) {
    const [across, down] = [body[at + 1] >> 4, body[at + 1] & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4 || body[at + 2] > 3) return "bad-segment";
    if (parts.some(({ id }) => id === body[at])) return "bad-segment";
    blocks += across * down;
    parts.push({ id: body[at], quantisation: body[at + 2] });
  }
  // B.2.3: a minimum coded unit has at most ten blocks.
  return components === 3 && blocks > 10 ? "bad-segment" : { widthPx, heightPx, components, parts };
}

/** B.2.3: one scan of all components in their order, with tables that were defined. */
function isScan(body: Uint8Array, tables: Tables): boolean {
  const { frame } = tables;
  if (frame === undefined || body[0] !== frame.components) return false;
  if (body.length !== 4 + 2 * frame.components) return false;
  const complete = frame.parts.every(({ id, quantisation }, i) => {
    const tablesUsed = body[2 + 2 * i];
    return body[1 + 2 * i] === id && tables.quantisation.has(quantisation) &&
      tables.huffman.has(tablesUsed >> 4) && tables.huffman.has(0x10 | tablesUsed & 15);
  });
  const [from, to, approximation] = body.subarray(body.length - 3);
  return complete && from === 0 && to === 63 && approximation === 0;
}

/** The coded data holds stuffed bytes and restarts only, and ends with the end of the picture and of the bytes. */
function isLastScan(jpeg: Uint8Array, from: number): boolean {
  for (let at = jpeg.indexOf(0xff, from); at >= 0; at = jpeg.indexOf(0xff, at + 2)) {
    const next = jpeg[at + 1];
    if (next === MARKER.eoi) return at > from && at + 2 === jpeg.length;
    const allowed = next === 0 || next >= 0xd0 && next <= 0xd7;
    if (!allowed) return false;
  }
  return false;
}
