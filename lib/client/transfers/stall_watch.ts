/** Notices that nothing moves though it should: better a new connection than a bar that stands still. */

import type { Clock } from "../../base/clock.ts";

/** Longer than the greatest credit takes on the slowest line that is of use. */
export const STALL_MS = 14_000;

/**
 * Calls `onStall` once when something is under way and nothing has moved for `STALL_MS`. Told of every chunk, so it sets no
 * timer for each: the one that runs looks how long ago the last one was.
 */
export class StallWatch implements Disposable {
  readonly #clock: Clock;
  readonly #onStall: () => void;
  #cancel: (() => void) | undefined;
  #isUnderWay = false;
  #movedMs = 0;

  constructor(clock: Clock, onStall: () => void) {
    this.#clock = clock;
    this.#onStall = onStall;
  }

  /** Something moved. `isUnderWay`: more is expected. */
  moved(isUnderWay: boolean): void {
    this.#isUnderWay = isUnderWay;
    this.#movedMs = this.#clock.monotonicMs();
    if (isUnderWay && this.#cancel === undefined) this.#lookIn(STALL_MS);
  }

  /** More is expected from now on. */
  expect(): void {
    if (!this.#isUnderWay) this.moved(true);
  }

  [Symbol.dispose](): void {
    this.#isUnderWay = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookIn(waitMs: number): void {
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = undefined;
      if (!this.#isUnderWay) return;
      const leftMs = this.#movedMs + STALL_MS - this.#clock.monotonicMs();
      if (leftMs > 0) return this.#lookIn(leftMs);
      this.#isUnderWay = false;
      this.#onStall();
    });
  }
}
