/** Turns frames of a video file into JPEGs of one size. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import { randomHex, systemRandom } from "../../base/random.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { Ffmpeg, FfmpegResult } from "../ffmpeg/ffmpeg.ts";
import { MpjpegParser } from "../ffmpeg/mpjpeg.ts";
import { pictureFilters, type WantedPicture } from "../ffmpeg/picture_filters.ts";
import type { SeekIndex } from "../library/picture_index.ts";
import { ShowinfoParser } from "../ffmpeg/showinfo.ts";
import { decodeLimits, FINGERPRINT_FILTER } from "../library/timeline_scan.ts";

/** Which frames of which file, how large, and who takes them. */
export interface ExtractionRequest extends WantedPicture {
  readonly inputPath: string;
  /** Frames `[fromFrame, toFrame)` of a decode from the beginning. */
  readonly fromFrame: number;
  readonly toFrame: number;
  /** ffmpeg's scale, 2 (best) to 31. */
  readonly quality: number;
  /** Of the whole video: bounds the time. */
  readonly durationMs: number;
  /** Takes the next frame, in a buffer that is its own. Throwing ends the extraction. */
  readonly onFrame: (jpeg: Bytes) => Promise<void>;
}

/** `passthrough`: no frame is doubled or left out to reach a rate. */
const ALL_FRAMES = ["-vsync", "passthrough"];

/**
 * By one decode from the beginning, so that numbers never depend on where one begins: frames before `fromFrame` are decoded and thrown
 * away. Resolves when ffmpeg ended, perhaps with fewer frames than asked for. Throws what `onFrame` and `Ffmpeg.run` throw.
 */
export async function extractFrames(
  ffmpeg: Ffmpeg,
  request: ExtractionRequest,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const parser = new MpjpegParser();
  const { inputPath, durationMs, fromFrame } = request;
  const select = fromFrame === 0 ? "" : `select=gte(n\\,${fromFrame}),`;
  const result = await ffmpeg.run({
    ...{ inputPath, ...decodeLimits(durationMs, fromFrame) },
    outputArgs: [
      ...["-map", "0:V:0", ...ALL_FRAMES, "-vf", `${select}${pictureFilters(request)}`],
      ...["-frames:v", `${request.toFrame - fromFrame}`, ...jpegOutput(request)],
    ],
    onOutput: async (piece) => {
      for (const jpeg of parser.push(piece)) await request.onFrame(jpeg);
    },
  }, options);
  requireNotKilled(result);
}

/**
 * By a decode that begins at the keyframe before `fromMs`. Every picture is held against the index: none is given out whose time
 * and samples are not those of a decode from the beginning. Throws MediaError `seek-differs` at the first that is another one, or
 * is missing; else as `extractFrames`.
 */
export async function extractFramesFrom(
  ffmpeg: Ffmpeg,
  request: ExtractionRequest & { readonly fromMs: number; readonly index: SeekIndex },
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const { inputPath, durationMs, fromMs, fromFrame, toFrame, index } = request;
  const parser = new MpjpegParser();
  const check = new PictureCheck(index, fromFrame);
  const count = `${toFrame - fromFrame}`;
  let taken = 0;
  const result = await ffmpeg.run({
    ...{ inputPath, fromMs, keepsTimes: true, ...decodeLimits(durationMs) },
    outputArgs: [
      "-filter_complex",
      `[0:V:0]select=gte(pts\\,${index.ticks[fromFrame]}),split[all][mark];` +
      `[all]${pictureFilters(request)}[picture];` +
      `[mark]${FINGERPRINT_FILTER},${check.filter}[marked]`,
      ...["-map", "[picture]", ...ALL_FRAMES, "-frames:v", count, ...jpegOutput(request)],
      ...["-map", "[marked]", ...ALL_FRAMES, "-frames:v", count, "-f", "null", "-"],
    ],
    onLine: (line) => check.take(line),
    onLinesEnd: () => check.end(),
    onOutput: async (piece) => {
      for (const jpeg of parser.push(piece)) {
        if (!await check.agrees(++taken)) throw differs();
        await request.onFrame(jpeg);
      }
    },
  }, options);
  requireNotKilled(result);
  if (taken < toFrame - fromFrame) throw differs();
}

/** Holds what a decode says of its pictures against the index. */
class PictureCheck {
  readonly #index: SeekIndex;
  readonly #showinfo = new ShowinfoParser(randomHex(systemRandom, 8));
  readonly #wakeup = new Wakeup();
  readonly #never = new AbortController().signal;
  readonly #fromFrame: number;
  #agreed = 0;
  #isOver = false;

  constructor(index: SeekIndex, fromFrame: number) {
    this.#index = index;
    this.#fromFrame = fromFrame;
  }

  get filter(): string {
    return this.#showinfo.filter;
  }

  /** True when the line needs not be kept. */
  take(line: string): boolean {
    const said = this.#showinfo.parse(line);
    if (said?.kind === "frame" && !this.#isOver) {
      const frame = this.#fromFrame + this.#agreed;
      const { ticks, checksums } = this.#index;
      const isSame = checksums === undefined || said.checksum === checksums[frame];
      if (said.pts === ticks[frame] && isSame) this.#agreed++;
      else this.#isOver = true;
      this.#wakeup.wake();
    }
    return said !== undefined;
  }

  end(): void {
    this.#isOver = true;
    this.#wakeup.wake();
  }

  /** Whether the first `count` pictures are those of the index; waits until that is known. */
  async agrees(count: number): Promise<boolean> {
    while (this.#agreed < count && !this.#isOver) await this.#wakeup.wait(this.#never);
    return this.#agreed >= count;
  }
}

/** Optimal Huffman tables: 7 to 9 % smaller for 8 to 10 % more time. */
function jpegOutput({ quality }: ExtractionRequest): readonly string[] {
  return ["-c:v", "mjpeg", "-q:v", `${quality}`, "-huffman", "optimal", "-f", "mpjpeg", "-"];
}

function requireNotKilled({ isKilled }: FfmpegResult): void {
  if (isKilled) throw new MediaError("ffmpeg-killed", "Cannot extract pictures: ffmpeg was killed");
}

function differs(): MediaError {
  return new MediaError("seek-differs", "Cannot extract pictures from there: others came");
}
