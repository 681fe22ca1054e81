/**
 * Time, passed in wherever it is needed: `Date.now`, `setTimeout` and `AbortSignal.timeout` appear in `base/` only,
 * so that scenarios run on a false clock.
 */

/** What tells and waits for the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump; use it for what people read and what is stored. */
  nowMs(): number;
  /** Milliseconds since an arbitrary origin; never goes back. Use it for durations and pacing. */
  monotonicMs(): number;
  /** Resolves after `durationMs`. Rejects with the signal's reason when aborted first. */
  sleep(durationMs: number, options?: { signal?: AbortSignal }): Promise<void>;
  /** Runs `action` once after `durationMs`. Returns what cancels it; cancelling twice is fine. */
  after(durationMs: number, action: () => void): () => void;
  /** A signal that aborts with a `TimeoutError` after `durationMs`. It does not keep the process alive. */
  deadline(durationMs: number): AbortSignal;
}

/** The clock of the machine: what programs pass in. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(durationMs, { signal } = {}) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, durationMs);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
  after(durationMs, action) {
    // Deno 2.4.2 runs a timer that is cancelled in the turn in which it is due all the same: what renews itself would go on.
    let isCancelled = false;
    const timer = setTimeout(() => {
      if (!isCancelled) action();
    }, durationMs);
    return () => {
      isCancelled = true;
      clearTimeout(timer);
    };
  },
  deadline: (durationMs) => AbortSignal.timeout(durationMs),
};

/** Runs `action` when this turn is over, after whatever else was put off to then (`setImmediate` of Node). */
export function afterThisTurn(action: () => void): void {
  setImmediate(action);
}

/** Holds up this whole thread: only for the last moments of a program, which cannot wait in any other way. */
export function blockFor(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
