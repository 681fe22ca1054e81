/** Which rendition each frame of a stream comes from. Pure arithmetic; the order of frames here is the order of the stream. */

import { Bug, unreachable } from "../../base/errors.ts";
import type { RenditionName, VideoMode } from "../../protocol/hop/video.ts";
import type { Timeline } from "./timeline.ts";

/** Frames `[fromFrame, toFrame)` of one rendition. */
export interface PlanPart {
  readonly rendition: RenditionName;
  readonly fromFrame: number;
  readonly toFrame: number;
  /** Of these frames only those, ascending. Absent: all of them. */
  readonly chosen?: Uint32Array;
}

/** How many frames of the stream a part has. */
export function partLength({ fromFrame, toFrame, chosen }: PlanPart): number {
  return chosen?.length ?? toFrame - fromFrame;
}

/** Which frame of its rendition the part shows at a place of its own, from 0. */
function partFrame({ fromFrame, chosen }: PlanPart, place: number): number {
  return chosen?.[place] ?? fromFrame + place;
}

/** One frame of the stream: its place in its own rendition, and its time in the stream. */
export interface PlannedFrame {
  readonly rendition: RenditionName;
  /** Place of the frame in its rendition, from 0. */
  readonly frame: number;
  readonly ptsMs: number;
}

/** Modes whose frames are known before the first is sent. */
export type PlannedMode = Exclude<VideoMode, "adaptive">;

/** The renditions that a mode shows, in the order in which they are first shown. */
export function planRenditions(mode: PlannedMode): readonly RenditionName[] {
  switch (mode) {
    case "thirds":
      return ["240p", "720p", "1080p"];
    case "fixed:240p":
      return ["240p"];
    case "fixed:480p":
      return ["480p"];
    case "fixed:720p":
    case "keyframes":
      return ["720p"];
    case "fixed:1080p":
      return ["1080p"];
    case "fixed:1440p":
      return ["1440p"];
    default:
      return unreachable(mode);
  }
}

/**
 * The parts of a stream. `thirds` cuts on each rendition's own count (design §6): of renditions with N, M, K frames it takes `[0, ⌊N/3⌋)`
 * of 240p, `[⌊M/3⌋, ⌊2M/3⌋)` of 720p and `[⌊2K/3⌋, K)` of 1080p. Parts without a frame are left out.
 */
export function planParts(
  mode: PlannedMode,
  countOf: (rendition: RenditionName) => number,
): readonly PlanPart[] {
  const renditions = planRenditions(mode);
  const parts = renditions.map((rendition, i) => {
    const count = countOf(rendition);
    return {
      rendition,
      fromFrame: Math.floor(i * count / renditions.length),
      toFrame: Math.floor((i + 1) * count / renditions.length),
    };
  });
  return parts.filter((part) => part.fromFrame < part.toFrame);
}

/** A stream of frames from one or more renditions, with times that never go back. */
export class RenditionPlan {
  readonly parts: readonly PlanPart[];
  /** Frames of the whole stream. */
  readonly total: number;
  /** When the last frame is over. */
  readonly durationMs: number;
  /** Time of each frame in the stream; monotonic. Do not change it. */
  readonly ptsMs: Uint32Array;
  readonly #starts: readonly number[];

  /** `timelines` MUST hold the timeline of every rendition of the mode. */
  constructor(
    mode: PlannedMode,
    timelines: Readonly<Partial<Record<RenditionName, Timeline>>>,
  ) {
    const timelineOf = (rendition: RenditionName): Timeline => {
      const timeline = timelines[rendition];
      if (timeline === undefined) throw new Bug(`Cannot plan stream: no timeline of ${rendition}`);
      return timeline;
    };
    const parts = planParts(mode, (rendition) => timelineOf(rendition).count);
    this.parts = mode === "keyframes"
      ? parts.map((part) => ({ ...part, chosen: timelineOf(part.rendition).keyFrames }))
      : parts;
    const starts: number[] = [];
    let total = 0;
    for (const part of this.parts) {
      starts.push(total);
      total += partLength(part);
    }
    this.#starts = starts;
    this.total = total;
    this.ptsMs = new Uint32Array(total);
    // Each part keeps the times of its own file, so that story time goes on; a file that runs early waits for its predecessor.
    let latest = 0;
    let durationMs = 0;
    this.parts.forEach((part, p) => {
      const timeline = timelineOf(part.rendition);
      for (let place = 0; place < partLength(part); place++) {
        latest = Math.max(latest, timeline.ptsMs[partFrame(part, place)]);
        this.ptsMs[starts[p] + place] = latest;
      }
      durationMs = Math.max(latest, timeline.durationMs);
    });
    this.durationMs = durationMs;
  }

  /** Frame `index` of the stream, from 0; undefined outside of it. */
  frame(index: number): PlannedFrame | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.total) return undefined;
    let p = this.parts.length - 1;
    while (this.#starts[p] > index) p--;
    const part = this.parts[p];
    return {
      rendition: part.rendition,
      frame: partFrame(part, index - this.#starts[p]),
      ptsMs: this.ptsMs[index],
    };
  }
}
