/** The server's own videos: what may be watched, and the frames of a stream by its plan (row S4.15). */

import { describeError, MediaError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { FrameStore } from "../media/frame_store.ts";
import { PROBE_PROBLEMS } from "../media/probe.ts";
import { planRenditions, RenditionPlan } from "../media/rendition_plan.ts";
import type { RenditionReader } from "../media/rendition_reader.ts";
import { bestSource, renditionFile } from "../media/renditions.ts";
import type { Timeline } from "../media/timeline.ts";
import { findVideo } from "../media/video_name.ts";
import { type ScannedVideo, scanVideos } from "../media/video_scan.ts";
import type { ReplyFields } from "../protocol/hop/mod.ts";
import { type RenditionName, VIDEO_LIST_PAGE, type VideoMode } from "../protocol/hop/video.ts";
import type { Bytes } from "../base/bytes.ts";
import { refuse } from "./router.ts";

const log = logger("server", "library");

type ListedVideo = ReplyFields<"video.list">["videos"][number];

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

export class Library {
  readonly #folder: string;
  readonly #frames: FrameStore;
  readonly #ffmpeg: Ffmpeg | undefined;

  /** `folder` is scanned anew for each request, so that a file put there is there at once. */
  constructor(folder: string, frames: FrameStore, ffmpeg: Ffmpeg | undefined) {
    this.#folder = folder;
    this.#frames = frames;
    this.#ffmpeg = ffmpeg;
  }

  /** False: only videos whose frames were extracted before can be watched. */
  get canExtract(): boolean {
    return this.#ffmpeg !== undefined;
  }

  /** The page of videos after number `after`. Their files are probed when they are listed first. */
  async list(after: number): Promise<{ videos: ListedVideo[]; more: boolean }> {
    const all = await scanVideos(this.#folder);
    const page = all.slice(after, after + VIDEO_LIST_PAGE);
    return {
      videos: await Promise.all(page.map((video, i) => this.#describe(video, after + i + 1))),
      more: after + page.length < all.length,
    };
  }

  /** Throws Refusal `unknown-video`, `media-refused` or `ffmpeg-missing`. */
  async open(asked: string, mode: VideoMode): Promise<OpenedVideo> {
    const lookup = findVideo(await scanVideos(this.#folder), asked);
    if (!lookup.found) {
      throw refuse(
        "unknown-video",
        "There is no such video here",
        lookup.suggestion === undefined ? {} : { suggestion: lookup.suggestion },
      );
    }
    try {
      return await this.#open(lookup.video, mode);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      const { code, message } = mediaProblem(error);
      throw refuse(code, message);
    }
  }

  async #open(video: ScannedVideo, mode: VideoMode): Promise<OpenedVideo> {
    const timelines: Partial<Record<RenditionName, Timeline>> = {};
    for (const rendition of planRenditions(mode)) {
      timelines[rendition] = await this.#frames.timeline(renditionFile(video, rendition));
    }
    const plan = new RenditionPlan(mode, timelines);
    const readers = new Map<RenditionName, RenditionReader>();
    try {
      for (const { rendition, fromFrame, toFrame } of plan.parts) {
        readers.set(
          rendition,
          await this.#frames.reader(renditionFile(video, rendition), rendition, {
            fromFrame,
            toFrame,
          }),
        );
      }
    } catch (error) {
      for (const reader of readers.values()) reader.close();
      throw error;
    }
    return new OpenedVideo(video.name, plan, readers);
  }

  async #describe(video: ScannedVideo, number: number): Promise<ListedVideo> {
    const known = {
      number,
      name: video.name,
      ready: [...video.readyRenditions],
      sizeBytes: video.sizeBytes,
    };
    try {
      const probe = await this.#frames.probe(bestSource(video));
      if (!probe.ok) return { ...known, problem: PROBE_PROBLEMS[probe.problem] };
      const { durationMs, widthPx, heightPx } = probe.facts;
      return {
        ...known,
        widthPx,
        heightPx,
        ...(durationMs === undefined ? {} : { durationMs }),
      };
    } catch (error) {
      log.debug("probe failed", { reason: describeError(error) });
      return this.canExtract ? known : { ...known, problem: "needs ffmpeg" };
    }
  }
}

/** What a watcher is told of a video that cannot be watched; the path of the file is not theirs to know. */
export function mediaProblem(
  error: MediaError,
): { code: "ffmpeg-missing" | "media-refused"; message: string } {
  log.info("video refused", { code: error.code, reason: error.message });
  return error.code === "ffmpeg-missing"
    ? { code: error.code, message: "This server cannot prepare videos (ffmpeg missing)" }
    : {
      code: "media-refused",
      message: `This video cannot be watched: ${error.code.replaceAll("-", " ")}`,
    };
}
