/** When sound is heard, out of readings that scatter. A pure machine. */

import type { SoundReading } from "./sound_output.ts";

/** Of so many readings the one in the middle counts: single ones are off by a block of the card, 10 ms and more. */
const READINGS = 9;
/** Before so many there is no word: the first ones are of a card that is just starting. */
const READINGS_MIN = 3;

/** The clock of one piece of sound. */
export class SoundClock {
  readonly #startMs: number;
  #origins: number[] = [];

  /** `startMs`: the place in the film that the piece begins with. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  add({ heardMs, atMs }: SoundReading): void {
    // Not begun yet: it tells only when the output was ready.
    if (heardMs <= 0) return;
    this.#origins.push(atMs - this.#startMs - heardMs);
    if (this.#origins.length > READINGS) this.#origins.shift();
  }

  /** When place 0 of the film was heard, or would have been; undefined while nobody knows. */
  get originMs(): number | undefined {
    if (this.#origins.length < READINGS_MIN) return undefined;
    const sorted = this.#origins.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1];
  }
}

/** Pictures this much behind the sound, all of them for as long, and the sound waits for them. */
const LATE_MS = 30;
const LATE_FOR_MS = 1000;

/** Whether pictures come too late for the sound. A pure machine. */
export class PictureLateness {
  #sinceMs: number | undefined;

  /** A picture came so much after its time, perhaps behind a stall. True when the sound is to wait. */
  add(lateMs: number, nowMs: number, isStalled = false): boolean {
    if (lateMs < LATE_MS) this.#sinceMs = undefined;
    else this.#sinceMs ??= isStalled ? -Infinity : nowMs;
    return this.#sinceMs !== undefined && nowMs - this.#sinceMs >= LATE_FOR_MS;
  }

  reset(): void {
    this.#sinceMs = undefined;
  }
}
