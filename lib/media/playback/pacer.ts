/**
 * When the server sends which frame of a stream. A pure machine: it is told events and the clock, and says what to do.
 *
 * Time begins with the first frame of an epoch, so that error does not add up. What is late by more than one frame period is left out
 * whole; with `speed` 0 nothing is paced and nothing is left out. Never more is on the way than the client granted.
 */

import { PlaybackClock } from "./playback_clock.ts";
import { frameAt } from "../library/timeline.ts";

/** What to do now. */
export type PacerStep =
  | { readonly action: "send"; readonly index: number }
  /** Nothing before this reading of the clock. */
  | { readonly action: "wait"; readonly untilMs: number }
  /** Nothing until `grant`. */
  | { readonly action: "wait-credit" }
  /** Nothing until `resume`, `seek` or `setSpeed`. */
  | { readonly action: "paused" }
  | { readonly action: "ended" };

/** Frames and bytes that the client is ready to take. */
export interface Credit {
  readonly frames: number;
  readonly bytes: number;
}

/** Credit is never counted beyond this, whatever a client grants. */
const CREDIT_MAX: Credit = { frames: 10_000, bytes: 64 * 1024 * 1024 };

/** How much faster than they are shown frames are sent while a reserve is made: what is over of a line that is nearly full. */
const RESERVE_GROWTH = 0.1;

/** One stream. Its user does what `next` says, and asks again after each event and when a wait is over. */
export class Pacer {
  readonly #ptsMs: Uint32Array;
  /** Begun by the first frame after a start, seek, resume or change of speed. */
  readonly #playback: PlaybackClock;
  #epoch = 0;
  #next = 0;
  #frames = 0;
  #bytes = 0;
  /** Size of the next frame, once a try to send it found too little credit. */
  #neededBytes = 0;
  #every = 1;
  #sent = 0;
  #dropped = 0;
  /** When the first frame of this epoch was sent. */
  #beganMs: number | undefined;
  /** How long before its time a frame may be sent: what was sent so is there when the line stalls. */
  reserveMs = 0;

  /** `ptsMs`: times of all frames, monotonic. `speed`: 1 is the video's own pace, 0 as fast as credit allows. */
  constructor(ptsMs: Uint32Array, speed: number) {
    this.#ptsMs = ptsMs;
    this.#playback = new PlaybackClock(speed);
  }

  /** One frame of so many is sent from now on, the last one always; the others are left out. With `speed` 0 none is. */
  set every(every: number) {
    this.#every = every;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Frames sent and frames left out, in all epochs. */
  get sent(): number {
    return this.#sent;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** What to do now. Calling it again without an event gives the same answer, later in time perhaps a later frame. */
  next(nowMs: number): PacerStep {
    if (this.#next >= this.#ptsMs.length) return { action: "ended" };
    if (this.#playback.isPaused) return { action: "paused" };
    this.#dropLate(nowMs);
    const dueMs = this.#dueMs(this.#next) - this.#aheadMs(nowMs);
    if (nowMs < dueMs) return { action: "wait", untilMs: dueMs };
    if (this.#frames < 1 || this.#bytes < Math.max(1, this.#neededBytes)) {
      return { action: "wait-credit" };
    }
    return { action: "send", index: this.#next };
  }

  /**
   * Asks to send the frame that `next` named, now that its size is known. False when it may not be sent: the bytes granted do not suffice, or
   * an event has come in between. Then ask `next` again.
   */
  take(index: number, sizeBytes: number, nowMs: number): boolean {
    if (index !== this.#next || this.#playback.isPaused || this.#frames < 1) return false;
    if (sizeBytes > this.#bytes) {
      this.#neededBytes = sizeBytes;
      return false;
    }
    this.#beganMs ??= nowMs;
    // The first one says what time it is; the others may be ahead of theirs.
    this.#playback.arrived(this.#ptsMs[index], nowMs);
    this.#frames--;
    this.#bytes -= sizeBytes;
    this.#sent++;
    this.#moveTo(index + 1);
    return true;
  }

  /** More credit from the client. What it grants for an epoch that is over is void: its frames were discarded with it. */
  grant(epoch: number, credit: Credit): void {
    if (epoch !== this.#epoch) return;
    this.#frames = Math.min(CREDIT_MAX.frames, this.#frames + Math.max(0, credit.frames));
    this.#bytes = Math.min(CREDIT_MAX.bytes, this.#bytes + Math.max(0, credit.bytes));
  }

  /**
   * The source was not ready for so long, through no fault of the client: the rest of the stream comes that much later, but for what the
   * frame was ahead of its time.
   */
  delay(durationMs: number, index: number, nowMs: number): void {
    const delayMs = Math.min(durationMs, nowMs - this.#dueMs(index));
    if (delayMs > 0) this.#playback.delay(delayMs);
  }

  /** Each of the following begins the epoch that the client names; false when it is not newer, and nothing changes. */
  pause(epoch: number): boolean {
    if (!this.#begin(epoch)) return false;
    this.#playback.pause();
    return true;
  }

  resume(epoch: number): boolean {
    if (!this.#begin(epoch)) return false;
    this.#playback.play();
    return true;
  }

  /** Goes on, or stays paused, at the frame that is on the screen at `positionMs`. */
  seek(epoch: number, positionMs: number): boolean {
    if (!this.#begin(epoch)) return false;
    this.#playback.seek(positionMs);
    this.#moveTo(this.#ptsMs.length === 0 ? 0 : frameAt(this.#ptsMs, positionMs));
    return true;
  }

  setSpeed(epoch: number, speed: number): boolean {
    if (!this.#begin(epoch)) return false;
    this.#playback.setRate(speed);
    return true;
  }

  /** A new epoch: time begins anew, and credit starts at nothing, since the client counts anew too. */
  #begin(epoch: number): boolean {
    if (epoch <= this.#epoch) return false;
    this.#epoch = epoch;
    this.#beganMs = undefined;
    this.#frames = 0;
    this.#bytes = 0;
    return true;
  }

  #moveTo(index: number): void {
    this.#next = index;
    this.#neededBytes = 0;
  }

  /** A frame is late by more than its period when its successor is due. The last frame is never left out: it stays on the screen. */
  #dropLate(nowMs: number): void {
    if (!this.#playback.isTimed) return;
    while (this.#next + 1 < this.#ptsMs.length && this.#isLeftOut(nowMs)) {
      this.#moveTo(this.#next + 1);
      this.#dropped++;
    }
  }

  #isLeftOut(nowMs: number): boolean {
    return this.#next % this.#every !== 0 || this.#dueMs(this.#next + 1) < nowMs;
  }

  #aheadMs(nowMs: number): number {
    const sinceMs = nowMs - (this.#beganMs ?? nowMs);
    return Math.min(this.reserveMs, RESERVE_GROWTH * sinceMs);
  }

  #dueMs(index: number): number {
    return this.#playback.dueMs(this.#ptsMs[index]);
  }
}
