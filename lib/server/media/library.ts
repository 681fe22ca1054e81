/** The server's own videos: what may be watched, and the frames of a stream by its plan (row S4.15). */

import { type Clock, systemClock } from "../../base/clock.ts";
import { describeError, MediaError, Refusal, UsageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { FrameStore } from "../../media/frames/frame_store.ts";
import type { Poster } from "../../media/frames/poster.ts";
import { PROBE_PROBLEMS, type VideoFacts } from "../../media/ffmpeg/probe.ts";
import { planParts, planRenditions } from "../../media/library/rendition_plan.ts";
import { requireSame } from "../../media/frames/extraction_job.ts";
import { bestSource, renditionFile, type VideoFile } from "../../media/library/renditions.ts";
import { findVideo } from "../../media/library/video_name.ts";
import { type ScannedVideo, scanVideos } from "../../media/library/video_scan.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import {
  type RenditionName,
  RENDITIONS,
  VIDEO_LIST_PAGE,
  type VideoMode,
} from "../../protocol/hop/video.ts";
import { type AdaptiveVideo, openAdaptive } from "./adaptive_video.ts";
import { copyInto, moveInto, realVideo, targetOf } from "./added_video.ts";
import { type ArrivingVideo, ArrivingVideos, type ComingVideo } from "./arriving_videos.ts";
import { Film } from "./film.ts";
import { Preparation } from "./preparation.ts";
import { type OpenedVideo, openVideo } from "./opened_video.ts";
import { isFailureCode, refuse } from "../../protocol/failure.ts";
import { LIBRARY_MAX_BYTES } from "../../protocol/limits.ts";

const log = logger("server", "library");

type ListedVideo = ReplyFields<"video.list">["videos"][number];

/** The videos of one folder. It owns nothing: whoever opened the frame store closes it. */
export class Library {
  readonly folder: string;
  readonly #frames: FrameStore;
  /** False: only videos whose frames were extracted before can be watched. */
  readonly canExtract: boolean;
  readonly preparation: Preparation;
  /** What accounts add to it. */
  readonly arriving: ArrivingVideos;
  /** One begins after the other: of two that look for room together, both would find the same. */
  #beginning: Promise<unknown> = Promise.resolve();

  /** `folder` is scanned anew for each request, so that a file put there is there at once. */
  constructor(folder: string, frames: FrameStore, canExtract: boolean, clock: Clock = systemClock) {
    this.folder = folder;
    this.arriving = new ArrivingVideos(folder, clock);
    this.#frames = frames;
    this.canExtract = canExtract;
    this.preparation = new Preparation(frames);
  }

