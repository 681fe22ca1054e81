/** How often something took how long. */

/** Counts by upper bounds. */
export class Histogram {
  /** Ascending. */
  readonly bounds: readonly number[];
  /** Of each bound, how many were at most that and above the one before: none is in two. */
  readonly counts: number[];
  /** All, those above the last bound too. */
  total = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) this.counts[bucket]++;
    this.total++;
    this.sum += value;
  }
}
