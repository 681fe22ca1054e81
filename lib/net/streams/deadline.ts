/** Waiting for something that can neither be cancelled nor be waited for for ever. */

import type { Clock } from "../../base/clock.ts";
import { TransportError } from "../../base/errors.ts";

/** How long to wait, by which clock. */
export interface DeadlineOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The result of `work`, unless the time is over first (`TransportError` `timed-out`, with `what` as its subject) or the
 * signal aborts (its reason). A result that comes too late is given to `giveBack`, which must release it.
 */
export function withDeadline<T>(
  what: string,
  work: Promise<T>,
  giveBack: (late: T) => void,
  { clock, timeoutMs, signal }: DeadlineOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let given = false;
    const giveUp = (reason: unknown) => {
      given = true;
      stop();
      reject(reason);
    };
    const onAbort = () => giveUp(signal?.reason);
    const cancel = clock.after(timeoutMs, () => {
      const seconds = Math.round(timeoutMs / 100) / 10;
      giveUp(new TransportError("timed-out", `Cannot ${what}: no answer after ${seconds} s`));
    });
    const stop = () => {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    work.then(
      (result) => {
        if (given) return giveBack(result);
        stop();
        resolve(result);
      },
      (error) => {
        if (!given) giveUp(error);
      },
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
