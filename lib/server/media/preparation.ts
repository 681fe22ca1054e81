/** Makes videos ready before anybody watches them: counts those that were never counted, extracts those that it is asked to. */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { FrameStore } from "../../media/frames/frame_store.ts";
import {
  partLength,
  type PlannedMode,
  type PlanPart,
  planParts,
} from "../../media/library/rendition_plan.ts";
import { bestSource, renditionFile } from "../../media/library/renditions.ts";
import type { ScannedVideo } from "../../media/library/video_scan.ts";
import { type RenditionName, RENDITIONS } from "../../protocol/hop/video.ts";

const log = logger("server", "library");

/** A file that has not changed for so long is all there. */
const QUIET_MS = 2_000;

/** What is to be prepared: a video as it is watched in this mode. */
interface Wanted {
  readonly video: ScannedVideo;
  readonly mode: PlannedMode;
}

/** One for a library. */
export class Preparation {
  readonly #frames: FrameStore;
  readonly #wanted: Wanted[] = [];
  readonly #wakeup = new Wakeup();
  #hasChanged = true;
  #isCopying = false;
  #current: { readonly name: string; readonly done: number; readonly total: number } | undefined;

  constructor(frames: FrameStore) {
    this.#frames = frames;
  }

  /** Prepares it once all that was asked for before is prepared. */
  want(video: ScannedVideo, mode: PlannedMode): void {
    this.#wanted.push({ video, mode });
    this.#wakeup.wake();
  }

  /** How far a video is, of a hundred; undefined when it is not to be prepared. */
  progressOf(name: string): number | undefined {
    if (this.#current?.name === name) {
      const { done, total } = this.#current;
      return Math.min(99, Math.floor(100 * done / Math.max(1, total)));
    }
    return this.#wanted.some(({ video }) => video.name === name) ? 0 : undefined;
  }

  /** Works until the signal aborts. `scan` never fails. */
  async run(
    scan: () => Promise<readonly ScannedVideo[]>,
    { folder, clock, signal }: {
      readonly folder: string;
      readonly clock: Clock;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    await using scope = new Scope(signal);
    scope.run("watch", (stop) => this.#watch(folder, stop));
    for (;;) {
      signal.throwIfAborted();
      const wanted = this.#wanted[0];
      if (wanted !== undefined) {
        await this.#attempt(() => this.#prepare(wanted, signal), signal);
        this.#current = undefined;
        this.#wanted.shift();
      } else if (this.#hasChanged) {
        // What is being copied changes many times a second.
        await this.#quiet(clock, signal);
        await this.#count(await scan(), signal);
      } else await this.#wakeup.wait(signal);
    }
  }

  /** Waits until nothing has changed for a while. */
  async #quiet(clock: Clock, signal: AbortSignal): Promise<void> {
    this.#hasChanged = false;
    while (this.#isCopying) {
      this.#isCopying = false;
      await clock.sleep(QUIET_MS, { signal });
    }
  }

  /** Files that come or change are counted. Where folders cannot be watched, or there is none yet, they are counted when somebody watches. */
  async #watch(folder: string, signal: AbortSignal): Promise<void> {
    let watcher: Deno.FsWatcher;
    try {
      watcher = Deno.watchFs(folder);
    } catch (error) {
      log.info("folder of videos is not watched", { reason: describeError(error) });
      return;
    }
    const close = () => watcher.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    for await (const { kind } of watcher) {
      if (kind === "access") continue;
      this.#hasChanged = this.#isCopying = true;
      this.#wakeup.wake();
    }
  }

  async #count(videos: readonly ScannedVideo[], signal: AbortSignal): Promise<void> {
    for (const video of videos) {
      for (const rendition of RENDITIONS) {
        // Somebody waits for more than this.
        if (this.#wanted.length > 0 || this.#hasChanged) {
          this.#hasChanged = true;
          return;
        }
        const file = renditionFile(video, rendition);
        const count = () => this.#frames.facts.timeline(file, { signal, isAhead: true });
        await this.#attempt(count, signal);
      }
      await this.#attempt(() => this.#frames.posters.poster(bestSource(video), undefined), signal);
    }
  }

  async #prepare({ video, mode }: Wanted, signal: AbortSignal): Promise<void> {
    const counts = new Map<RenditionName, number>();
    for (const rendition of RENDITIONS) {
      const { count } = await this.#frames.facts.timeline(renditionFile(video, rendition), {
        signal,
      });
      counts.set(rendition, count);
    }
    const parts = planParts(mode, (rendition) => counts.get(rendition) ?? 0);
    const total = parts.reduce((sum, part) => sum + partLength(part), 0);
    let before = 0;
    for (const part of parts) {
      await this.#frames.prepare(renditionFile(video, part.rendition), part.rendition, {
        ...rangeOf(part),
        signal,
        onProgress: (done) => {
          this.#current = { name: video.name, done: before + done, total };
        },
      });
      before += partLength(part);
    }
    log.info("video prepared", { frames: total });
  }

  /** What fails is told to whoever watches it. */
  async #attempt(work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) throw error;
      log.debug("not prepared", { reason: describeError(error) });
    }
  }
}

function rangeOf({ fromFrame, toFrame }: PlanPart) {
  return { fromFrame, toFrame };
}
