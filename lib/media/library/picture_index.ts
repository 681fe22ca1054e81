/**
 * What tells a picture of a file from every other one: its time as the file counts it, and a checksum of sixteen by sixteen of
 * its samples. With it a decode may begin in the middle and still know which picture is which. Made by the one decode that
 * counts the frames, then kept.
 */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { VIDEO_MAX_FRAMES } from "../picture/media_limits.ts";

/** When the pictures of a file are shown, in that order. */
export interface SeekIndex {
  readonly tickSeconds: number;
  /** Where the file's clock begins, as ffmpeg counts seeks from. */
  readonly startTicks: number;
  /** Time of each picture on the file's clock; each is later than the one before. */
  readonly ticks: Float64Array;
  /** Absent where it was never decoded. */
  readonly checksums?: Uint32Array;
}

/** The same of a file that was decoded. */
export interface PictureIndex extends SeekIndex {
  readonly checksums: Uint32Array;
}

/** One picture, as `showinfo` told it. */
export interface ShownPicture {
  /** Counted from the beginning of the file's clock; `NaN` when the file tells none. */
  readonly ticks: number;
  readonly checksum: number;
}

/** Undefined when times do not tell pictures apart: then every decode begins at the beginning. */
export function makePictureIndex(
  pictures: readonly ShownPicture[],
  clock: { readonly tickSeconds: number; readonly startMicroseconds: number },
): PictureIndex | undefined {
  if (!(clock.tickSeconds > 0) || pictures.length === 0) return undefined;
  // What ffmpeg took off the times: the start of the file in microseconds, rounded to ticks.
  const startTicks = Math.round(clock.startMicroseconds / 1e6 / clock.tickSeconds);
  const ticks = Float64Array.from(pictures, (picture) => picture.ticks + startTicks);
  if (!tellApart(ticks)) return undefined;
  const checksums = Uint32Array.from(pictures, ({ checksum }) => checksum);
  return { tickSeconds: clock.tickSeconds, startTicks, ticks, checksums };
}

/** Whether each is later than the one before. */
export function tellApart(ticks: Float64Array): boolean {
  return ticks.every((tick, i) => Number.isFinite(tick) && (i === 0 || tick > ticks[i - 1]));
}

/** Formats that seek by the order of decoding look this much before a time (ffmpeg: 3/23 s); their keyframe is meant all the same. */
const DECODING_LEAD_MS = 150;
/** Files that do not say where keyframes are begin anywhere, and need one before the first picture is right. */
const LONG_LEAD_MS = 10_000;

/** Where decodes for `frame` may begin, in ms from the file's start, the nearest first; none where it is as well to begin at its beginning. */
export function seekStarts(
  index: SeekIndex,
  keyFrames: Uint32Array,
  frame: number,
): readonly number[] {
  const at = keyFrames.findLastIndex((key) => key <= frame);
  const keyMs = timeMs(index, keyFrames[Math.max(0, at)]);
  const nextMs = at + 1 < keyFrames.length ? timeMs(index, keyFrames[at + 1]) : Infinity;
  const nearMs = Math.max(keyMs, Math.min(keyMs + DECODING_LEAD_MS, nextMs - 1));
  return [Math.ceil(nearMs), Math.floor(keyMs - LONG_LEAD_MS)].filter((ms) => ms > 0);
}

function timeMs({ ticks, startTicks, tickSeconds }: SeekIndex, frame: number): number {
  return (ticks[frame] - startTicks) * tickSeconds * 1000;
}

/** When the file's clock begins. The first such line of ffmpeg's words is the container's. In microseconds. */
export function parseStart(line: string): number | undefined {
  const start = /^ {2}Duration: [^,]+, start: (-?)(\d{1,9})\.(\d{6}),/.exec(line);
  if (start === null) return undefined;
  const [sign, seconds, micros] = start.slice(1);
  return (sign === "-" ? -1 : 1) * (Number(seconds) * 1_000_000 + Number(micros));
}

const MAGIC = 0x48475049; // "HGPI"
const VERSION = 1;

/** The index as a file of the cache; one that says that there is none, for undefined. */
export function encodePictureIndex(index: PictureIndex | undefined): Bytes {
  const writer = new ByteWriter().u32(MAGIC).u8(VERSION).u32(index?.ticks.length ?? 0);
  if (index === undefined) return writer.finish();
  const { ticks, checksums, tickSeconds, startTicks } = index;
  const numbers = new DataView(new ArrayBuffer(16 + ticks.length * 12));
  numbers.setFloat64(0, tickSeconds);
  numbers.setFloat64(8, startTicks);
  ticks.forEach((tick, i) => {
    numbers.setFloat64(16 + i * 12, tick);
    numbers.setUint32(24 + i * 12, checksums[i]);
  });
  return writer.raw(new Uint8Array(numbers.buffer)).finish();
}

/** What `encodePictureIndex` wrote; undefined for anything else, e.g. a file cut by a crash. */
export function decodePictureIndex(
  bytes: Bytes,
): { readonly index: PictureIndex | undefined } | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u8() !== VERSION) return undefined;
  const count = reader.u32();
  if (count === 0) return reader.done ? { index: undefined } : undefined;
  if (count > VIDEO_MAX_FRAMES || reader.remaining !== 16 + count * 12) return undefined;
  const raw = reader.raw(16 + count * 12);
  const numbers = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const ticks = new Float64Array(count);
  const checksums = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    ticks[i] = numbers.getFloat64(16 + i * 12);
    checksums[i] = numbers.getUint32(24 + i * 12);
  }
  const [tickSeconds, startTicks] = [numbers.getFloat64(0), numbers.getFloat64(8)];
  if (!(tickSeconds > 0) || !Number.isFinite(startTicks) || !tellApart(ticks)) return undefined;
  return { index: { tickSeconds, startTicks, ticks, checksums } };
}
