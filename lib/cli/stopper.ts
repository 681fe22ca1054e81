/** Signals as an abort, and the terminal given back whatever happens. */

import { EXIT, type ExitCode } from "../commands/exit_code.ts";

const LAST_EVENTS = ["error", "unhandledrejection"] as const;

/** One for the process. Whoever makes it closes it. */
export class Stopper implements Disposable {
  readonly #controller = new AbortController();
  readonly #restores: (() => void)[] = [];
  readonly #handlers: [Deno.Signal, () => void][] = [];
  readonly #onCrash = () => this.restore();
  #onInterrupt: (() => void) | undefined;
  #exit: ExitCode = EXIT.interrupted;

  constructor() {
    const signals: [Deno.Signal, ExitCode][] = Deno.build.os === "windows"
      ? [["SIGINT", EXIT.interrupted]]
      : [["SIGINT", EXIT.interrupted], ["SIGTERM", EXIT.terminated], ["SIGHUP", EXIT.terminated]];
    for (const [name, exit] of signals) {
      const handler = () => this.#stop(name, exit);
      Deno.addSignalListener(name, handler);
      this.#handlers.push([name, handler]);
    }
    // What nobody caught ends the process: what it says must not be said into somebody's full screen.
    for (const event of LAST_EVENTS) globalThis.addEventListener(event, this.#onCrash);
  }

  /** Aborts when the program is told to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the program ends with when it was told to stop. */
  get exit(): ExitCode {
    return this.#exit;
  }

  /** Has `restore` called at the end, and at once when a signal comes. It must not throw. */
  restoreAtExit(restore: () => void): void {
    this.#restores.push(restore);
  }

  /** From now on SIGINT only calls `handler`, for a dialogue that asks whether that was meant. Returns what takes it back. */
  interceptInterrupt(handler: () => void): () => void {
    this.#onInterrupt = handler;
    return () => this.#onInterrupt = undefined;
  }

  restore(): void {
    for (const restore of this.#restores) restore();
  }

  [Symbol.dispose](): void {
    this.restore();
    for (const [name, handler] of this.#handlers) Deno.removeSignalListener(name, handler);
    for (const event of LAST_EVENTS) globalThis.removeEventListener(event, this.#onCrash);
  }

  #stop(name: Deno.Signal, exit: ExitCode): void {
    if (name === "SIGINT" && this.#onInterrupt !== undefined) return this.#onInterrupt();
    this.restore();
    // A second signal does not wait for anything.
    if (this.#controller.signal.aborted) Deno.exit(exit);
    this.#exit = exit;
    this.#controller.abort(new DOMException("Stopped by a signal", "AbortError"));
  }
}
