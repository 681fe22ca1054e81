/** What a video file is, by ffmpeg's own words: there is no ffprobe in its npm build. Everything it says may be a lie of the file. */

import { type Random, randomHex, systemRandom } from "../../base/random.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { ShowinfoParser } from "./showinfo.ts";

/** A file that can be watched. */
export interface VideoFacts {
  /** As drawn: after rotation, with square pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** As announced by the file, in ms; the timeline knows better. */
  readonly durationMs: number | undefined;
  /** A hint: films with a variable rate announce one too. */
  readonly ratePerSecond: number | undefined;
  /** It is in HD and does not say which colour matrix it has: taken for BT.709, as everyone does. Absent: as it says, else as ffmpeg takes it. */
  readonly matrix?: "bt709";
  /** Its light goes far beyond white: SMPTE ST 2084 (PQ), ARIB STD-B67 (HLG). Absent: as that of any other film. */
  readonly transfer?: "pq" | "hlg";
}

/** Why a file cannot be watched. */
export type ProbeProblem =
  | "empty"
  | "not-media"
  | "playlist"
  | "no-video"
  | "too-many-pixels"
  | "index-missing"
  | "undecodable";

/** The answer of a probe. */
export type ProbeResult =
  | { readonly ok: true; readonly facts: VideoFacts }
  | { readonly ok: false; readonly problem: ProbeProblem };

/** For a person, after the name of the file. */
export const PROBE_PROBLEMS: Readonly<Record<ProbeProblem, string>> = {
  "empty": "its file is empty",
  "not-media": "it is not a video that can be read",
  "playlist": "it is a playlist or another format that is not allowed",
  "no-video": "it has no picture stream",
  "too-many-pixels": "its picture is larger than 8K",
  "index-missing": "its index is missing: the file is cut short",
  "undecodable": "its pictures cannot be decoded",
};

const PROBE_TIME_LIMIT_MS = 20_000;
/** Beyond this an announced length is taken for nonsense: 100 days. */
const LONGEST_MS = 100 * 24 * 3600 * 1000;
/** A shape beyond this has no picture to speak of, and would be scaled to a line. */
const MAX_ASPECT = 256;

/** Decodes the first picture of a file. Throws only what `Ffmpeg.run` throws. */
export async function probeVideo(
  ffmpeg: Ffmpeg,
  path: string,
  options: { readonly signal?: AbortSignal | undefined; readonly random?: Random } = {},
): Promise<ProbeResult> {
  const reader = new ProbeReader(randomHex(options.random ?? systemRandom, 8));
  const result = await ffmpeg.run({
    inputPath: path,
    // `V` is a picture stream that is not a cover picture. The picture comes rotated as the file says.
    outputArgs: [
      ...["-map", "0:V:0", "-vf", reader.filter, "-frames:v", "1", "-vsync", "passthrough"],
      ...["-f", "null", "-"],
    ],
    timeLimitMs: PROBE_TIME_LIMIT_MS,
    onLine: (line) => reader.take(line),
  }, options);
  const facts = reader.facts();
  return facts === undefined ? { ok: false, problem: explain(result.words) } : { ok: true, facts };
}

/** Collects facts from the lines of a run. */
export class ProbeReader {
  readonly #showinfo: ShowinfoParser;
  #durationMs: number | undefined;
  #ratePerSecond: number | undefined;
  #colours: StreamColours | undefined;
  #size: { readonly widthPx: number; readonly heightPx: number } | undefined;

  constructor(randomWord: string) {
    this.#showinfo = new ShowinfoParser(randomWord);
  }

  get filter(): string {
    return this.#showinfo.filter;
  }

  /** True when the line needs not be kept. */
  take(line: string): boolean {
    // The first one is the container's; a tag of that name comes later and differs in its blanks.
    this.#durationMs ??= parseDuration(line);
    this.#colours ??= parseColours(line);
    const said = this.#showinfo.parse(line);
    if (said?.kind === "config") this.#ratePerSecond ??= said.ratePerSecond;
    if (said?.kind === "frame" && this.#size === undefined) {
      const widthPx = Math.round(said.widthPx * said.pixelAspect);
      this.#size = { widthPx, heightPx: said.heightPx };
    }
    return said !== undefined;
  }

  /** Undefined when no picture came. */
  facts(): VideoFacts | undefined {
    const size = this.#size;
    if (size === undefined || size.widthPx < 1 || size.heightPx < 1) return undefined;
    const aspect = size.widthPx / size.heightPx;
    if (aspect > MAX_ASPECT || aspect < 1 / MAX_ASPECT) return undefined;
    return {
      ...{ ...size, durationMs: this.#durationMs, ratePerSecond: this.#ratePerSecond },
      ...this.#colours,
    };
  }
}

/** SD is smaller than both; the border that mpv has. */
const HD = { widthPx: 1280, heightPx: 577 };
const MATRICES = /\b(?:bt709|bt470bg|smpte170m|smpte240m|fcc|bt2020nc|bt2020c|ycgco|ictcp)\b/;

const TRANSFERS = { smpte2084: "pq", "arib-std-b67": "hlg" } as const;

type StreamColours = Pick<VideoFacts, "matrix" | "transfer">;

/**
 * What ffmpeg says of the colours of a picture stream, and does not see to itself; undefined for other lines. After the size of a
 * picture in YUV stand its range, its matrix, and with them how it was recorded: `yuv420p(tv, bt709, progressive), 1920x1080`. What
 * differs in matrix, primaries and transfer is `yuv420p(tv, unknown/bt709/bt709)`. Full range (`yuvj`) is that of JPEG, with its matrix.
 */
function parseColours(line: string): StreamColours | undefined {
  const stream = /^ +Stream #0:\d+.*?: Video: (.*)$/.exec(line)?.[1];
  if (stream === undefined || stream.endsWith("(attached pic)")) return undefined;
  const [, words = "", width, height] =
    /, (?:yuv[^j][^\s(,]*)(?:\(([^)]*)\))?, (\d{1,5})x(\d{1,5})\b/.exec(stream) ?? [];
  const [matrix] = words.split("/");
  const isHd = Number(width) >= HD.widthPx || Number(height) >= HD.heightPx;
  const named = /\/(smpte2084|arib-std-b67)\b/.exec(words)?.[1] as
    | keyof typeof TRANSFERS
    | undefined;
  if (named !== undefined) return { transfer: TRANSFERS[named] };
  return isHd && !MATRICES.test(matrix) ? { matrix: "bt709" } : {};
}

function parseDuration(line: string): number | undefined {
  const found = /^ {2}Duration: (\d{1,6}):(\d\d):(\d\d)\.(\d\d)/.exec(line);
  if (found === null) return undefined;
  const [hours, minutes, seconds, hundredths] = found.slice(1).map(Number);
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10;
  return ms > 0 && ms < LONGEST_MS ? ms : undefined;
}

/** The words by which ffmpeg 4.1 and 5.1 say it, the most telling first. */
const SIGNS: readonly (readonly [RegExp, ProbeProblem])[] = [
  [/^\[[^\]]*\] Format not on whitelist/, "playlist"],
  [/exceeds specified max pixel count/, "too-many-pixels"],
  [/^Stream map '0:V:0' matches no streams/, "no-video"],
  [/detected only with low score/, "not-media"],
  [/^\[[^\]]*\] moov atom not found/, "index-missing"],
  [/^Input #0, /, "undecodable"],
];

/** Why there was no picture, from ffmpeg's words. */
export function explain(words: readonly string[]): ProbeProblem {
  return SIGNS.find(([sign]) => words.some((line) => sign.test(line)))?.[1] ?? "not-media";
}
