/** Signals that end the server: the first one gracefully, the second one at once. */

const SIGNALS: Readonly<Record<"windows" | "other", readonly Deno.Signal[]>> = {
  windows: ["SIGINT", "SIGBREAK"],
  // SIGHUP: the terminal was closed.
  other: ["SIGINT", "SIGTERM", "SIGHUP"],
};

/** Listens from its making until it is disposed of. */
export class StopSignals implements Disposable {
  /** Resolves with the first signal's name, or with whose word it was. */
  readonly first: Promise<string>;
  /** Ends the server as a signal does: the first time gracefully, the second time at once. */
  readonly stop: (why: string) => void;
  readonly #signals: readonly Deno.Signal[];
  readonly #handlers = new Map<Deno.Signal, () => void>();
  #count = 0;

  /** `onSecond` must end the process. */
  constructor(onSecond: () => void) {
    this.#signals = SIGNALS[Deno.build.os === "windows" ? "windows" : "other"];
    const { promise, resolve } = Promise.withResolvers<string>();
    this.first = promise;
    this.stop = (why) => {
      this.#count++;
      if (this.#count === 1) resolve(why);
      else onSecond();
    };
    for (const signal of this.#signals) {
      const handler = () => this.stop(signal);
      this.#handlers.set(signal, handler);
      Deno.addSignalListener(signal, handler);
    }
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) Deno.removeSignalListener(signal, handler);
  }
}
