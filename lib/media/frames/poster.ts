/** One small picture of a video: for a list, and for whoever is sent the file. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal } from "../../base/scope.ts";
import { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../ffmpeg/ffmpeg_locate.ts";
import { MpjpegParser } from "../ffmpeg/mpjpeg.ts";
import { pictureFilters } from "../ffmpeg/picture_filters.ts";
import { probeVideo, type VideoFacts } from "../ffmpeg/probe.ts";

const log = logger("media", "poster");

/** Greatest size: a list draws it smaller, and JPEG blocks are not seen then. */
const BOX = { widthPx: 320, heightPx: 240 };
/** ffmpeg's scale. A picture of rain and confetti may not fit at the first. */
const QUALITIES = [5, 10, 20, 31] as const;
/** The poster is one of so many pictures from here on: the one that is most like the others, so neither black nor in a fade. */
const POSTER_TENTH = 1;
const POSTER_OF_FRAMES = 48;
const TIME_LIMIT_MS = 20_000;
/** Who sends a file waits for its picture. It takes half a second for most. */
const WITHIN_MS = 5_000;

/** A picture as it is sent. */
export interface Poster {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Bytes;
}

/** Which picture of the video. */
interface WantedPoster {
  readonly facts: VideoFacts;
  /** Of the video; 0: not known. */
  readonly durationMs: number;
  /** What is seen so many tenths of it after its beginning; undefined: the picture that stands for it. */
  readonly tenth?: number | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Throws MediaError `video-undecodable`, and what `Ffmpeg.run` throws. */
export async function makePoster(
  ffmpeg: Ffmpeg,
  path: string,
  { facts, durationMs, tenth, maxBytes, signal }: WantedPoster,
): Promise<Poster> {
  const fromMs = Math.floor(durationMs * (tenth ?? POSTER_TENTH) / 10);
  const size = sizeIn(facts);
  const choice = tenth === undefined ? `thumbnail=${POSTER_OF_FRAMES}` : undefined;
  const filters = pictureFilters({ ...size, colours: facts }, choice);
  for (const quality of QUALITIES) {
    const picture = { path, filters, quality };
    // A file that cannot be begun there, or announces more than it holds, has its beginning.
    const jpeg = await extract(ffmpeg, { ...picture, fromMs }, signal) ??
      (fromMs > 0 ? await extract(ffmpeg, { ...picture, fromMs: 0 }, signal) : undefined);
    if (jpeg === undefined) break;
    if (jpeg.length <= maxBytes) return { ...size, jpeg };
  }
  throw new MediaError("video-undecodable", "Cannot make poster: no picture came");
}

/**
 * The same of a file of this machine's own person, by the ffmpeg that is found here. Undefined where there is none, it takes
 * longer than five seconds, or no picture comes: whatever stands in its way, the file is sent. Rejects with the signal's reason.
 */
export async function posterOfFile(
  path: string,
  { maxBytes, clock, signal }: Pick<WantedPoster, "maxBytes" | "signal"> & { clock: Clock },
): Promise<Bytes | undefined> {
  const limit = anySignal(signal, clock.deadline(WITHIN_MS));
  try {
    const found = await locateFfmpeg({ projectFolder: Deno.cwd() });
    if (!found.found) return undefined;
    await using owned = new AsyncDisposableStack();
    const workFolder = await Deno.makeTempDir({ prefix: "heliograph-" });
    owned.defer(() => Deno.remove(workFolder, { recursive: true }));
    const ffmpeg = await Ffmpeg.open({ path: found.path, workFolder });
    const probe = await probeVideo(ffmpeg, path, { signal: limit });
    if (!probe.ok) return undefined;
    const { facts } = probe;
    const wanted = { facts, durationMs: facts.durationMs ?? 0, maxBytes, signal: limit };
    return (await makePoster(ffmpeg, path, wanted)).jpeg;
  } catch (error) {
    signal.throwIfAborted();
    log.debug("no poster of a file", { reason: describeError(error) });
    return undefined;
  }
}

async function extract(
  ffmpeg: Ffmpeg,
  { path, filters, quality, fromMs }: {
    readonly path: string;
    readonly filters: string;
    readonly quality: number;
    readonly fromMs: number;
  },
  signal: AbortSignal,
): Promise<Bytes | undefined> {
  const parser = new MpjpegParser();
  let jpeg: Bytes | undefined;
  await ffmpeg.run({
    ...{ inputPath: path, fromMs, timeLimitMs: TIME_LIMIT_MS, lane: "poster" },
    outputArgs: [
      ...["-map", "0:V:0", "-vf", filters, "-frames:v", "1", "-c:v", "mjpeg"],
      ...["-q:v", `${quality}`, "-huffman", "optimal", "-f", "mpjpeg", "-"],
    ],
    onOutput: (piece) => {
      for (const one of parser.push(piece)) jpeg ??= one;
      return Promise.resolve();
    },
  }, { signal });
  return jpeg;
}

/** As large as the box, never larger than it is; even, since 4:2:0 halves it. */
function sizeIn({ widthPx, heightPx }: VideoFacts) {
  const scale = Math.min(1, BOX.widthPx / widthPx, BOX.heightPx / heightPx);
  const even = (px: number) => Math.max(2, 2 * Math.round(px * scale / 2));
  return { widthPx: even(widthPx), heightPx: even(heightPx) };
}
