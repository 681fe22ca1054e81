/** A video of the library that is being watched: its frames in the order of the stream. */

import type { Bytes } from "../base/bytes.ts";
import { MediaError } from "../base/errors.ts";
import type { FrameStore } from "../media/frame_store.ts";
import { planRenditions, RenditionPlan } from "../media/rendition_plan.ts";
import type { RenditionReader } from "../media/rendition_reader.ts";
import { renditionFile } from "../media/renditions.ts";
import type { Timeline } from "../media/timeline.ts";
import type { ScannedVideo } from "../media/video_scan.ts";
import type { RenditionName, VideoMode } from "../protocol/hop/video.ts";

/** One frame of a stream, as it is sent. */
export interface StreamFrame {
  readonly rendition: RenditionName;
  /** Place in its own rendition. */
  readonly source: number;
  readonly ptsMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Bytes;
}

/** The frames of one video in one mode. Whoever opened it closes it. */
export class OpenedVideo implements Disposable {
  readonly name: string;
  readonly plan: RenditionPlan;
  readonly #readers: ReadonlyMap<RenditionName, RenditionReader>;

  constructor(
    name: string,
    plan: RenditionPlan,
    readers: ReadonlyMap<RenditionName, RenditionReader>,
  ) {
    this.name = name;
    this.plan = plan;
    this.#readers = readers;
  }

  get total(): number {
    return this.plan.total;
  }

  get durationMs(): number {
    return this.plan.durationMs;
  }

  /** Frame `index` of the stream, as soon as it is extracted. Throws MediaError, or the signal's reason. */
  async read(index: number, options: { signal: AbortSignal }): Promise<StreamFrame> {
    const planned = this.plan.frame(index);
    const reader = planned && this.#readers.get(planned.rendition);
    if (planned === undefined || reader === undefined) {
      throw new MediaError("frame-missing", `Cannot read frame ${index}: there are ${this.total}`);
    }
    const { jpeg } = await reader.read(planned.frame, options);
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
    for (const reader of this.#readers.values()) reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Opens the frames of a video in one mode. The caller closes it. Throws MediaError. */
export async function openVideo(
  frames: FrameStore,
  video: ScannedVideo,
  mode: VideoMode,
): Promise<OpenedVideo> {
  const timelines: Partial<Record<RenditionName, Timeline>> = {};
  for (const rendition of planRenditions(mode)) {
    timelines[rendition] = await frames.timeline(renditionFile(video, rendition));
  }
  const plan = new RenditionPlan(mode, timelines);
  const readers = new Map<RenditionName, RenditionReader>();
  try {
    for (const { rendition, fromFrame, toFrame } of plan.parts) {
      const file = renditionFile(video, rendition);
      readers.set(rendition, await frames.reader(file, rendition, { fromFrame, toFrame }));
    }
  } catch (error) {
    for (const reader of readers.values()) reader.close();
    throw error;
  }
  return new OpenedVideo(video.name, plan, readers);
}
