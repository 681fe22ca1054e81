/** Deadlines that are all equally far away: one timer for all of them, since a flood begins and ends thousands a second. */

import type { Clock } from "../base/clock.ts";

interface Pending {
  readonly atMs: number;
  readonly onLate: () => void;
}

/** Holds a timer while anything is pending. */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #durationMs: number;
  /** In the order in which they end. */
  readonly #pending = new Set<Pending>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  /** Calls `onLate` once, unless what is returned was called first. Calling that twice is fine. */
  add(onLate: () => void): () => void {
    const pending = { atMs: this.#clock.monotonicMs() + this.#durationMs, onLate };
    this.#pending.add(pending);
    this.#cancel ??= this.#clock.after(this.#durationMs, () => this.#turn());
    return () => {
      if (!this.#pending.delete(pending) || this.#pending.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #turn(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#cancel = undefined;
    for (const pending of this.#pending) {
      if (pending.atMs > nowMs) {
        this.#cancel ??= this.#clock.after(pending.atMs - nowMs, () => this.#turn());
        return;
      }
      this.#pending.delete(pending);
      pending.onLate();
    }
  }
}
