/** How exactly pictures are drawn: fewer colours on a terminal that is slow, as many as it has on one that is quick. A pure machine. */

import type { PictureDetail } from "../terminal/graphics/encoder.ts";

const DETAILS: readonly PictureDetail[] = ["least", "coarse", "usual", "fine"];
/** How time grows from each to the next one: with the bytes, by 1.3 to 1.6 (measured on seven films). */
const GROWTH = 1.6;
/** What takes longer is no 24 pictures a second. */
const SLOW_MS = 42;
/** What would not take longer than this one step up is drawn more exactly, when it was so for a while. */
const QUICK_MS = 28;
const QUICK_FOR_MS = 2_000;
/** One slow picture is no slow terminal, however slow it was. */
const PICTURES = 6;
const MOST_COUNTED_MS = 2 * SLOW_MS;
const WEIGHT = 0.3;

/** How long a picture took. */
export interface DrawnInDetail {
  readonly detail: PictureDetail;
  readonly drawMs: number;
}

/** For one screen. */
export class DrawDetail {
  #level = DETAILS.indexOf("usual");
  #averageMs: number | undefined;
  #pictures = 0;
  #quickSinceMs: number | undefined;

  get detail(): PictureDetail {
    return DETAILS[this.#level];
  }

  drawn({ detail, drawMs }: DrawnInDetail, nowMs: number): void {
    // It was on its way when that changed.
    if (detail !== this.detail) return;
    const countedMs = Math.min(drawMs, MOST_COUNTED_MS);
    const before = this.#averageMs ?? countedMs;
    this.#averageMs = before + WEIGHT * (countedMs - before);
    this.#pictures++;
    if (this.#averageMs > SLOW_MS && this.#pictures >= PICTURES && this.#level > 0) {
      return this.#change(this.#level - 1);
    }
    const isQuick = this.#averageMs * GROWTH <= QUICK_MS && this.#level < DETAILS.length - 1;
    if (!isQuick) {
      this.#quickSinceMs = undefined;
      return;
    }
    this.#quickSinceMs ??= nowMs;
    if (nowMs - this.#quickSinceMs >= QUICK_FOR_MS) this.#change(this.#level + 1);
  }

  #change(level: number): void {
    this.#level = level;
    this.#averageMs = undefined;
    this.#pictures = 0;
    this.#quickSinceMs = undefined;
  }
}
