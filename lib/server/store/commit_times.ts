/** How long senders wait for the disk, and how often they wait in vain. */

import type { Clock } from "../../base/clock.ts";
import { Histogram } from "../../base/histogram.ts";

/** Codes of StorageError for what a call itself did wrong; all others are the disk's or the database's. */
const OWN_FAILURES: readonly string[] = ["constraint", "not-unique"];

/** Whether a call failed by itself: then nobody else waited in vain. */
export function isOwnFailure(code: string): boolean {
  return OWN_FAILURES.includes(code);
}

/**
 * Upper bounds in seconds. A sync takes about 0.1 ms on a good SSD, 10 ms on a disk, and from a second on something is wrong;
 * above five others give up waiting for the lock.
 */
const COMMIT_BOUNDS_SECONDS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5],
];

/** Commits since the start, by how long they took. */
export class CommitTimes {
  readonly seconds = new Histogram(COMMIT_BOUNDS_SECONDS);
  failed = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call it when a commit begins, and what it returns when it has ended. */
  begin(): (end: { failed: boolean }) => void {
    const beganMs = this.#clock.monotonicMs();
    return ({ failed }) => {
      this.seconds.observe((this.#clock.monotonicMs() - beganMs) / 1000);
      if (failed) this.failed++;
    };
  }
}
