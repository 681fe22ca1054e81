/** Signals that end the server: the first one gracefully, the second one at once. */

const SIGNALS: Readonly<Record<"windows" | "other", readonly Deno.Signal[]>> = {
  windows: ["SIGINT", "SIGBREAK"],
  // SIGHUP: the terminal was closed.
  other: ["SIGINT", "SIGTERM", "SIGHUP"],
};

/** Listens from its making until it is disposed of. */
export class StopSignals implements Disposable {
  /** Resolves with the first signal's name. */
  readonly first: Promise<Deno.Signal>;
  readonly #signals: readonly Deno.Signal[];
  readonly #handlers = new Map<Deno.Signal, () => void>();
  #count = 0;

  /** `onSecond` must end the process. */
  constructor(onSecond: () => void) {
    this.#signals = SIGNALS[Deno.build.os === "windows" ? "windows" : "other"];
    const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
    this.first = promise;
    for (const signal of this.#signals) {
      const handler = () => {
        this.#count++;
        if (this.#count === 1) resolve(signal);
        else onSecond();
      };
      this.#handlers.set(signal, handler);
      Deno.addSignalListener(signal, handler);
    }
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) Deno.removeSignalListener(signal, handler);
  }
}
