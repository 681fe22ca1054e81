/** One viewer's way to the frames of a rendition: reads what is there, waits for what is being extracted. */

import type { Bytes } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import type { RenditionCache } from "./rendition_cache.ts";
import type { CacheUser } from "./rendition_parts.ts";
import { SEGMENT_FRAMES } from "../picture/media_limits.ts";
import { type SegmentFile, segmentOf } from "../segments/segment_file.ts";
import type { Timeline } from "../library/timeline.ts";

/** A frame as the store keeps it. */
export interface StoredFrame {
  /** Place in its rendition, from 0. */
  readonly frame: number;
  readonly ptsMs: number;
  /** A baseline JPEG of the reader's size, at most 1 MiB. The caller's, unless the reader reuses its buffer. */
  readonly jpeg: Bytes;
}

/** How far ahead of the viewer frames are made ready: 11 s at 24 a second. */
const AHEAD_FRAMES = 4 * SEGMENT_FRAMES;

/** Whoever opened it closes it; extractions for frames that nobody waits for then end. */
export class RenditionReader implements CacheUser, Disposable {
  readonly #cache: RenditionCache;
  readonly #onClose: () => void;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly timeline: Timeline;
  /** The reader promises to read no frame from here on: the extraction stops there. */
  readonly toFrame: number;
  #position: number;
  #file: SegmentFile | undefined;
  /** Set when the reader reuses its buffer. */
  #shared: Bytes | undefined;
  #closed = false;

  constructor(
    cache: RenditionCache,
    range: {
      readonly fromFrame: number;
      readonly toFrame: number;
      /** Every frame comes in the same buffer, which the next read overwrites: four times as fast. */
      readonly reuseBuffer: boolean;
    },
    onClose: () => void,
  ) {
    this.#cache = cache;
    this.#onClose = onClose;
    this.widthPx = cache.parts.widthPx;
    this.heightPx = cache.parts.heightPx;
    this.timeline = cache.parts.timeline;
    this.toFrame = range.toFrame;
    this.#position = range.fromFrame;
    if (range.reuseBuffer) this.#shared = new Uint8Array(0);
    cache.users.add(this);
    cache.prefetch(range.fromFrame, Math.min(range.fromFrame + 1, range.toFrame), range.toFrame);
  }

  get position(): number {
    return this.#position;
  }

  /** The frame if it can be read without waiting. */
  readNow(frame: number): StoredFrame | undefined {
    this.#enter(frame);
    const place = frame % SEGMENT_FRAMES;
    const found = this.#file?.read(place, this.#bufferOf);
    if (found !== undefined) return { frame, ...found };
    if (this.#file !== undefined && place < this.#file.count && !this.#file.lacks(place)) {
      this.#cache.forget(this.#file.segment);
    }
    this.#leaveFile();
    this.#file = this.#cache.open(frame);
    const again = this.#file?.read(place, this.#bufferOf);
    return again === undefined ? undefined : { frame, ...again };
  }

  /**
   * The frame, as soon as it is extracted. Throws `MediaError` when it cannot be: "ffmpeg-missing", "ffmpeg-failed", "ffmpeg-timeout",
   * "ffmpeg-stalled", "cache-full", "frame-missing", "frame-too-large"; or the signal's reason.
   */
  async read(frame: number, options: { signal?: AbortSignal } = {}): Promise<StoredFrame> {
    for (;;) {
      const found = this.readNow(frame);
      if (found !== undefined) return found;
      await this.#cache.waitFor(frame, this.toFrame, options.signal);
    }
  }

  /** Whether these frames, the last one included, can be read without waiting. What is missing behind `frame` is made ready. */
  prepare(frame: number, lastFrame: number): boolean {
    this.#enter(frame);
    return this.#cache.has(frame) && this.#cache.has(lastFrame);
  }

  /** Waits until the frame's segment is kept whole, for whoever comes later. Throws as `read`. */
  async keep(frame: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#enter(frame);
    await this.#cache.waitForSegment(segmentOf(frame), this.toFrame, options.signal);
  }

  /** Wants nothing until it is read again: what was extracted for it alone ends. */
  rest(): void {
    this.#leaveFile();
    this.#cache.leave(this);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leaveFile();
    this.#cache.leave(this);
    this.#onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Notes where the viewer is; on entering a segment, has the next ones made ready. */
  #enter(frame: number): void {
    if (this.#closed || !Number.isInteger(frame) || frame < 0 || frame >= this.toFrame) {
      throw new UsageError(
        "frame-out-of-range",
        `Cannot read frame: ${frame} is not in [0, ${this.toFrame}) of an open reader`,
      );
    }
    this.#position = frame;
    this.#cache.users.add(this);
    const isIn = this.#file?.segment === segmentOf(frame);
    if (isIn && this.#file?.lacks(frame % SEGMENT_FRAMES) === false) return;
    this.#leaveFile();
    this.#file = this.#cache.open(frame);
    this.#cache.moved();
    this.#cache.prefetch(frame, Math.min(frame + AHEAD_FRAMES, this.toFrame), this.toFrame);
  }

  readonly #bufferOf = (lengthBytes: number): Bytes => {
    if (this.#shared === undefined) return new Uint8Array(lengthBytes);
    if (this.#shared.length < lengthBytes) this.#shared = new Uint8Array(2 * lengthBytes);
    return this.#shared.subarray(0, lengthBytes);
  };

  #leaveFile(): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }
}
