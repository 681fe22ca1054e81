/** One decode that brings frames of a rendition into the store, segment by segment. */

import type { Bytes } from "../base/bytes.ts";
import { MediaError } from "../base/errors.ts";
import { extractFrames, NOISE_QUALITY, QUALITY } from "./extraction.ts";
import { JPEG_MAX_BYTES, SEGMENT_FRAMES } from "./media_limits.ts";
import type { CacheParts, CacheUser } from "./rendition_parts.ts";
import { SegmentFile, segmentOf, SegmentWriter } from "./segment_file.ts";
import { decodeTimeLimitMs } from "./timeline_scan.ts";

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
  nextFrame: number;
  readonly toFrame: number;
  readonly stop = new AbortController();
  failure?: { readonly error: unknown };
  #quality = QUALITY;
  #writer: SegmentWriter | undefined;

  constructor(
    private readonly parts: CacheParts,
    private readonly viewers: JobViewers,
    range: { readonly fromFrame: number; readonly toFrame: number },
  ) {
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
    try {
      await this.#decode(signal);
    } catch (error) {
      if (!isCode(error, "frame-too-large") || this.#quality !== QUALITY) throw error;
      // The segment starts again, since its frames are numbered from its first.
      await this.discard();
      this.nextFrame = segmentOf(this.nextFrame) * SEGMENT_FRAMES;
      this.#quality = NOISE_QUALITY;
      await this.#decode(signal);
    }
  }

  #decode(signal: AbortSignal): Promise<void> {
    const { ffmpeg, inputPath, widthPx, heightPx, timeline } = this.parts;
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot extract pictures: there is no ffmpeg");
    }
    const { nextFrame: fromFrame, toFrame } = this;
    const quality = this.#quality;
    return extractFrames(ffmpeg, {
      ...{ inputPath, widthPx, heightPx, fromFrame, toFrame, quality },
      timeLimitMs: decodeTimeLimitMs(timeline.durationMs),
      onFrame: (jpeg) => this.#take(jpeg),
    }, { signal });
  }

  async #take(jpeg: Bytes): Promise<void> {
    const { folder, shelf, timeline } = this.parts;
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
      shelf.makeRoom(0, (it) => this.parts.isPinned(it, "here"));
      this.#writer = undefined;
      if (this.#shouldYield()) throw parked();
    }
    this.viewers.onProgress();
  }

  /**
   * Makes room for the next segment. What viewers are going to read stays, unless someone waits for this one now. An extraction that finds no
   * room ends well when nobody waits, else it fails.
   */
  #reserve(sizeBytes: number): void {
    const { shelf, isPinned } = this.parts;
    if (shelf.makeRoom(sizeBytes, (segment) => isPinned(segment, "ahead"))) return;
    const waitedFor = [...this.viewers.users].some(({ position }) =>
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
    if (this.parts.ffmpeg === undefined || this.parts.ffmpeg.waiting === 0) return false;
    const near = [...this.viewers.users].some(({ position }) =>
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
