/** One decode that brings frames of a rendition into the store, segment by segment. */

import type { Bytes } from "../base/bytes.ts";
import { MediaError } from "../base/errors.ts";
import { JPEG_MAX_BYTES, SEGMENT_FRAMES } from "./media_limits.ts";
import type { CacheParts, CacheUser } from "./rendition_parts.ts";
import { SegmentFile, segmentOf, SegmentWriter } from "./segment_file.ts";
import { decodeTimeLimitMs } from "./timeline_scan.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { MpjpegParser } from "./mpjpeg.ts";

/** An extraction that is so far ahead of its viewers gives its slot to one that waits: 43 s at 24 a second. */
const FAR_AHEAD_FRAMES = 16 * SEGMENT_FRAMES;

/** For whom it works. */
export interface JobViewers {
  readonly users: ReadonlySet<CacheUser>;
  /** One more frame can be read. */
  readonly onProgress: () => void;
}

/** Brings `[nextFrame, toFrame)`, in order. Runs once. */
export class ExtractionJob {
  readonly #parts: CacheParts;
  readonly #viewers: JobViewers;
  nextFrame: number;
  readonly toFrame: number;
  readonly stop = new AbortController();
  failure?: { readonly error: unknown };
  #writer: SegmentWriter | undefined;

  constructor(
    parts: CacheParts,
    viewers: JobViewers,
    range: { readonly fromFrame: number; readonly toFrame: number },
  ) {
    this.#parts = parts;
    this.#viewers = viewers;
    this.nextFrame = range.fromFrame;
    this.toFrame = range.toFrame;
  }

  /** Whether it is about to bring the frame. */
  brings(frame: number): boolean {
    return !this.stop.signal.aborted && frame >= this.nextFrame && frame < this.toFrame;
  }

  /** Whether all its frames were taken. */
  get isComplete(): boolean {
    return this.nextFrame >= this.toFrame;
  }

  /** Whether the frame can be read already, in a segment that is not whole yet. */
  holds(frame: number): boolean {
    return this.#writer?.segment === segmentOf(frame) &&
      this.#writer.records.length > frame % SEGMENT_FRAMES;
  }

  /** The segment of a frame that it holds. The caller closes it. */
  follow(frame: number): SegmentFile | undefined {
    return this.#writer !== undefined && this.holds(frame)
      ? SegmentFile.follow(this.#writer)
      : undefined;
  }

  /**
   * Resolves when ffmpeg ended, perhaps before `toFrame`. Throws MediaError, `parked` when others need its place, or the
   * signal's reason. The caller calls `discard` then.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { quality: wanted = QUALITIES[0] } = this.#parts;
    // The others are for pictures that are too large as they are wanted.
    const qualities = [wanted, ...QUALITIES.filter((quality) => quality > wanted)];
    for (const [i, quality] of qualities.entries()) {
      try {
        return await this.#decode(quality, signal);
      } catch (error) {
        if (!isCode(error, "frame-too-large") || i === qualities.length - 1) throw error;
        // The segment starts again, since its frames are numbered from its first.
        await this.discard();
        this.nextFrame = segmentOf(this.nextFrame) * SEGMENT_FRAMES;
      }
    }
  }

  #decode(quality: number, signal: AbortSignal): Promise<void> {
    const { ffmpeg, inputPath, widthPx, heightPx, timeline } = this.#parts;
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot extract pictures: there is no ffmpeg");
    }
    const { nextFrame: fromFrame, toFrame } = this;
    return extractFrames(ffmpeg, {
      ...{ inputPath, widthPx, heightPx, fromFrame, toFrame, quality },
      timeLimitMs: decodeTimeLimitMs(timeline.durationMs),
      onFrame: (jpeg) => this.#take(jpeg),
    }, { signal });
  }

  async #take(jpeg: Bytes): Promise<void> {
    const { folder, shelf, timeline } = this.#parts;
    if (this.isComplete) return;
    if (jpeg.length > JPEG_MAX_BYTES) {
      throw new MediaError("frame-too-large", "Cannot extract picture: it is over 1 MiB");
    }
    if (this.#writer === undefined) {
      // A guess by the first frame; what it misses by is corrected when the segment is whole.
      const frames = Math.min(SEGMENT_FRAMES, timeline.count - this.nextFrame);
      this.#reserve(jpeg.length * frames);
      this.#writer = await SegmentWriter.open(folder, segmentOf(this.nextFrame));
    }
    await this.#writer.append(jpeg, timeline.ptsMs[this.nextFrame]);
    this.nextFrame++;
    if (this.nextFrame % SEGMENT_FRAMES === 0 || this.nextFrame === timeline.count) {
      const { segment } = this.#writer;
      shelf.add(folder, segment, await this.#writer.finish());
      // The guess that made room for it may have been too small.
      shelf.makeRoom(0, (it) => this.#parts.isPinned(it, "here"));
      this.#writer = undefined;
      if (this.#shouldYield()) throw parked();
    }
    this.#viewers.onProgress();
  }

  /**
   * Makes room for the next segment. What viewers are going to read stays, unless someone waits for this one now. An extraction that finds no
   * room ends well when nobody waits, else it fails.
   */
  #reserve(sizeBytes: number): void {
    const { shelf, isPinned } = this.#parts;
    if (shelf.makeRoom(sizeBytes, (segment) => isPinned(segment, "ahead"))) return;
    const waitedFor = [...this.#viewers.users].some(({ position }) =>
      segmentOf(position) === segmentOf(this.nextFrame)
    );
    if (!waitedFor) throw parked();
    if (shelf.makeRoom(sizeBytes, (segment) => isPinned(segment, "here"))) return;
    throw new MediaError(
      "cache-full",
      `Cannot extract pictures: the cache is full, its limit is ${shelf.quotaBytes} bytes`,
    );
  }

