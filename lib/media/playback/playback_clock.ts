/**
 * Where playback is, apart from who draws it: play, pause, seek and rate, each at a time that all who watch can read. A pure
 * machine. A change without a time waits for the next frame, which says when its position is.
 */

import { UsageError } from "../../base/errors.ts";

/** Where somebody is at a time that both read. */
export interface PlaybackPoint {
  readonly atMs: number;
  readonly positionMs: number;
}

/** The time of one stream, or of one that is watched together. */
export class PlaybackClock {
  #rate: number;
  #isPaused = false;
  /** The last that is known: where a change left it, or what was shown since. */
  #positionMs = 0;
  /** When position 0 was, at the present rate. Undefined until a frame or a change says so. */
  #originMs: number | undefined;
  /** Something else tells the time: frames do not. */
  #isLed = false;
  /** A change said so: others keep the same time, and no frame moves it. */
  #isShared = false;

  /** `rate`: 1 is the video's own pace; 0 times nothing, whatever comes is due. Throws UsageError. */
  constructor(rate: number) {
    this.#rate = checkRate(rate);
  }

  get rate(): number {
    return this.#rate;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** What was shown last, or where a change left it. */
  get positionMs(): number {
    return this.#positionMs;
  }

  play(atMs?: number): void {
    this.#isPaused = false;
    this.#begin(atMs);
  }

  /** Stays at what was shown last, or with a time at what is due then. */
  pause(atMs?: number): void {
    if (atMs !== undefined) this.#positionMs = this.#positionAt(atMs);
    this.#isPaused = true;
    this.#begin(undefined);
  }

  seek(positionMs: number, atMs?: number): void {
    this.#positionMs = positionMs;
    this.#begin(atMs);
  }

  /** Throws UsageError. */
  setRate(rate: number, atMs?: number): void {
    const checked = checkRate(rate);
    if (atMs !== undefined) this.#positionMs = this.#positionAt(atMs);
    this.#rate = checked;
    this.#begin(atMs);
  }

  /** This was shown. */
  reached(positionMs: number): void {
    this.#positionMs = positionMs;
  }

  /**
   * A frame is there. The first one since a change begins the time; a later one that would wait for longer than `maxWaitMs`
   * moves it, since that first one came late. Nothing of that while a change with a time holds.
   */
  arrived(positionMs: number, atMs: number, maxWaitMs = Infinity): void {
    if (this.#rate === 0 || this.#isLed || this.#isShared) return;
    const originMs = atMs - positionMs / this.#rate;
    this.#originMs = Math.min(this.#originMs ?? originMs, originMs + maxWaitMs);
  }

  /** Everything from now on comes so much later. */
  delay(durationMs: number): void {
    if (this.#originMs !== undefined) this.#originMs += durationMs;
  }

  /** Sound says when position 0 was: until the next change the time is its own, and no frame moves it. Not where others keep it too. */
  lead(originMs: number): void {
    if (this.#isShared) return;
    this.#isLed = true;
    this.#originMs = originMs;
  }

  /** There is no sound any more: it goes on from where it is. */
  follow(): void {
    this.#isLed = false;
  }

  /** What was timed is not true any more: the next frame begins the time. */
  forget(atMs: number): void {
    this.#positionMs = this.#positionAt(atMs);
    this.#begin(undefined);
  }

  /** Whether a change has set the time, which others keep too. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** Whether sound tells the time. */
  get isLed(): boolean {
    return this.#isLed;
  }

  /** Whether positions have a time. */
  get isTimed(): boolean {
    return this.#originMs !== undefined;
  }

  /** When a position is due; at once while nothing is timed. */
  dueMs(positionMs: number): number {
    return this.#originMs === undefined ? -Infinity : this.#originMs + positionMs / this.#rate;
  }

  /** Where this is, for somebody else who watches. */
  point(atMs: number): PlaybackPoint {
    return { atMs, positionMs: this.#positionAt(atMs) };
  }

  /** How far ahead of the other this was at that time; less than 0 is behind. */
  offsetMs({ atMs, positionMs }: PlaybackPoint): number {
    return this.#positionAt(atMs) - positionMs;
  }

  #positionAt(atMs: number): number {
    if (this.#isPaused || this.#originMs === undefined) return this.#positionMs;
    return (atMs - this.#originMs) * this.#rate;
  }

  #begin(atMs: number | undefined): void {
    this.#isLed = false;
    const isTimed = atMs !== undefined && !this.#isPaused && this.#rate > 0;
    this.#isShared = isTimed;
    this.#originMs = isTimed ? atMs - this.#positionMs / this.#rate : undefined;
  }
}

function checkRate(rate: number): number {
  if (rate >= 0 && Number.isFinite(rate)) return rate;
  throw new UsageError("speed", `Cannot play at speed ${rate}: it must be 0 or more`);
}
