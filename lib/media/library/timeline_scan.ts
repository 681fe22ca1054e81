/** Counts and times the frames of a file by decoding it once. */

import { anySignal } from "../../base/scope.ts";
import { MediaError } from "../../base/errors.ts";
import { type Random, randomHex, systemRandom } from "../../base/random.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { VIDEO_MAX_FRAMES } from "../picture/media_limits.ts";
import {
  makePictureIndex,
  parseStart,
  type PictureIndex,
  type ShownPicture,
} from "./picture_index.ts";
import { ShowinfoParser } from "../ffmpeg/showinfo.ts";
import { makeTimeline, type Timeline } from "./timeline.ts";

/** Between two words about how far a scan is. */
const PROGRESS_FRAMES = 512;

/** Time to decode a video: a minute, and four times its announced length. What cannot be decoded in that cannot be played. */
export function decodeTimeLimitMs(durationMs: number | undefined): number {
  return 60_000 + 4 * (durationMs ?? 10 * 60_000);
}

/** Of what each picture leaves a checksum; the same wherever a decode begins. */
export const FINGERPRINT_FILTER = "scale=16:16:flags=neighbor";

/** What a whole decode tells. */
export interface ScannedTimeline {
  readonly timeline: Timeline;
  /** Undefined when decodes must begin at the beginning. */
  readonly index: PictureIndex | undefined;
}

/**
 * Decodes a whole file. Measured 930 frames/s of 720p H.264 on two cores, three times as fast as extracting them. Frames are
 * shrunk to 16 × 16 first, because `showinfo` adds up all bytes of a picture and ffmpeg 4.1 cannot leave that out.
 *
 * Throws `MediaError`: "video-undecodable" (no frame came), "video-too-long", and what `Ffmpeg.run` throws.
 */
export async function scanTimeline(
  ffmpeg: Ffmpeg,
  path: string,
  options: {
    /** The length that the file announces: bounds the time, and tells a cut file. */
    readonly durationMs: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly random?: Random;
    /** Has been told so many frames. */
    readonly onProgress?: ((frames: number) => void) | undefined;
  },
): Promise<ScannedTimeline> {
  const showinfo = new ShowinfoParser(randomHex(options.random ?? systemRandom, 8));
  const pictures: ShownPicture[] = [];
  let startMicroseconds: number | undefined;
  const keyFrames: number[] = [];
  let tickSeconds = 0;
  let ratePerSecond: number | undefined;
  const stop = new AbortController();
  const signal = options.signal === undefined
    ? stop.signal
    : anySignal(options.signal, stop.signal);
  await ffmpeg.run({
    inputPath: path,
    outputArgs: [
      ...["-map", "0:V:0", "-vsync", "passthrough"],
      ...["-vf", `${FINGERPRINT_FILTER},${showinfo.filter}`, "-f", "null", "-"],
    ],
    timeLimitMs: decodeTimeLimitMs(options.durationMs),
    onLine: (line) => {
      startMicroseconds ??= parseStart(line);
      const said = showinfo.parse(line);
      if (said?.kind === "config" && said.tickSeconds > 0) {
        tickSeconds = said.tickSeconds;
        ratePerSecond ??= said.ratePerSecond;
      }
      if (said?.kind !== "frame") return said !== undefined;
      if (said.isKey) keyFrames.push(pictures.length);
      if (pictures.push({ ticks: said.pts, checksum: said.checksum }) > VIDEO_MAX_FRAMES) {
        stop.abort(
          new MediaError("video-too-long", "Cannot read video: it has over 2,000,000 frames"),
        );
      }
      if (pictures.length % PROGRESS_FRAMES === 0) options.onProgress?.(pictures.length);
      return true;
    },
  }, { signal });
  if (pictures.length === 0) {
    throw new MediaError("video-undecodable", "Cannot read video: no picture can be decoded");
  }
  const timeline = makeTimeline(pictures.map(({ ticks }) => ticks * tickSeconds * 1000), {
    durationMs: options.durationMs,
    startMs: (startMicroseconds ?? 0) / 1000,
    keyFrames,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
  });
  const clock = { tickSeconds, startMicroseconds: startMicroseconds ?? 0 };
  return { timeline, index: makePictureIndex(pictures, clock) };
}
