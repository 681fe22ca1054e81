/** The server's own videos: what may be watched, and the frames of a stream by its plan (row S4.15). */

import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { FrameStore } from "../../media/frame_store.ts";
import { PROBE_PROBLEMS } from "../../media/probe.ts";
import { bestSource, renditionFile } from "../../media/renditions.ts";
import { findVideo } from "../../media/video_name.ts";
import { type ScannedVideo, scanVideos } from "../../media/video_scan.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import {
  type RenditionName,
  RENDITIONS,
  VIDEO_LIST_PAGE,
  type VideoMode,
} from "../../protocol/hop/video.ts";
import { type AdaptiveVideo, openAdaptive } from "./adaptive_video.ts";
import { type OpenedVideo, openVideo } from "./opened_video.ts";
import { refuse } from "../../protocol/failure.ts";

const log = logger("server", "library");

type ListedVideo = ReplyFields<"video.list">["videos"][number];

/** The videos of one folder. It owns nothing: whoever opened the frame store closes it. */
export class Library {
  readonly #folder: string;
  readonly #frames: FrameStore;
  /** False: only videos whose frames were extracted before can be watched. */
  readonly canExtract: boolean;

  /** `folder` is scanned anew for each request, so that a file put there is there at once. */
  constructor(folder: string, frames: FrameStore, canExtract: boolean) {
    this.#folder = folder;
    this.#frames = frames;
    this.canExtract = canExtract;
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

  /** What pictures that were extracted have on the disk. */
  get frameBytes(): number {
    return this.#frames.usedBytes;
  }

  /**
   * Counts the frames of every video that was never counted, so that the first one who watches does not wait for it. What
   * cannot be counted is told when it is asked for.
   */
  async countAhead(signal: AbortSignal): Promise<void> {
    if (!this.canExtract) return;
    for (const video of await this.#scanQuietly()) {
      for (const rendition of RENDITIONS) {
        try {
          await this.#frames.timeline(renditionFile(video, rendition), { signal });
        } catch (error) {
          if (signal.aborted) throw error;
          log.debug("not counted", { reason: describeError(error) });
        }
      }
    }
  }

  /**
   * Throws Refusal `unknown-video`, `media-refused` or `ffmpeg-missing`, and what `admit` throws, which is asked by the video's
   * name before it costs anything.
   */
  async open(
    asked: string,
    mode: VideoMode,
    admit: (name: string) => void,
  ): Promise<OpenedVideo | AdaptiveVideo> {
    const lookup = findVideo(await scanVideos(this.#folder), asked);
    if (!lookup.found) {
      throw refuse(
        "unknown-video",
        "No such video on this server",
        lookup.suggestion === undefined ? {} : { suggestion: lookup.suggestion },
      );
    }
    admit(lookup.video.name);
    try {
      return mode === "adaptive"
        ? await openAdaptive(this.#frames, lookup.video)
        : await openVideo(this.#frames, lookup.video, mode);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      const { code, message } = mediaProblem(error);
      throw refuse(code, message);
    }
  }

  async #scanQuietly(): Promise<readonly ScannedVideo[]> {
    try {
      return await scanVideos(this.#folder);
    } catch (error) {
      log.warn("videos cannot be read", { reason: describeError(error) });
      return [];
    }
  }

  /** Files of their own, and what was extracted for those who watched before (row S4.11). */
  async #ready(video: ScannedVideo): Promise<RenditionName[]> {
    const ready: RenditionName[] = [];
    for (const rendition of RENDITIONS) {
      const isThere = video.readyRenditions.includes(rendition) ||
        await this.#frames.isExtracted(renditionFile(video, rendition), rendition);
      if (isThere) ready.push(rendition);
    }
    return ready;
  }

  async #describe(video: ScannedVideo, number: number): Promise<ListedVideo> {
    const known = {
      number,
      name: video.name,
      ready: await this.#ready(video),
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
