/** One decode that brings frames of a rendition into the store, segment by segment. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import { extractFrames, extractFramesFrom } from "./frame_extraction.ts";
import { JPEG_MAX_BYTES, SEGMENT_FRAMES } from "../picture/media_limits.ts";
import { seekStarts } from "../library/picture_index.ts";
import type { VideoFile } from "../library/renditions.ts";
import type { CacheParts, CacheUser } from "./rendition_parts.ts";
import { SegmentFile, segmentOf, SegmentWriter } from "../segments/segment_file.ts";

/** An extraction that is so far ahead of its viewers gives its slot to one that waits: 11 s at 24 a second. */
const FAR_AHEAD_FRAMES = 4 * SEGMENT_FRAMES;
/** Before this frame a decode from the beginning is there as soon. */
export const SEEK_FROM_FRAME = 2 * SEGMENT_FRAMES;

/** For whom it works. */
export interface JobViewers {
  readonly users: ReadonlySet<CacheUser>;
  /** One more frame can be read. */
  readonly onProgress: () => void;
  /** Decodes can begin at a keyframe. Set to false by the first file that gives other pictures then. */
  canSeek: boolean;
  /** The frame is there already. */
  readonly isThere: (frame: number) => boolean;
  /** It is far ahead of its viewers: what it began in the middle of can be brought whole beside it. */
  readonly onFarAhead: (job: ExtractionJob) => void;
}

/**
 * Brings `[nextFrame, toFrame)`, in order. Runs once. It may begin in the middle of a segment, where a viewer waits: what it brings of
 * that one can be read while the job goes on, and another job brings the segment as a whole.
 */
export class ExtractionJob {
  readonly #parts: CacheParts;
  readonly #viewers: JobViewers;
  readonly fromFrame: number;
  nextFrame: number;
  /** Nearer when what lies behind turns out to be there already. */
  toFrame: number;
  readonly stop = new AbortController();
  failure?: { readonly error: unknown };
  #writer: SegmentWriter | undefined;
  /** The end of the segment that it began in the middle of. */
  #headless: SegmentWriter | undefined;

  constructor(
    parts: CacheParts,
    viewers: JobViewers,
    range: { readonly fromFrame: number; readonly toFrame: number },
  ) {
    this.#parts = parts;
    this.#viewers = viewers;
    this.fromFrame = this.nextFrame = range.fromFrame;
    this.toFrame = range.toFrame;
  }

  /** Whether it is about to bring the frame: soon, where another decode could begin there at once. */
  brings(frame: number): boolean {
    if (this.stop.signal.aborted || frame < this.nextFrame || frame >= this.toFrame) return false;
    return !this.#viewers.canSeek || frame < this.nextFrame + FAR_AHEAD_FRAMES;
  }

  /** Whether it is about to bring all frames of the segment, or is at it. */
  bringsWhole(segment: number): boolean {
    const first = segment * SEGMENT_FRAMES;
    if (this.brings(first)) return true;
    return !this.stop.signal.aborted && this.#writer?.segment === segment && this.#writer.holds(0);
  }

  /** The segment of which it brought the end and not the beginning. */
  get headless(): number | undefined {
    return this.#headless?.segment;
  }

