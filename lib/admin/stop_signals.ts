/** Signals that end the server: the first one gracefully, the second one at once. */

import type { Clock } from "../base/clock.ts";
import { SignalEcho } from "../base/signal_echo.ts";

const SIGNALS: Readonly<Record<"windows" | "other", readonly Deno.Signal[]>> = {
  windows: ["SIGINT", "SIGBREAK"],
  other: ["SIGINT", "SIGTERM"],
};

/** Listens from its making until it is disposed of. */
export class StopSignals implements Disposable {
  /** Resolves with the first signal's name, or with whose word it was. */
  readonly first: Promise<string>;
  /** Ends the server as a signal does: the first time gracefully, the second time at once. */
  readonly stop: (why: string) => void;
  readonly #handlers = new Map<Deno.Signal, () => void>();
  #count = 0;

  /**
   * `onSecond` must end the process. SIGHUP calls `onHangUp`; without one it ends the server, too: the terminal that it runs
   * on was closed.
   */
  constructor(clock: Clock, onSecond: () => void, onHangUp?: () => void) {
    const isWindows = Deno.build.os === "windows";
    const { promise, resolve } = Promise.withResolvers<string>();
    this.first = promise;
    const echo = new SignalEcho(clock);
    this.stop = (why) => {
      if (echo.repeats(why)) return;
      this.#count++;
      if (this.#count === 1) resolve(why);
      else onSecond();
    };
    for (const signal of SIGNALS[isWindows ? "windows" : "other"]) {
      this.#listen(signal, () => this.stop(signal));
    }
    if (!isWindows) this.#listen("SIGHUP", onHangUp ?? (() => this.stop("SIGHUP")));
  }

  #listen(signal: Deno.Signal, handler: () => void): void {
    this.#handlers.set(signal, handler);
    Deno.addSignalListener(signal, handler);
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) Deno.removeSignalListener(signal, handler);
  }
}
