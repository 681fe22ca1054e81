/** Signals as an abort, and the terminal given back whatever happens. */

import { utf8 } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { safeText } from "../terminal/safe_text.ts";
import { describeThrown } from "./failure_words.ts";

const log = logger("cli", "stopper");

const LAST_EVENTS = ["error", "unhandledrejection"] as const;

/** How long a program that is told to stop may take to give the terminal back in good order. */
const ORDERLY_MS = 1_000;

/** One for the process. Whoever makes it closes it. */
export class Stopper implements Disposable {
  readonly #controller = new AbortController();
  readonly #restores: (() => void)[] = [];
  readonly #handlers: [Deno.Signal, () => void][] = [];
  readonly #onCrash = (event: Event) => this.#crash(event);
  #crashHint = "";
  #cancelRestore: () => void = () => {};
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
    // What nobody caught ends the process, but not before the terminal is given back: its words are not for a full screen.
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

  /** Has `restore` called at the end, and soon after a signal at the latest. It must not throw. */
  restoreAtExit(restore: () => void): void {
    this.#restores.push(restore);
  }

  /** From now on SIGINT only calls `handler`, for a dialogue that asks whether that was meant. Returns what takes it back. */
  interceptInterrupt(handler: () => void): () => void {
    this.#onInterrupt = handler;
    return () => this.#onInterrupt = undefined;
  }

  /** A line for the person when the program ends by a fault of its own. */
  tellAtCrash(hint: string): void {
    this.#crashHint = hint;
  }

  restore(): void {
    for (const restore of this.#restores) restore();
  }

  [Symbol.dispose](): void {
    this.#cancelRestore();
    this.restore();
    for (const [name, handler] of this.#handlers) Deno.removeSignalListener(name, handler);
    for (const event of LAST_EVENTS) globalThis.removeEventListener(event, this.#onCrash);
  }

  #crash(event: Event): void {
    this.restore();
    event.preventDefault();
    const thrown: unknown = event instanceof ErrorEvent
      ? event.error ?? event.message
      : event instanceof PromiseRejectionEvent
      ? event.reason
      : undefined;
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error("crash", { reason: describeError(thrown), stack });
    const hint = this.#crashHint === "" ? "" : `${this.#crashHint}\n`;
    // Without waiting: nothing can be relied on any more.
    try {
      Deno.stderr.writeSync(utf8(`${safeText(describeThrown(thrown).text)}\n${hint}`));
    } finally {
      Deno.exit(EXIT.failure);
    }
  }

  #stop(name: Deno.Signal, exit: ExitCode): void {
    if (name === "SIGINT" && this.#onInterrupt !== undefined) return this.#onInterrupt();
    // A second signal does not wait for anything.
    if (this.#controller.signal.aborted) {
      this.restore();
      Deno.exit(exit);
    }
    this.#exit = exit;
    // Whoever has the terminal closes it, and takes what it still answers: that would be typed into the shell. If they cannot:
    this.#cancelRestore = systemClock.after(ORDERLY_MS, () => this.restore());
    this.#controller.abort(new DOMException("Stopped by a signal", "AbortError"));
  }
}
