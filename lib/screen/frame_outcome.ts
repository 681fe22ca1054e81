/** What became of the frames, one by one and in sum. */

import type { FrameProblem, VideoFrame } from "./frame_painter.ts";

/** What became of one frame. */
export type FrameOutcome =
  & { readonly index: number; readonly ptsMs: number }
  & (
    /** The terminal has it. `roundTripMs` is undefined when it does not say so. */
    | {
      readonly result: "drawn";
      readonly drawnAtMs: number;
      readonly roundTripMs: number | undefined;
    }
    /** A newer one came before its turn, there is no room for it, or the screen was closed before the terminal had it. */
    | { readonly result: "dropped" }
    | { readonly result: "refused"; readonly problem: FrameProblem }
  );

/** Sums since the screen was opened. */
export interface ScreenStatistics {
  readonly drawn: number;
  readonly dropped: number;
  readonly refused: number;
  /** Bytes of the drawn pictures. */
  readonly pictureBytes: number;
  /** Moving averages; undefined before the first. */
  readonly paintMs: number | undefined;
  readonly roundTripMs: number | undefined;
}

/** A union without the fields that all frames have. */
type WithoutFrame<Outcome> = Outcome extends unknown ? Omit<Outcome, "index" | "ptsMs"> : never;

/** Keeps the count, and tells whoever wants to know of each frame. */
export class FrameTally {
  readonly #onFrame: ((outcome: FrameOutcome) => void) | undefined;
  #statistics: ScreenStatistics = {
    drawn: 0,
    dropped: 0,
    refused: 0,
    pictureBytes: 0,
    paintMs: undefined,
    roundTripMs: undefined,
  };

  constructor(onFrame: ((outcome: FrameOutcome) => void) | undefined) {
    this.#onFrame = onFrame;
  }

  get statistics(): ScreenStatistics {
    return this.#statistics;
  }

  painted(paintMs: number): void {
    this.#set({ paintMs: average(this.#statistics.paintMs, paintMs) });
  }

  drawn(
    frame: VideoFrame,
    facts: { sizeBytes: number; drawnAtMs: number; roundTripMs: number | undefined },
  ): void {
    const { drawn, pictureBytes, roundTripMs } = this.#statistics;
    this.#set({ drawn: drawn + 1, pictureBytes: pictureBytes + facts.sizeBytes });
    if (facts.roundTripMs !== undefined) {
      this.#set({ roundTripMs: average(roundTripMs, facts.roundTripMs) });
    }
    const { drawnAtMs } = facts;
    this.#report(frame, { result: "drawn", drawnAtMs, roundTripMs: facts.roundTripMs });
  }

  dropped(frame: VideoFrame): void {
    this.#set({ dropped: this.#statistics.dropped + 1 });
    this.#report(frame, { result: "dropped" });
  }

  refused(frame: VideoFrame, problem: FrameProblem): void {
    this.#set({ refused: this.#statistics.refused + 1 });
    this.#report(frame, { result: "refused", problem });
  }

  #set(changed: Partial<ScreenStatistics>): void {
    this.#statistics = { ...this.#statistics, ...changed };
  }

  #report({ index, ptsMs }: VideoFrame, outcome: WithoutFrame<FrameOutcome>): void {
    this.#onFrame?.({ index, ptsMs, ...outcome });
  }
}

/** Exponential, over about eight pictures. */
function average(before: number | undefined, value: number): number {
  return before === undefined ? value : before + (value - before) / 8;
}
