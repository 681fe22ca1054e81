/** Notices that nothing moves though it should: better a new connection than a bar that stands still. */

import type { Clock } from "../../base/clock.ts";

/** Longer than the greatest credit takes on the slowest line that is of use. */
export const STALL_MS = 14_000;

/** Calls `onStall` once when something is under way and nothing has moved for `STALL_MS`. */
export class StallWatch implements Disposable {
  readonly #clock: Clock;
  readonly #onStall: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onStall: () => void) {
    this.#clock = clock;
    this.#onStall = onStall;
  }

  /** Something moved. `isUnderWay`: more is expected. */
  moved(isUnderWay: boolean): void {
    this.#cancel?.();
    this.#cancel = isUnderWay ? this.#clock.after(STALL_MS, this.#onStall) : undefined;
  }

  /** More is expected from now on. */
  expect(): void {
    this.#cancel ??= this.#clock.after(STALL_MS, this.#onStall);
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
