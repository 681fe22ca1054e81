/** One rendition of one file in the frame store: which of its frames are there, and the extractions that bring the others. */

import { anySignal } from "../base/scope.ts";
import type { Bytes } from "../base/bytes.ts";
import { describeError, MediaError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { Scope } from "../base/scope.ts";
import { extractFrames, NOISE_QUALITY, QUALITY } from "./extraction.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { JPEG_MAX_BYTES, SEGMENT_FRAMES } from "./media_limits.ts";
import { SegmentFile, segmentOf, SegmentWriter } from "./segment_file.ts";
import type { SegmentShelf, ShelvedSegment } from "./segment_shelf.ts";
import { decodeTimeLimitMs } from "./timeline_scan.ts";
import type { Timeline } from "./timeline.ts";

const log = logger("media", "extraction");

/** An extraction that is so far ahead of its viewers gives its slot to one that waits: 43 s at 24 a second. */
const FAR_AHEAD_FRAMES = 16 * SEGMENT_FRAMES;
/** The reason with which an extraction that nobody waits for is ended. */
const UNWANTED = new DOMException("Nobody waits for this extraction", "AbortError");

/** Segments that a viewer is reading, or also all that he is going to read. */
export type Reach = "here" | "ahead";

/** What a cache needs of the store. */
export interface CacheParts {
  /** Where its segments lie. */
  readonly folder: string;
  readonly inputPath: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly timeline: Timeline;
  readonly ffmpeg: Ffmpeg | undefined;
  readonly shelf: SegmentShelf;
  readonly scope: Scope;
  /** Whether a segment of any rendition should stay for a viewer of this reach. */
  readonly isPinned: (segment: ShelvedSegment, reach: Reach) => boolean;
  /** The file does not have the frames that its timeline says. */
  readonly onMismatch: () => Promise<void>;
}

/** A viewer of the cache. */
export interface CacheUser {
  /** The frame it is at. */
  readonly position: number;
  readonly toFrame: number;
}

/** One decode that brings `[nextFrame, toFrame)`, in order. */
interface Job {
  nextFrame: number;
  readonly toFrame: number;
  quality: number;
  writer: SegmentWriter | undefined;
  readonly stop: AbortController;
  failure?: { readonly error: unknown };
}

/** Shared by all viewers of the rendition, so that each frame is extracted once. */
export class RenditionCache {
  readonly parts: CacheParts;
  readonly users = new Set<CacheUser>();
  readonly #jobs = new Set<Job>();
  readonly #wakers = new Set<() => void>();

  constructor(parts: CacheParts) {
    this.parts = parts;
  }

  /** No viewer and no extraction: the cache can be forgotten (its segments stay). */
  get idle(): boolean {
    return this.users.size === 0 && this.#jobs.size === 0;
  }

  /** Opens the segment of a frame if the frame can be read now. The caller closes it. */
  open(frame: number): SegmentFile | undefined {
    const { folder, shelf } = this.parts;
    const segment = segmentOf(frame);
    for (const { writer } of this.#jobs) {
      if (writer?.segment === segment && writer.records.length > frame % SEGMENT_FRAMES) {
        return SegmentFile.follow(writer);
      }
    }
    if (!shelf.has(folder, segment)) return undefined;
    const file = SegmentFile.open(folder, segment);
    const expected = Math.min(SEGMENT_FRAMES, this.parts.timeline.count - segment * SEGMENT_FRAMES);
    if (file?.count === expected) {
      shelf.touch(folder, segment);
      return file;
    }
    file?.[Symbol.dispose]();
    this.forget(segment);
    return undefined;
  }

  /** Takes away a segment that was found damaged, so that it is extracted again. */
  forget(segment: number): void {
    log.warn("segment damaged", { segment });
    this.parts.shelf.remove(this.parts.folder, segment);
  }

  /**
   * Resolves when the frame can be read; begins an extraction when none is about to bring it, which goes on to `toFrame`.
   * Throws what ended that extraction, or the signal's reason.
   */
  async waitFor(frame: number, toFrame: number, signal: AbortSignal | undefined): Promise<void> {
    while (!this.#has(frame)) {
      signal?.throwIfAborted();
      const job = this.#jobFor(frame) ?? this.#start(frame, toFrame);
      await this.#progress(signal);
      if (job.failure !== undefined && !this.#has(frame)) throw job.failure.error;
    }
  }

  /** Begins an extraction for the first frame of `[fromFrame, toFrame)` that is missing, if none is about to bring it. */
  prefetch(fromFrame: number, toFrame: number, endFrame: number): void {
    if (this.parts.ffmpeg === undefined) return;
    for (let frame = fromFrame; frame < toFrame; frame += SEGMENT_FRAMES) {
      if (this.#has(frame)) continue;
      if (this.#jobFor(frame) === undefined) this.#start(frame, endFrame);
      return;
    }
  }

  /** A viewer left. Extractions that nobody waits for end. */
  leave(user: CacheUser): void {
    this.users.delete(user);
    if (this.users.size > 0) return;
    for (const job of this.#jobs) job.stop.abort(UNWANTED);
  }

  /** Whether a viewer of this rendition has the segment in his reach. */
  pins(segment: number, reach: Reach): boolean {
    const first = segment * SEGMENT_FRAMES;
    for (const { position, toFrame } of this.users) {
      const here = segmentOf(position);
      if (segment === here) return true;
      if (reach === "ahead" && segment > here && first < toFrame) return true;
    }
    return false;
  }

  #has(frame: number): boolean {
    const segment = segmentOf(frame);
    if (this.parts.shelf.has(this.parts.folder, segment)) return true;
    return [...this.#jobs].some(({ writer }) =>
      writer?.segment === segment && writer.records.length > frame % SEGMENT_FRAMES
    );
  }

  #jobFor(frame: number): Job | undefined {
    return [...this.#jobs].find((job) =>
      !job.stop.signal.aborted && frame >= job.nextFrame && frame < job.toFrame
    );
  }

  #start(frame: number, wantedEnd: number): Job {
    const { count } = this.parts.timeline;
    const fromFrame = segmentOf(frame) * SEGMENT_FRAMES;
    let toFrame = fromFrame + SEGMENT_FRAMES;
    // Up to what is wanted, or what is there already or about to come.
    while (toFrame < wantedEnd && !this.#has(toFrame) && this.#jobFor(toFrame) === undefined) {
      toFrame += SEGMENT_FRAMES;
    }
    const job: Job = {
      nextFrame: fromFrame,
      toFrame: Math.min(toFrame, count),
      quality: QUALITY,
      writer: undefined,
      stop: new AbortController(),
    };
    this.#jobs.add(job);
    this.parts.scope.run("extraction", (signal) => this.#run(job, signal));
    return job;
  }

  /** Never throws: a failure is the business of those who wait for the frames. */
  async #run(job: Job, closing: AbortSignal): Promise<void> {
    const signal = anySignal(closing, job.stop.signal);
    try {
      await this.#extract(job, signal);
      if (job.nextFrame < job.toFrame) await this.#reportMismatch();
    } catch (error) {
      if (error === UNWANTED || isCode(error, "parked")) return;
      job.failure = { error };
      if (!signal.aborted) log.warn("extraction failed", { reason: describeError(error) });
    } finally {
      job.stop.abort(UNWANTED);
      await this.#discard(job);
      this.#jobs.delete(job);
      this.#wake();
    }
  }

  async #extract(job: Job, signal: AbortSignal): Promise<void> {
    try {
      await this.#decode(job, signal);
    } catch (error) {
      if (!isCode(error, "frame-too-large") || job.quality !== QUALITY) throw error;
      // The segment starts again, since its frames are numbered from its first.
      await this.#discard(job);
      job.nextFrame = segmentOf(job.nextFrame) * SEGMENT_FRAMES;
      job.quality = NOISE_QUALITY;
      await this.#decode(job, signal);
    }
  }

  #decode(job: Job, signal: AbortSignal): Promise<void> {
    const { ffmpeg, inputPath, widthPx, heightPx, timeline } = this.parts;
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot extract pictures: there is no ffmpeg");
    }
    const { nextFrame: fromFrame, toFrame, quality } = job;
    return extractFrames(ffmpeg, {
      ...{ inputPath, widthPx, heightPx, fromFrame, toFrame, quality },
      timeLimitMs: decodeTimeLimitMs(timeline.durationMs),
      onFrame: (jpeg) => this.#take(job, jpeg),
    }, { signal });
  }

  async #take(job: Job, jpeg: Bytes): Promise<void> {
    const { folder, shelf, timeline } = this.parts;
    if (job.nextFrame >= job.toFrame) return;
    if (jpeg.length > JPEG_MAX_BYTES) {
      throw new MediaError("frame-too-large", "Cannot extract picture: it is over 1 MiB");
    }
    if (job.writer === undefined) {
      // A guess by the first frame; what it misses by is corrected when the segment is whole.
      const frames = Math.min(SEGMENT_FRAMES, timeline.count - job.nextFrame);
      this.#reserve(job, jpeg.length * frames);
      job.writer = await SegmentWriter.open(folder, segmentOf(job.nextFrame));
    }
    await job.writer.append(jpeg, timeline.ptsMs[job.nextFrame]);
    job.nextFrame++;
    if (job.nextFrame % SEGMENT_FRAMES === 0 || job.nextFrame === timeline.count) {
      const { segment } = job.writer;
      shelf.add(folder, segment, await job.writer.finish());
      // The guess that made room for it may have been too small.
      shelf.makeRoom(0, (it) => this.parts.isPinned(it, "here"));
      job.writer = undefined;
      if (this.#shouldYield(job)) throw parked();
    }
    this.#wake();
  }

  /**
   * Makes room for the next segment. What viewers are going to read stays, unless someone waits for this one now. An extraction that finds no
   * room ends well when nobody waits, else it fails.
   */
  #reserve(job: Job, sizeBytes: number): void {
    const { shelf, isPinned } = this.parts;
    if (shelf.makeRoom(sizeBytes, (segment) => isPinned(segment, "ahead"))) return;
    const waitedFor = [...this.users].some(({ position }) =>
      segmentOf(position) === segmentOf(job.nextFrame)
    );
    if (!waitedFor) throw parked();
    if (shelf.makeRoom(sizeBytes, (segment) => isPinned(segment, "here"))) return;
    throw new MediaError(
      "cache-full",
      `Cannot extract pictures: the cache is full, its limit is ${shelf.quotaBytes} bytes`,
    );
  }

  #shouldYield(job: Job): boolean {
    if (this.parts.ffmpeg === undefined || this.parts.ffmpeg.waiting === 0) return false;
    const near = [...this.users].some(({ position }) =>
      position <= job.nextFrame + SEGMENT_FRAMES && job.nextFrame - position < FAR_AHEAD_FRAMES
    );
    return !near;
  }

  async #discard(job: Job): Promise<void> {
    const writer = job.writer;
    job.writer = undefined;
    await writer?.discard();
  }

  async #reportMismatch(): Promise<never> {
    await this.parts.onMismatch();
    throw new MediaError(
      "frame-missing",
      "Cannot extract pictures: the video has fewer than before",
    );
  }

  #progress(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", wake);
        this.#wakers.delete(wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}

/** Ends an extraction that is not at fault: what it brought is kept, and it begins again when a viewer comes to what is missing. */
function parked(): MediaError {
  return new MediaError("parked", "Extraction ends early: others need its place");
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof MediaError && error.code === code;
}