  #shouldYield(): boolean {
    if (this.#parts.ffmpeg === undefined || this.#parts.ffmpeg.waiting === 0) return false;
    const near = [...this.#viewers.users].some(({ position }) =>
      position <= this.nextFrame + SEGMENT_FRAMES && this.nextFrame - position < FAR_AHEAD_FRAMES
    );
    return !near;
  }

  /** Takes back the segment that is not whole. */
  async discard(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.discard();
  }
}

/** Ends an extraction that is not at fault: what it brought is kept, and it begins again when a viewer comes to what is missing. */
function parked(): MediaError {
  return new MediaError("parked", "Extraction ends early: others need its place");
}

/** Whether a failure has this code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof MediaError && error.code === code;
}

// Turns frames of a video file into JPEGs of one size, by one decode from its beginning.

/** Which frames of which file, how large, and who takes them. */
export interface ExtractionRequest {
  readonly inputPath: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Frames `[fromFrame, toFrame)` of the decode. Those before are decoded and thrown away: their numbers never depend on where one begins. */
  readonly fromFrame: number;
  readonly toFrame: number;
  /** ffmpeg's scale, 2 (best) to 31. */
  readonly quality: number;
  readonly timeLimitMs: number;
  /** Takes the next frame, in a buffer that is its own. Throwing ends the extraction. */
  readonly onFrame: (jpeg: Bytes) => Promise<void>;
}

/**
 * JPEG qualities, the best first. 5: 65 KB for a frame of 720p, 126 KB of 1080p. 20 is for pictures of noise, which at 5 pass the limit of
 * a frame: 906 KB for the worst 1080p. At 31 grain fits in 1440p too; noise that differs in each colour does not, with 1.1 MB.
 */
const QUALITIES = [5, 20, 31];

/** Resolves when ffmpeg ended, perhaps with fewer frames than asked for. Throws what `onFrame` and `Ffmpeg.run` throw. */
async function extractFrames(
  ffmpeg: Ffmpeg,
  request: ExtractionRequest,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const parser = new MpjpegParser();
  await ffmpeg.run({
    inputPath: request.inputPath,
    outputArgs: [
      // `passthrough`: no frame is doubled or left out to reach a rate.
      ...["-map", "0:V:0", "-vsync", "passthrough", "-vf", filters(request)],
      ...["-frames:v", String(request.toFrame - request.fromFrame)],
      // Optimal Huffman tables: 7 to 9 % smaller for 8 to 10 % more time.
      ...["-c:v", "mjpeg", "-q:v", String(request.quality), "-huffman", "optimal"],
      ...["-f", "mpjpeg", "-"],
    ],
    timeLimitMs: request.timeLimitMs,
    onOutput: async (piece) => {
      for (const jpeg of parser.push(piece)) await request.onFrame(jpeg);
    },
  }, options);
}

/**
 * The picture comes rotated as the file says. A JPEG has the colour matrix of BT.601 at full range (JFIF 1.02), whatever the video has;
 * without being told, ffmpeg keeps the video's and HD films come out with wrong greens. Without `accurate_rnd`, 4.1 converts it
 * only half (measured: 41,182,70 for 32,192,64).
 */
function filters(request: ExtractionRequest): string {
  const { widthPx, heightPx, fromFrame } = request;
  const select = fromFrame === 0 ? [] : [`select=gte(n\\,${fromFrame})`];
  const scale =
    `scale=${widthPx}:${heightPx}:flags=bicubic+accurate_rnd:out_color_matrix=bt601:out_range=full`;
  return [...select, scale, "setsar=1", "format=yuvj420p"].join(",");
}