  /** The page of videos after number `after`. Their files are probed when they are listed first. */
  async list(after: number): Promise<{ videos: ListedVideo[]; more: boolean }> {
    const all = await scanVideos(this.folder);
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
   * Counts the frames of every video that was never counted, so that the first one who watches does not wait for it, and
   * prepares what it is asked to: now, and whenever files come or change. Until the signal aborts.
   */
  async prepareAhead(clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.canExtract) return;
    await this.preparation.run(() => this.#scanQuietly(), { folder: this.folder, clock, signal });
  }

  /** The video of that name or number. Throws Refusal `unknown-video`. */
  async find(asked: string): Promise<ScannedVideo> {
    const lookup = findVideo(await scanVideos(this.folder), asked);
    if (lookup.found) return lookup.video;
    const { suggestion } = lookup;
    const details = suggestion === undefined ? {} : { suggestion };
    throw refuse("unknown-video", "No such video on this server", details);
  }

  /**
   * Throws Refusal `unknown-video`, `media-refused` or `ffmpeg-missing`, and what `admit` throws, which is asked by the video's
   * name, and whether all its pictures are there, before it costs anything.
   */
  async open(
    asked: string,
    mode: VideoMode,
    admit: (video: { readonly name: string; readonly isReady: boolean }) => void,
  ): Promise<OpenedVideo | AdaptiveVideo> {
    const video = await this.find(asked);
    admit({ name: video.name, isReady: await this.#isExtracted(video, mode) });
    try {
      return mode === "adaptive"
        ? await openAdaptive(this.#frames, video)
        : await openVideo(this.#frames, video, mode);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      const { code, message } = mediaProblem(await faultOf(error, video));
      throw refuse(code, message);
    }
  }

  /**
   * A small picture of it: of the moment after so many tenths of its length, else the one that stands for it. Made once. Throws
   * Refusal `unknown-video`, `media-refused` or `ffmpeg-missing`.
   */
  async poster(asked: string, tenth: number | undefined): Promise<Poster> {
    const video = await this.find(asked);
    try {
      return await this.#frames.posters.poster(bestSource(video), tenth);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      const { code, message } = mediaProblem(error);
      throw refuse(code, message);
    }
  }

  /** What a video has beside its pictures. Throws Refusal `unknown-video` when it is gone. */
  async film(
    { name, durationMs }: { readonly name: string; readonly durationMs: number },
  ): Promise<Film> {
    const video = (await scanVideos(this.folder)).find((one) => one.name === name);
    if (video === undefined) throw refuse("unknown-video", "No such video on this server");
    return new Film(this.#frames, bestSource(video), durationMs);
  }

  /** Removes what was made of a file that is no longer there. */
  async forget(file: VideoFile): Promise<void> {
    await this.#frames.forget(file);
  }

  /**
   * Copies a file into the folder. `name` may be `collection/name`. Throws UsageError for a name or a file that is none of a
   * video, Refusal when it cannot be watched, or the disk does not have it.
   */
  async add(path: string, name: string): Promise<{ name: string; sizeBytes: number }> {
    const target = targetOf(path, name);
    const taken = (await this.#scanQuietly()).some((video) => video.name === name);
    if (taken) throw nameTaken(name);
    const file = await realVideo(path);
    const probe = this.canExtract ? await this.#frames.facts.probe(file) : undefined;
    if (probe?.ok === false) {
      throw new Refusal("media-refused", `Cannot add ${path}: ${PROBE_PROBLEMS[probe.problem]}`);
    }
    await copyInto(file.path, this.folder, target);
    return { name, sizeBytes: file.sizeBytes };
  }

  /**
   * A video that an account adds piece by piece, or goes on with; `finish` makes it one of the library. Throws Refusal `name-refused`,
   * `name-taken`, `storage-full`, `ffmpeg-missing`: nothing that nobody can look at is taken from others.
   */
  async receive(coming: ComingVideo): Promise<ArrivingVideo> {
    const { name, extension } = coming;
    if (!this.canExtract) {
      throw refuse("ffmpeg-missing", "This server cannot take videos (ffmpeg missing)");
    }
    try {
      targetOf(`${name}${extension}`, name);
    } catch (error) {
      if (error instanceof UsageError) throw refuse("name-refused", error.message);
      throw error;
    }
    const begun = this.#beginning.then(() => this.#begin(coming));
    this.#beginning = begun.catch(() => {});
    return await begun;
  }

  async #begin(coming: ComingVideo): Promise<ArrivingVideo> {
    const { name, sizeBytes } = coming;
    const all = await this.#scanQuietly();
    if (all.some((video) => video.name === name)) throw nameTaken(name);
    await this.arriving.removeOld();
    const heldBytes = all.reduce(
      (sum, video) => sum + video.sizeBytes,
      await this.arriving.heldBytes(coming),
    );
    if (heldBytes + sizeBytes > LIBRARY_MAX_BYTES) {
      throw refuse("storage-full", "The server has no room for more videos");
    }
    try {
      return await this.arriving.open(coming);
    } catch (error) {
      log.warn("video not taken", { reason: describeError(error) });
      throw refuse("storage-full", "The server cannot write into its folder of videos");
    }
  }

  /** Looks at it, and makes it one of the library. It is discarded either way. Throws Refusal. */
  async finish(video: ArrivingVideo): Promise<{ name: string; sizeBytes: number }> {
    const { name, extension, path, sizeBytes } = video;
    try {
      await video.settle();
      const taken = (await this.#scanQuietly()).some((one) => one.name === name);
      if (taken) throw nameTaken(name);
      const probe = await this.#frames.facts.probe(await realVideo(path));
      if (!probe.ok) {
        throw refuse("media-refused", `Cannot add it: ${PROBE_PROBLEMS[probe.problem]}`);
      }
      await moveInto(path, this.folder, targetOf(`${name}${extension}`, name));
      return { name, sizeBytes };
    } catch (error) {
      if (error instanceof Refusal && isFailureCode(error.code)) throw error;
      log.warn("video not added", { reason: describeError(error) });
      throw refuse("storage-full", "The server could not store it");
    } finally {
      await video.discard();
    }
  }

  /** Whether nothing has to be extracted for who watches it so. In mode `adaptive` nobody knows before. */
  async #isExtracted(video: ScannedVideo, mode: VideoMode): Promise<boolean> {
    if (mode === "adaptive") return false;
    const counts = new Map<RenditionName, number>();
    for (const rendition of planRenditions(mode)) {
      const head = await this.#frames.facts.timelineHead(renditionFile(video, rendition));
      if (head === undefined) return false;
      counts.set(rendition, head.count);
    }
    for (const part of planParts(mode, (rendition) => counts.get(rendition) ?? 0)) {
      const file = renditionFile(video, part.rendition);
      if (!await this.#frames.hasFrames(file, part.rendition, part)) return false;
    }
    return true;
  }

  async #scanQuietly(): Promise<readonly ScannedVideo[]> {
    try {
      return await scanVideos(this.folder);
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

  /** How far it is prepared, of a hundred; undefined while nobody does that. */
  async #progress(video: ScannedVideo, facts: VideoFacts): Promise<number | undefined> {
    const asked = this.preparation.progressOf(video.name);
    const counted = await this.#frames.facts.countedNow(bestSource(video));
    if (counted === undefined) return asked;
    const { durationMs = 0, ratePerSecond = 24 } = facts;
    const expected = Math.max(counted, durationMs / 1000 * ratePerSecond, 1);
    return Math.min(99, Math.floor(100 * counted / expected));
  }

  async #describe(video: ScannedVideo, number: number): Promise<ListedVideo> {
    const ready = await this.#ready(video);
    const isForThirds = ready.length === 0 && await this.#isExtracted(video, "thirds");
    const known = {
      ...{ number, name: video.name, ready, sizeBytes: video.sizeBytes },
      ...(isForThirds ? { readyModes: ["thirds" as const] } : {}),
    };
    try {
      const probe = await this.#frames.facts.probe(bestSource(video));
      if (!probe.ok) return { ...known, problem: PROBE_PROBLEMS[probe.problem] };
      const { widthPx, heightPx } = probe.facts;
      // What was counted is true, what the file announces may not be.
      const head = await this.#frames.facts.timelineHead(bestSource(video));
      const durationMs = head?.durationMs ?? probe.facts.durationMs;
      const preparing = await this.#progress(video, probe.facts);
      return {
        ...{ ...known, widthPx, heightPx },
        ...(durationMs === undefined ? {} : { durationMs }),
        ...(head?.cutShort === true ? { cutShort: true } : {}),
        ...(preparing === undefined ? {} : { preparing }),
      };
    } catch (error) {
      log.debug("probe failed", { reason: describeError(error) });
      return this.canExtract ? known : { ...known, problem: "needs ffmpeg" };
    }
  }
}

function nameTaken(name: string): Refusal {
  return refuse("name-taken", `There is a video called ${name} already`);
}

/** A film that went, or became another, while it was read is no damaged one. */
async function faultOf(error: MediaError, video: ScannedVideo): Promise<MediaError> {
  try {
    await requireSame(bestSource(video));
    return error;
  } catch (fault) {
    return fault instanceof MediaError ? fault : error;
  }
}

/** What went wrong, for who watches; other codes are said as they are. */
const PROBLEM_WORDS: Readonly<Record<string, string>> = {
  "video-gone": "its file is gone",
  "video-changed": "its file has changed: open it again",
  "video-undecodable": "none of its pictures can be decoded",
  "frame-missing": "its file has fewer pictures than were counted",
  "pictures-missing": "some of its pictures cannot be decoded: open it again",
  "frame-too-large": "one of its pictures is too large to be sent",
  "cache-full": "the server has no room for its pictures",
  "ffmpeg-killed": "ffmpeg was killed while it made the pictures",
  "ffmpeg-timeout": "ffmpeg took too long to make the pictures",
  "ffmpeg-stalled": "ffmpeg hangs on the server, and was ended",
  "ffmpeg-failed": "ffmpeg cannot be started on the server",
};

/** What a watcher is told of a video that cannot be watched; the path of the file is not theirs to know. */
export function mediaProblem(
  error: MediaError,
): { code: "ffmpeg-missing" | "media-refused"; message: string } {
  log.info("video refused", { code: error.code, reason: error.message });
  return error.code === "ffmpeg-missing"
    ? { code: error.code, message: "This server cannot prepare videos (ffmpeg missing)" }
    : {
      code: "media-refused",
      message: `This video cannot be watched: ${
        PROBLEM_WORDS[error.code] ?? error.code.replaceAll("-", " ")
      }`,
    };
}
