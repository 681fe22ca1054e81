/** Wakes one waiting task; a ring while nobody waits is kept. */

import type { Clock } from "./clock.ts";

/** Wakes one waiting loop. A ring while nobody waits is kept; several rings are one. */
export class Bell {
  #isRung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Resolves at the next ring, or after `timeoutMs`. Rejects with the signal's reason when aborted. One waiter at a time. */
  async wait(
    clock: Clock,
    options: { timeoutMs?: number; signal: AbortSignal },
  ): Promise<void> {
    const { timeoutMs, signal } = options;
    signal.throwIfAborted();
    if (!this.#isRung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const cancel = timeoutMs === undefined ? () => {} : clock.after(timeoutMs, resolve);
      const onAbort = () => resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      await promise;
      cancel();
      this.#wake = () => {};
      signal.removeEventListener("abort", onAbort);
    }
    this.#isRung = false;
    signal.throwIfAborted();
  }
}
