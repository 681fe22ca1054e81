/** The frames of a video file: how many there are and when each is shown. Found by decoding it once, then kept. */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { VIDEO_MAX_FRAMES } from "../picture/media_limits.ts";

/** N decoded frames of the first video stream and their times. */
export interface Timeline {
  /** N. At least 1. */
  readonly count: number;
  /** Time of each frame in ms: the first is 0, none is before its predecessor. Do not change it. */
  readonly ptsMs: Uint32Array;
  /** Places of the frames that the file holds whole, ascending; the first frame always is one. Do not change it. */
  readonly keyFrames: Uint32Array;
  /** When the last frame is over: what the file announces if that can be true, else its time and the period before it. */
  readonly durationMs: number;
  /** The file announces clearly more than could be decoded: it is cut short or damaged. */
  readonly cutShort: boolean;
}

/** The time of a frame when nothing is known: 24 a second. */
const DEFAULT_PERIOD_MS = 1000 / 24;
/** A pause between two frames beyond this is taken for a jump of the file's clock, not for an hour of standstill. */
const LONGEST_GAP_MS = 60 * 60 * 1000;

/**
 * Makes a timeline from the raw times that ffmpeg told, `NaN` where it told none. The times are moved so that the first is 0 and
 * made monotonic: a time that is missing, goes back, or jumps by more than an hour counts as one period after its predecessor.
 * `keyFrames` has the places of the frames that ffmpeg called keyframes, ascending.
 */
export function makeTimeline(
  rawMs: readonly number[],
  announced: {
    readonly durationMs?: number | undefined;
    /** When the file's clock begins: Matroska announces the end by it, and not the length. */
    readonly startMs?: number;
    readonly ratePerSecond?: number;
    readonly keyFrames?: readonly number[];
  } = {},
): Timeline {
  const period = announced.ratePerSecond !== undefined && announced.ratePerSecond > 0
    ? 1000 / announced.ratePerSecond
    : DEFAULT_PERIOD_MS;
  const ptsMs = new Uint32Array(rawMs.length);
  let at = 0;
  let previousRaw = rawMs[0] ?? NaN;
  for (let i = 1; i < rawMs.length; i++) {
    const step = rawMs[i] - previousRaw;
    at += step >= 0 && step <= LONGEST_GAP_MS ? step : period;
    previousRaw = Number.isNaN(rawMs[i]) ? previousRaw + period : rawMs[i];
    ptsMs[i] = Math.round(at);
  }
  const last = rawMs.length - 1;
  const lastPeriod = last > 0 ? Math.min(1000, ptsMs[last] - ptsMs[last - 1]) : period;
  const decodedMs = Math.round(at + (lastPeriod || period));
  const announcedMs = announced.durationMs ?? decodedMs;
  const { startMs = 0 } = announced;
  const missingMs = announcedMs - decodedMs;
  const bearableMs = Math.max(500, announcedMs * 0.05);
  const cutShort = missingMs - Math.max(0, startMs) > bearableMs;
  // The last frame of a variable rate has no period of its own: the file's word is better, when it can be true.
  const believable = missingMs <= bearableMs && announcedMs > at;
  const { keyFrames = [] } = announced;
  return {
    count: rawMs.length,
    ptsMs,
    // What an edit list cut off in front may have had the keyframe of the first picture.
    keyFrames: Uint32Array.from(keyFrames[0] === 0 ? keyFrames : [0, ...keyFrames]),
    durationMs: believable ? Math.round(announcedMs) : decodedMs,
    cutShort,
  };
}

/** The last frame shown at or before `positionMs`; the first frame for a position before it. */
export function frameAt(ptsMs: Uint32Array, positionMs: number): number {
  let low = 0;
  let high = ptsMs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (ptsMs[middle] <= positionMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

const MAGIC = 0x48474c54; // "HGLT"
const VERSION = 2;

/** The timeline as a file of the cache. */
export function encodeTimeline(timeline: Timeline): Bytes {
  const { count, ptsMs, keyFrames, durationMs, cutShort } = timeline;
  return new ByteWriter().u32(MAGIC).u8(VERSION).u8(cutShort ? 1 : 0).u64(durationMs)
    .u32(count).u32(keyFrames.length).raw(encodeNumbers(ptsMs)).raw(encodeNumbers(keyFrames))
    .finish();
}

function encodeNumbers(numbers: Uint32Array): Bytes {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, i) => view.setUint32(i * 4, number));
  return bytes;
}

/** What stands in front of the times. */
const HEAD_BYTES = 22;

/** Number and length of the frames, and whether the file is cut short, from the first bytes of its file; undefined for anything else. */
export function decodeTimelineHead(
  bytes: Bytes,
): Pick<Timeline, "count" | "durationMs" | "cutShort"> | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u8() !== VERSION) return undefined;
  const cutShort = reader.u8() === 1;
  const durationMs = reader.u64();
  const count = reader.u32();
  return count > 0 && count <= VIDEO_MAX_FRAMES ? { count, durationMs, cutShort } : undefined;
}

/** Reads what `encodeTimeline` wrote; undefined for anything else, e.g. a file cut by a crash. */
export function decodeTimeline(bytes: Bytes): Timeline | undefined {
  const reader = new ByteReader(bytes);
  const known = reader.u32() === MAGIC && reader.u8() === VERSION;
  const cutShort = reader.u8() === 1;
  const durationMs = reader.u64();
  const count = reader.u32();
  const keyCount = reader.u32();
  const isSane = known && count > 0 && count <= VIDEO_MAX_FRAMES && keyCount > 0 &&
    keyCount <= count;
  if (!isSane || reader.remaining !== (count + keyCount) * 4) return undefined;
  const ptsMs = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    ptsMs[i] = reader.u32();
    if (i > 0 && ptsMs[i] < ptsMs[i - 1]) return undefined;
  }
  const keyFrames = new Uint32Array(keyCount);
  for (let i = 0; i < keyCount; i++) {
    keyFrames[i] = reader.u32();
    const isNext = i === 0 ? keyFrames[i] === 0 : keyFrames[i] > keyFrames[i - 1];
    if (!isNext || keyFrames[i] >= count) return undefined;
  }
  return reader.done ? { count, ptsMs, keyFrames, durationMs, cutShort } : undefined;
}
