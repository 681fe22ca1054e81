/**
 * Shows a file of the host's own to a party: pauses, seeks and speeds are taken at the source, so what leaves is one stream of
 * pictures, each with the moment at which all who watch show it. Whoever watches needs the clock only (decision 0129).
 */

import type { Clock } from "../../base/clock.ts";
import { anySignal } from "../../base/scope.ts";
import type { CapturedFrame } from "../../media/live/capture.ts";
import type { BroadcasterOptions } from "../streams/broadcaster.ts";

type Capture = BroadcasterOptions["capture"];

/** Where the file is from a monotonic time on. */
export interface ProjectedPoint {
  readonly positionMs: number;
  readonly localMs: number;
  readonly rate: number;
  readonly isPaused: boolean;
}

/** A picture of the file, with when it is shown by the monotonic time here, and its place in the file. */
export interface ProjectedFrame extends CapturedFrame {
  readonly atMs: number;
  readonly filmMs: number;
}

/** What it is made of. */
export interface ProjectorOptions {
  readonly clock: Clock;
  /** Takes pictures of the file, from a place on. */
  readonly capture: Capture;
  /** So long before its moment a picture leaves. */
  readonly leadMs: number;
  /** Gets what leaves, for the host's own screen. */
  readonly onFrame: (frame: ProjectedFrame) => void;
  /** Somebody watches, and the first picture is taken. Called once. */
  readonly onBegun: () => void;
}

/** While it is paused the picture leaves so often: for who comes later, and so that nobody takes the silence for the end. */
const STILL_MS = 1_000;

const STEERED = new DOMException("The host has moved the video", "AbortError");
const TAKEN = new DOMException("The picture was taken", "AbortError");

/** Begins paused at the beginning of the file. Its `capture` is what the stream is sent from. */
export class Projector {
  readonly #options: ProjectorOptions;
  #point: ProjectedPoint;
  #steered = new AbortController();
  #isBegun = false;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    const localMs = options.clock.monotonicMs();
    this.#point = { positionMs: 0, localMs, rate: 1, isPaused: true };
  }

  get point(): ProjectedPoint {
    return this.#point;
  }

  /** The place in the file that is shown at a monotonic time. */
  positionAt(localMs: number): number {
    const { positionMs, localMs: fromMs, rate, isPaused } = this.#point;
    return isPaused ? positionMs : Math.max(0, positionMs + (localMs - fromMs) * rate);
  }

  /**
   * Changes what is shown from the next moment on for which no picture has left. Left out, the place goes on as it is. Returns
   * the point for the others.
   */
  steer(change: Partial<Omit<ProjectedPoint, "localMs">>): ProjectedPoint {
    const localMs = this.#nextMs;
    const positionMs = Math.max(0, change.positionMs ?? this.positionAt(localMs));
    this.#point = { ...this.#point, ...change, positionMs, localMs };
    this.#steered.abort(STEERED);
    return this.#point;
  }

  /** Resolves at the end of the file. A paused one has none. */
  readonly capture: Capture = async ({ step, onFrame }, signal) => {
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#options.onBegun();
    }
    for (;;) {
      signal.throwIfAborted();
      this.#steered = new AbortController();
      const either = anySignal(signal, this.#steered.signal);
      try {
        if (this.#point.isPaused) await this.#stand(step, onFrame, either);
        else return await this.#run(step, onFrame, either);
      } catch (error) {
        if (error !== STEERED || signal.aborted) throw error;
      }
    }
  };

  get #nextMs(): number {
    return Math.ceil(this.#options.clock.monotonicMs() + this.#options.leadMs);
  }

  /** From where it is, each picture in time. */
  async #run(
    step: Parameters<Capture>[0]["step"],
    send: Parameters<Capture>[0]["onFrame"],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, leadMs, capture } = this.#options;
    const { positionMs, localMs, rate } = this.#point;
    const fromMs = Math.round(this.positionAt(Math.max(localMs, this.#nextMs)));
    const periodMs = 1000 / step.framesPerSecond;
    let lastMs = -Infinity;
    const onFrame = async (frame: CapturedFrame) => {
      const filmMs = fromMs + frame.index * periodMs;
      const atMs = Math.round(localMs + (filmMs - positionMs) / rate);
      // A fast one has more pictures than the line was measured for.
      if (atMs < lastMs + periodMs * 0.9) return;
      const waitMs = atMs - Math.round(leadMs) - clock.monotonicMs();
      if (waitMs > 0) await clock.sleep(waitMs, { signal });
      signal.throwIfAborted();
      lastMs = atMs;
      await this.#send({ ...frame, atMs, filmMs }, send);
    };
    await capture({ step, fromMs, onFrame }, signal);
    // The last picture is to be seen before anybody hears of the end.
    const leftMs = lastMs + Math.round(periodMs) - clock.monotonicMs();
    if (leftMs > 0) await clock.sleep(leftMs, { signal });
  }

  /** The picture of the place, again and again, until it is steered. */
  async #stand(
    step: Parameters<Capture>[0]["step"],
    send: Parameters<Capture>[0]["onFrame"],
    signal: AbortSignal,
  ): Promise<void> {
    const filmMs = this.#point.positionMs;
    const still = await this.#still(step, filmMs, signal);
    for (;;) {
      signal.throwIfAborted();
      const atMs = Math.max(this.#point.localMs, this.#nextMs);
      if (still !== undefined) await this.#send({ ...still, atMs, filmMs }, send);
      await this.#options.clock.sleep(STILL_MS, { signal });
    }
  }

  /** Undefined behind the end of the file. */
  async #still(
    step: Parameters<Capture>[0]["step"],
    positionMs: number,
    signal: AbortSignal,
  ): Promise<CapturedFrame | undefined> {
    let taken: CapturedFrame | undefined;
    const onFrame = (frame: CapturedFrame) => {
      taken = frame;
      return Promise.reject(TAKEN);
    };
    try {
      await this.#options.capture({ step, fromMs: Math.round(positionMs), onFrame }, signal);
    } catch (error) {
      if (error !== TAKEN) throw error;
    }
    return taken;
  }

  async #send(
    frame: ProjectedFrame,
    send: Parameters<Capture>[0]["onFrame"],
  ): Promise<void> {
    this.#options.onFrame(frame);
    await send(frame);
  }
}
