/** Lets tasks wait until something has changed, without asking again and again. */

import type { Clock } from "./clock.ts";

/** Whoever waits looks anew after each `wake`; a wake that nobody waits for is not kept. */
export class Wakeup {
  #waiters = new Set<() => void>();

  /** Wakes everyone who waits now. */
  wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const resolve of waiters) resolve();
  }

  /** Resolves at the next `wake`. Rejects with the signal's reason when it aborts, or has. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = () => {
        this.#waiters.delete(done);
        reject(signal.reason);
      };
      const done = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiters.add(done);
    });
  }

  /**
   * Resolves at the next `wake`, when it is `untilMs` by the clock's monotonic time, or when the signal aborts: whoever waits
   * looks at all of that anew.
   */
  waitUntil(clock: Clock, untilMs: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = untilMs === undefined
        ? () => {}
        : clock.after(Math.max(0, untilMs - clock.monotonicMs()), () => done());
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        this.#waiters.delete(done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#waiters.add(done);
    });
  }
}
