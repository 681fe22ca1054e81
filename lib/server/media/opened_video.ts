/** A video of the library that is being watched: its frames in the order of the stream. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { FrameStore } from "../../media/frames/frame_store.ts";
import type { FirstTimeline } from "../../media/library/source_facts.ts";
import {
  partLength,
  type PlannedMode,
  type PlanPart,
  planRenditions,
  RenditionPlan,
} from "../../media/library/rendition_plan.ts";
import type { RenditionReader } from "../../media/frames/rendition_reader.ts";
import { renditionFile, renditionSize } from "../../media/library/renditions.ts";
import type { Timeline } from "../../media/library/timeline.ts";
import type { ScannedVideo } from "../../media/library/video_scan.ts";
import {
  MAX_FRAMES_PER_SECOND,
  type RenditionName,
  type RungLimit,
  type RungName,
  type VideoFormat,
} from "../../protocol/hop/video.ts";

/** One frame of a stream, as it is sent. */
export interface StreamFrame {
  readonly rendition: RungName;
  /** In mode `adaptive`: how it was chosen. */
  readonly choice?: { readonly every: number; readonly limit?: RungLimit };
  /** Place in its own rendition. */
  readonly source: number;
  readonly ptsMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Bytes;
}

/** What is played of which video. */
export interface OpenedPlan {
  readonly name: string;
  readonly plan: RenditionPlan;
  readonly format: VideoFormat;
  /** A file of it announces more than it holds. */
  readonly isCutShort: boolean;
}

/** The frames of one video in one mode. Whoever opened it closes it. */
export class OpenedVideo implements Disposable {
  readonly name: string;
  readonly plan: RenditionPlan;
  readonly format: VideoFormat;
  readonly isCutShort: boolean;
  readonly #open: (part: PlanPart, at: number) => Promise<RenditionReader>;
  readonly #readers = new Map<PlanPart, Promise<RenditionReader>>();
  readonly #opened = new Map<PlanPart, RenditionReader>();
  #closed = false;

  /** `open` opens the frames of one part, to be read from frame `at` on; its reader belongs to this. */
  constructor(
    { name, plan, format, isCutShort }: OpenedPlan,
    open: (part: PlanPart, at: number) => Promise<RenditionReader>,
  ) {
    this.name = name;
    this.plan = plan;
    this.format = format;
    this.isCutShort = isCutShort;
    this.#open = open;
  }

  get total(): number {
    return this.plan.total;
  }

  get durationMs(): number {
    return this.plan.durationMs;
  }

  /**
   * Frame `index` of the stream, as soon as it is extracted; valid until the next one is read. Throws MediaError, or the
   * signal's reason.
   */
  async read(index: number, options: { signal: AbortSignal }): Promise<StreamFrame> {
    const planned = this.plan.frame(index);
    const place = this.plan.parts.findIndex((part) =>
      part.rendition === planned?.rendition && part.fromFrame <= planned.frame &&
      planned.frame < part.toFrame
    );
    if (planned === undefined || place < 0) {
      throw new MediaError("frame-missing", `Cannot read frame ${index}: there are ${this.total}`);
    }
    this.#rest([this.plan.parts[place], this.plan.parts[place + 1]]);
    const reader = await this.#reader(this.plan.parts[place], planned.frame);
    const { jpeg } = await reader.read(planned.frame, options);
    this.#prepare(this.plan.parts[place + 1]);
    return {
      rendition: planned.rendition,
      source: planned.frame,
      ptsMs: planned.ptsMs,
      widthPx: reader.widthPx,
      heightPx: reader.heightPx,
      jpeg,
    };
  }

  close(): void {
    this.#closed = true;
    for (const reader of this.#readers.values()) closeWhenOpen(reader);
    this.#readers.clear();
    this.#opened.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #reader(part: PlanPart, at: number): Promise<RenditionReader> {
    const known = this.#readers.get(part);
    if (known !== undefined) return known;
    const reader = this.#open(part, at);
    this.#readers.set(part, reader);
    reader.then((opened) => this.#opened.set(part, opened), () => {});
    if (this.#closed) closeWhenOpen(reader);
    return reader;
  }

  /** Nothing is extracted for parts that were left by a seek. */
  #rest(kept: readonly PlanPart[]): void {
    for (const [part, reader] of this.#opened) if (!kept.includes(part)) reader.rest();
  }

  /** The part behind the one that plays is extracted meanwhile, but not before the first picture is there. */
  #prepare(part: PlanPart | undefined): void {
    if (part === undefined || this.#readers.has(part)) return;
    // Whoever reads from it sees the failure.
    this.#reader(part, part.fromFrame).catch(() => {});
  }
}

function closeWhenOpen(reader: Promise<RenditionReader>): void {
  // One that never opened has nothing to close.
  reader.then((opened) => opened.close(), () => {});
}

/** Opens the frames of a video in one mode. The caller closes it. Throws MediaError. */
export async function openVideo(
  frames: FrameStore,
  video: ScannedVideo,
  mode: PlannedMode,
): Promise<OpenedVideo> {
  const timelines: Partial<Record<RenditionName, Timeline>> = {};
  const firsts = new Map<RenditionName, FirstTimeline>();
  for (const rendition of planRenditions(mode)) {
    const file = renditionFile(video, rendition);
    // Which pictures are whole is what a decode says.
    if (mode === "keyframes") await frames.facts.timeline(file);
    const first = await frames.facts.firstTimeline(file);
    firsts.set(rendition, first);
    timelines[rendition] = first.timeline;
  }
  const plan = new RenditionPlan(mode, timelines);
  const isCutShort = Object.values(timelines).some(({ cutShort }) => cutShort);
  const format = await formatOf(frames, video, plan);
  return new OpenedVideo(
    { name: video.name, plan, format, isCutShort },
    ({ rendition, toFrame }, at) =>
      frames.reader(renditionFile(video, rendition), rendition, {
        fromFrame: at,
        toFrame,
        ...firstOf(firsts.get(rendition)),
        // Each frame is copied into its packets before the next one is read; a fresh buffer costs half of all.
        reuseBuffer: true,
      }),
  );
}

/** As an option of a reader. */
function firstOf(first: FirstTimeline | undefined): { readonly first?: FirstTimeline } {
  return first === undefined ? {} : { first };
}

async function formatOf(
  frames: FrameStore,
  video: ScannedVideo,
  { parts, total, durationMs }: RenditionPlan,
): Promise<VideoFormat> {
  const sized = parts.map(async (part) => {
    const { rendition } = part;
    const drawn = await frames.facts.watchable(renditionFile(video, rendition));
    return { rendition, frames: partLength(part), ...renditionSize(drawn, rendition) };
  });
  const framesPerSecond = averageRate(total, durationMs);
  return { codec: "jpeg", framesPerSecond, parts: await Promise.all(sized) };
}

/** Frames a second on average. A still picture lasts no time that could be measured: 0. */
export function averageRate(total: number, durationMs: number): number {
  const rate = durationMs > 0 ? Math.round(1e6 * total / durationMs) / 1000 : 0;
  return Math.min(rate, MAX_FRAMES_PER_SECOND);
}