  /** Whether a viewer is where its frames are, or soon will be. One that decodes from the beginning costs too much to begin again. */
  get isWanted(): boolean {
    if (!this.#viewers.canSeek) return true;
    return [...this.#viewers.users].some(({ position }) =>
      position >= this.fromFrame - FAR_AHEAD_FRAMES && position < this.nextFrame + FAR_AHEAD_FRAMES
    );
  }

  /** Whether all its frames were taken. */
  get isComplete(): boolean {
    return this.nextFrame >= this.toFrame;
  }

  /** Whether the frame can be read already, in a segment that is not whole yet. */
  holds(frame: number): boolean {
    return this.#writerOf(frame) !== undefined;
  }

  /** The segment of a frame that it holds. The caller closes it. */
  follow(frame: number): SegmentFile | undefined {
    const writer = this.#writerOf(frame);
    return writer === undefined ? undefined : SegmentFile.follow(writer);
  }

  #writerOf(frame: number): SegmentWriter | undefined {
    return [this.#writer, this.#headless].find((writer) =>
      writer?.segment === segmentOf(frame) && writer.holds(frame % SEGMENT_FRAMES)
    );
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
        this.nextFrame = Math.max(this.fromFrame, segmentOf(this.nextFrame) * SEGMENT_FRAMES);
      }
    }
  }

  async #decode(quality: number, signal: AbortSignal): Promise<void> {
    const { ffmpeg, file, widthPx, heightPx, colours, timeline, index } = this.#parts;
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot extract pictures: there is no ffmpeg");
    }
    const request = () => ({
      ...{ inputPath: file.path, widthPx, heightPx, colours, quality },
      ...{ fromFrame: this.nextFrame, toFrame: this.toFrame },
      durationMs: timeline.durationMs,
      onFrame: (jpeg: Bytes) => this.#take(jpeg),
    });
    const seeks = this.#viewers.canSeek && this.nextFrame >= SEEK_FROM_FRAME;
    if (index !== undefined && seeks) {
      for (const fromMs of seekStarts(index, timeline.keyFrames, this.nextFrame)) {
        try {
          return await extractFramesFrom(ffmpeg, { ...request(), fromMs, index }, { signal });
        } catch (error) {
          // What it brought before that is right: the next one goes on behind it.
          if (!isCode(error, "seek-differs")) throw error;
        }
      }
      this.#viewers.canSeek = false;
    }
    await extractFrames(ffmpeg, request(), { signal });
  }

  async #take(jpeg: Bytes): Promise<void> {
    const { file, folder, timeline } = this.#parts;
    if (this.isComplete) return;
    if (jpeg.length > JPEG_MAX_BYTES) {
      throw new MediaError("frame-too-large", "Cannot extract picture: it is over 1 MiB");
    }
    if (this.#writer === undefined) {
      // A guess by the first frame; what it misses by is corrected when the segment is whole.
      const frames = Math.min(SEGMENT_FRAMES, timeline.count - this.nextFrame);
      this.#reserve(jpeg.length * frames);
      const firstPlace = this.nextFrame % SEGMENT_FRAMES;
      this.#writer = await SegmentWriter.open(folder, segmentOf(this.nextFrame), firstPlace);
    }
    await this.#writer.append(jpeg, timeline.ptsMs[this.nextFrame]);
    this.nextFrame++;
    if (this.nextFrame % SEGMENT_FRAMES === 0 || this.nextFrame === timeline.count) {
      // What another file of that name gave is not kept.
      await requireSame(file);
      await this.#finish(this.#writer);
      this.#viewers.onProgress();
      // Not sooner: it would take CPU from pictures that a viewer is about to reach.
      if (this.#headless !== undefined && this.#isFarAhead) this.#viewers.onFarAhead(this);
      if (!this.isComplete && this.#viewers.isThere(this.nextFrame)) {
        this.toFrame = this.nextFrame;
        throw parked();
      }
    }
    if (!this.isComplete && this.#shouldYield()) throw parked();
    this.#viewers.onProgress();
  }

  async #finish(writer: SegmentWriter): Promise<void> {
    const { folder, shelf } = this.#parts;
    if (writer.holds(0)) {
      shelf.add(folder, writer.segment, await writer.finish());
      // The guess that made room for it may have been too small.
      shelf.makeRoom(0, (it) => this.#parts.isPinned(it, "here"));
    } else {
      this.#headless = writer;
    }
    this.#writer = undefined;
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
    // Where a decode begins at the beginning, that is paid for again: it goes on to the end of a segment.
    if (!this.#viewers.canSeek && this.#writer !== undefined) return false;
    return this.#isFarAhead;
  }

  get #isFarAhead(): boolean {
    return ![...this.#viewers.users].some(({ position }) =>
      position <= this.nextFrame + SEGMENT_FRAMES && this.nextFrame - position < FAR_AHEAD_FRAMES
    );
  }

  /** Takes back the segments that are not whole. */
  async discard(): Promise<void> {
    const writers = [this.#writer, this.#headless];
    this.#writer = this.#headless = undefined;
    for (const writer of writers) await writer?.discard();
  }
}

/** Throws MediaError `video-gone` or `video-changed` when the file is not the one that was opened. */
export async function requireSame(file: VideoFile): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(file.path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MediaError("video-gone", "Cannot extract pictures: the file is gone");
  }
  if (info.size === file.sizeBytes && (info.mtime?.getTime() ?? 0) === file.modifiedMs) return;
  throw new MediaError("video-changed", "Cannot extract pictures: the file has changed");
}

/** Ends an extraction that is not at fault: what it brought is kept, and it begins again when a viewer comes to what is missing. */
function parked(): MediaError {
  return new MediaError("parked", "Extraction ends early: others need its place");
}

/** Whether a failure has this code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof MediaError && error.code === code;
}

/**
 * JPEG qualities, the best first. 5: 65 KB for a frame of 720p, 126 KB of 1080p. 20 is for pictures of noise, which at 5 pass the limit of
 * a frame: 906 KB for the worst 1080p. At 31 grain fits in 1440p too; noise that differs in each colour does not, with 1.1 MB.
 */
const QUALITIES = [5, 20, 31];
