/** How large pictures are drawn on a terminal that is too slow for large ones: smaller, and more of them. A pure machine. */

/** Shares of each side. */
const SHARES = [1, 0.85, 0.7, 0.6, 0.5, 0.42, 0.35, 0.3, 0.25, 0.2, 0.16, 0.13] as const;
/** How time grows with a side: a small sixel picture has as many colours, and more of them in each line (measured: 180 kB for 24 kB). */
const GROWTH = 1.25;
/** What takes longer is drawn smaller: fewer than eight a second. */
const SLOW_MS = 120;
/** For which the smaller size is chosen. */
const WANTED_MS = 105;
/** What would not take longer than this one size up is drawn larger, when it was so for a while. */
const QUICK_MS = 70;
const QUICK_FOR_MS = 3_000;
/** One slow picture is no slow terminal, unless it is that slow. */
const PICTURES = 3;
const VERY_SLOW_MS = 300;
const WEIGHT = 0.3;
/** A little too large is tried: the next smaller size may be much too small. */
const NEAR = 1.1;

/** How long which size took. */
export interface DrawnPicture {
  readonly share: number;
  readonly drawMs: number;
}

/** For one screen. */
export class DrawScale {
  #level = 0;
  #pictures = 0;
  #averageMs: number | undefined;
  #quickSinceMs: number | undefined;

  /** Share of each side of the rectangle that is drawn on. */
  get share(): number {
    return SHARES[this.#level];
  }

  /** How long a picture of this size takes; a guess until one was drawn. Undefined while nothing is known. */
  get drawMs(): number | undefined {
    return this.#averageMs;
  }

  /** A picture of that share was drawn in so long. True when the next ones are drawn in another size. */
  drawn({ share, drawMs }: DrawnPicture, nowMs: number): boolean {
    // It was on its way when the size changed.
    if (share !== this.share) return false;
    const before = this.#pictures === 0 ? undefined : this.#averageMs;
    this.#averageMs = before === undefined ? drawMs : before + WEIGHT * (drawMs - before);
    this.#pictures++;
    const averageMs = this.#averageMs;
    const isKnown = this.#pictures >= PICTURES || averageMs >= VERY_SLOW_MS;
    if (averageMs > SLOW_MS && isKnown && this.#level < SHARES.length - 1) {
      const wanted = this.share * (WANTED_MS / averageMs) ** (1 / GROWTH);
      const found = SHARES.findIndex((one) => one <= NEAR * wanted);
      return this.#change(found < 0 ? SHARES.length - 1 : Math.max(found, this.#level + 1));
    }
    if (this.#level === 0 || this.#timeAt(this.#level - 1) > QUICK_MS) {
      this.#quickSinceMs = undefined;
      return false;
    }
    this.#quickSinceMs ??= nowMs;
    return nowMs - this.#quickSinceMs >= QUICK_FOR_MS && this.#change(this.#level - 1);
  }

  #change(level: number): boolean {
    this.#averageMs = this.#timeAt(level);
    this.#level = level;
    this.#pictures = 0;
    this.#quickSinceMs = undefined;
    return true;
  }

  #timeAt(level: number): number {
    return (this.#averageMs ?? 0) * (SHARES[level] / this.share) ** GROWTH;
  }
}
