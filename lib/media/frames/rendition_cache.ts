/** One rendition of one file in the frame store: which of its frames are there, and the extractions that bring the others. */

import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal } from "../../base/scope.ts";
import {
  ExtractionJob,
  isCode,
  type JobViewers,
  requireSame,
  SEEK_FROM_FRAME,
} from "./extraction_job.ts";
import { SEGMENT_FRAMES } from "../picture/media_limits.ts";
import type { CacheParts, CacheUser, Reach } from "./rendition_parts.ts";
import { SegmentFile, segmentOf } from "../segments/segment_file.ts";

const log = logger("media", "extraction");

/** The reason with which an extraction that nobody waits for is ended. */
const UNWANTED = new DOMException("Nobody waits for this extraction", "AbortError");

/** Shared by all viewers of the rendition, so that each frame is extracted once. */
export class RenditionCache {
  readonly users = new Set<CacheUser>();
  readonly #jobs = new Set<ExtractionJob>();
  readonly #wakers = new Set<() => void>();

  readonly #viewers: JobViewers;

  constructor(readonly parts: CacheParts) {
    this.#viewers = {
      users: this.users,
      onProgress: () => this.#wake(),
      canSeek: parts.index?.ticks.length === parts.timeline.count,
      isThere: (frame) => this.has(frame),
      onFarAhead: (job) => this.#startWhole(job),
    };
  }

  /** No viewer and no extraction: the cache can be forgotten (its segments stay). */
  get idle(): boolean {
    return this.users.size === 0 && this.#jobs.size === 0;
  }

  /** Opens the segment of a frame if the frame can be read now. The caller closes it. */
  open(frame: number): SegmentFile | undefined {
    const { folder, shelf } = this.parts;
    const segment = segmentOf(frame);
    for (const job of this.#jobs) {
      const followed = job.follow(frame);
      if (followed !== undefined) return followed;
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
    while (!this.has(frame)) {
      signal?.throwIfAborted();
      const job = this.#jobFor(frame) ?? this.#start(frame, toFrame);
      await this.#progress(signal);
      if (job.failure !== undefined && !this.has(frame)) throw job.failure.error;
    }
  }

  /** Resolves when the segment is kept as a whole. Throws as `waitFor`. */
  async waitForSegment(
    segment: number,
    toFrame: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { folder, shelf } = this.parts;
    while (!shelf.has(folder, segment)) {
      signal?.throwIfAborted();
      const job = [...this.#jobs].find((job) => job.bringsWhole(segment)) ??
        this.#start(segment * SEGMENT_FRAMES, toFrame);
      await this.#progress(signal);
      if (job.failure !== undefined && !shelf.has(folder, segment)) throw job.failure.error;
    }
  }

  /** Begins an extraction for the first frame of `[fromFrame, toFrame)` that is missing, if none is about to bring it. */
  prefetch(fromFrame: number, toFrame: number, endFrame: number): void {
    if (this.parts.ffmpeg === undefined) return;
    for (let frame = fromFrame; frame < toFrame; frame += SEGMENT_FRAMES) {
      if (this.has(frame)) continue;
      const from = frame === fromFrame ? frame : segmentOf(frame) * SEGMENT_FRAMES;
      if (this.#jobFor(frame) === undefined) this.#start(from, endFrame);
      return;
    }
  }

  /** A viewer left. Extractions that nobody waits for end. */
  leave(user: CacheUser): void {
    this.users.delete(user);
    if (this.users.size > 0) return;
    // One that has brought all its frames only gives the last segment its name.
    for (const job of this.#jobs) if (!job.isComplete) job.stop.abort(UNWANTED);
  }

  /** A viewer went elsewhere. Extractions that are near nobody any more end. */
  moved(): void {
    for (const job of this.#jobs) {
      if (!job.isComplete && !job.isWanted) job.stop.abort(UNWANTED);
    }
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

  /** Whether the frame can be read now. */
  has(frame: number): boolean {
    const segment = segmentOf(frame);
    if (this.parts.shelf.has(this.parts.folder, segment)) return true;
    return [...this.#jobs].some((job) => job.holds(frame));
  }

  #jobFor(frame: number): ExtractionJob | undefined {
    return [...this.#jobs].find((job) => job.brings(frame));
  }

  /**
   * Brings the segment whole that an extraction began in the middle of, so that who seeks back into it, or comes again, does not wait.
   * Undefined when it is there, or nobody is left.
   */
  #startWhole({ headless }: ExtractionJob): ExtractionJob | undefined {
    if (headless === undefined || this.users.size === 0) return undefined;
    if (this.parts.shelf.has(this.parts.folder, headless)) return undefined;
    const first = headless * SEGMENT_FRAMES;
    return [...this.#jobs].find((job) => job.bringsWhole(headless)) ??
      this.#start(first, first + SEGMENT_FRAMES);
  }

  #start(frame: number, wantedEnd: number): ExtractionJob {
    const { count } = this.parts.timeline;
    const first = segmentOf(frame) * SEGMENT_FRAMES;
    // Where a decode may begin at any keyframe, the picture that is waited for comes first. Who goes back in a segment goes on doing so.
    const isBack = [...this.#jobs].some((job) => job.headless === segmentOf(frame));
    const fromFrame = this.#viewers.canSeek && frame >= SEEK_FROM_FRAME && !isBack ? frame : first;
    let toFrame = first + SEGMENT_FRAMES;
    // Up to what is wanted, or what is there already or about to come.
    while (toFrame < wantedEnd && !this.has(toFrame) && this.#jobFor(toFrame) === undefined) {
      toFrame += SEGMENT_FRAMES;
    }
    const range = { fromFrame, toFrame: Math.min(toFrame, count) };
    const job = new ExtractionJob(this.parts, this.#viewers, range);
    this.#jobs.add(job);
    this.parts.scope.run("extraction", (signal) => this.#run(job, signal));
    return job;
  }

  /** Never throws: a failure is the business of those who wait for the frames. */
  async #run(job: ExtractionJob, closing: AbortSignal): Promise<void> {
    const signal = anySignal(closing, job.stop.signal);
    try {
      await this.#bring(job, signal);
      const whole = this.#startWhole(job);
      // Until that is there, this one holds the end.
      while (whole?.bringsWhole(job.headless ?? 0)) await this.#progress(signal);
    } catch (error) {
      if (error === UNWANTED) return;
      job.failure = { error };
      if (!signal.aborted) log.warn("extraction failed", { reason: describeError(error) });
    } finally {
      job.stop.abort(UNWANTED);
      await job.discard();
      this.#jobs.delete(job);
      this.#wake();
      this.parts.onEnded();
    }
  }

  async #bring(job: ExtractionJob, signal: AbortSignal): Promise<void> {
    try {
      await job.run(signal);
    } catch (error) {
      if (!isCode(error, "parked")) throw error;
      // Nobody waits for it while it waits for the segment that it holds the end of.
      job.stop.abort(UNWANTED);
      return;
    }
    if (job.nextFrame < job.toFrame) await this.#reportMismatch();
  }

  async #reportMismatch(): Promise<never> {
    await requireSame(this.parts.file);
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
