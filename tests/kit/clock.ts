/** A clock that stands still until it is told to go on. */

import type { Clock } from "../../lib/base/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
}

/** Lets everything run that waits for microtasks, and for what they set off in turn. */
export function settle(): Promise<void> {
  // A macrotask: runs after all microtasks, however long their chain. Nothing is measured by it.
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Starts at a fixed moment in 2026; both of its times move together. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #wallOffsetMs = 0;
  #timers: Timer[] = [];
  #order = 0;
  /** Timers that have run: who looks again and again shows here. */
  ran = 0;

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = this.#startMs = startMs;
  }

  /** Timers that are still to run: a leak when it does not go back to what it was. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  nowMs(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  /** Moves only what people read, as a correction of the system's clock does. */
  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Moves time on, running due timers in order and letting everything settle after each moment that had any. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      this.ran++;
      due.action();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  after(durationMs: number, action: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, durationMs), order: this.#order++, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(durationMs: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(durationMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  deadline(durationMs: number): AbortSignal {
    const controller = new AbortController();
    this.after(durationMs, () => controller.abort(new DOMException("Timed out", "TimeoutError")));
    return controller.signal;
  }
}
