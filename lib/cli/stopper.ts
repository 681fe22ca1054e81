/** Signals as an abort, and the terminal given back whatever happens. */

import { utf8 } from "../base/bytes.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { SignalEcho } from "../base/signal_echo.ts";
import { EXIT, type ExitCode, SIGNAL_EXIT } from "../commands/exit_code.ts";
import { safeText } from "../base/safe_text.ts";
import { describeThrown } from "./failure_words.ts";

const log = logger("cli", "stopper");

const LAST_EVENTS = ["error", "unhandledrejection"] as const;

/** How long a program that is told to stop may take to give the terminal back in good order. */
const ORDERLY_MS = 1_000;

/**
 * How long it may take to close everything; longer than the server of `demo`, its child, has. What then still holds it up is a fault,
 * and what is stored is safe whenever a program ends.
 */
const CLOSING_MS = 15_000;

const SIGNALS: readonly (keyof typeof SIGNAL_EXIT)[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** One for the process. Whoever makes it closes it. */
export class Stopper implements Disposable {
  readonly #controller = new AbortController();
  readonly #restores: (() => void)[] = [];
  readonly #handlers: [Deno.Signal, () => void][] = [];
  readonly #onCrash = (event: Event) => this.#crash(event);
  #crashHint = "";
  readonly #cancels: (() => void)[] = [];
  #onInterrupt: (() => void) | undefined;
  #exit: ExitCode = EXIT.interrupted;
  readonly #clock: Clock;
  readonly #echo: SignalEcho;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#echo = new SignalEcho(clock);
    for (const name of SIGNALS) {
      const handler = () => this.#stop(name);
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
    for (const cancel of this.#cancels) cancel();
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

  /** At once. */
  #end(): never {
    this.restore();
    Deno.exit(this.#exit);
  }

  #stop(name: keyof typeof SIGNAL_EXIT): void {
    if (this.#echo.repeats(name)) return;
    // A second signal does not wait for anything, nor ask whether that was meant.
    if (this.signal.aborted) this.#end();
    if (name === "SIGINT" && this.#onInterrupt !== undefined) return this.#onInterrupt();
    this.#exit = SIGNAL_EXIT[name];
    // Whoever has the terminal closes it, and takes what it still answers: that would be typed into the shell. If they cannot:
    this.#cancels.push(
      this.#clock.after(ORDERLY_MS, () => this.restore()),
      this.#clock.after(CLOSING_MS, () => {
        log.error("not closed in time", { signal: name });
        this.#end();
      }),
    );
    this.#controller.abort(new DOMException("Stopped by a signal", "AbortError"));
  }
}
