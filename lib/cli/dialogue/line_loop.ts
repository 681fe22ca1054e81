/** Lines from the person to the commands: read at any time, run one after the other. */

import { anySignal, untilAborted } from "../../base/scope.ts";
import { Channel } from "../../base/channel.ts";
import type { DialogueInput, LineDialogue } from "../../terminal/lines/dialogue.ts";
import type { SafeText } from "../../base/safe_text.ts";

/** Where lines come from and where they go. */
export interface LineLoopOptions {
  readonly dialogue: LineDialogue;
  readonly prompt: () => SafeText;
  /** What an answer would be about now. Called as a line is begun. */
  readonly offered: () => string | undefined;
  /** Called as a line comes in; what it returns runs the line in its turn. What that throws ends the loop. */
  readonly typed: (line: string, offered: string | undefined) => () => Promise<void>;
  /** The same for a line that the person did not type. */
  readonly ruled: (line: string) => () => Promise<void>;
  /** Whether nothing may be read until this line was run, since it reads keys itself. */
  readonly takesTerminal: (line: string, offered: string | undefined) => boolean;
  /** Whether a line stays on the screen where it was typed. */
  readonly keepsLines?: boolean;
  /** Called at the first of two ctrl-C in a row. */
  readonly onInterrupt: () => Promise<void>;
  /** The second ctrl-C, or the end of the input, after every line before it was run. */
  readonly onLeave: () => void;
}

interface Waiting {
  readonly run: () => Promise<void>;
  readonly done: () => void;
}

/** The reason with which reading is taken up anew, with another prompt. */
const PROMPT_CHANGED = new DOMException("The prompt changed", "AbortError");

/** Reads lines and runs them one after the other; a line that takes the terminal is run before more is read. */
export class LineLoop {
  readonly #options: LineLoopOptions;
  readonly #lines = new Channel<Waiting>();
  #interrupts = 0;
  /** Of the line that is being typed; undefined before its first character. */
  #begun: { readonly offered: string | undefined } | undefined;
  #repaint: () => void = () => {};

  constructor(options: LineLoopOptions) {
    this.#options = options;
  }

  /** Shows another prompt from now on. */
  promptChanged(): void {
    this.#repaint();
  }

  /** Has a line run as if it had been typed. */
  async enter(
    line: string,
    { offered } = { offered: this.#options.offered() },
  ): Promise<void> {
    const { typed, takesTerminal } = this.#options;
    await this.#add(typed(line, offered), takesTerminal(line, offered));
  }

  /** Has a line run that a rule of the person's asks for. */
  async obey(line: string): Promise<void> {
    const { ruled, takesTerminal } = this.#options;
    await this.#add(ruled(line), takesTerminal(line, undefined));
  }

  /** Ctrl-C. */
  async interrupt(): Promise<void> {
    if (++this.#interrupts >= 2) this.#options.onLeave();
    else await this.#options.onInterrupt();
  }

  /** Runs lines until `signal` aborts or a line throws. Rejects with the reason. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const waiting = await this.#lines.next({ signal });
      if (waiting === undefined) return this.#options.onLeave();
      await waiting.run();
      waiting.done();
    }
  }

  /** Reads lines until the input ends; then waits until `signal` aborts, and rejects with its reason. */
  async read(signal: AbortSignal): Promise<never> {
    for (;;) {
      const input = await this.#next(signal);
      if (input.kind === "ended") break;
      if (input.kind === "interrupted") {
        await this.interrupt();
        continue;
      }
      this.#interrupts = 0;
      const begun = this.#begun;
      this.#begun = undefined;
      await untilAborted(this.enter(input.text, begun), signal);
    }
    // `run` leaves when it has come to the end.
    this.#lines.close();
    return await untilAborted(new Promise<never>(() => {}), signal);
  }

  async #add(run: () => Promise<void>, isAwaited: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#lines.push({ run, done: resolve });
    if (isAwaited) await promise;
  }

  async #next(signal: AbortSignal): Promise<DialogueInput> {
    const { dialogue, prompt, keepsLines = false } = this.#options;
    for (;;) {
      const changed = new AbortController();
      this.#repaint = () => changed.abort(PROMPT_CHANGED);
      try {
        return await dialogue.readLine({
          prompt: prompt(),
          keepLine: keepsLines,
          onBegin: () => this.#begun = { offered: this.#options.offered() },
          signal: anySignal(signal, changed.signal),
        });
      } catch (error) {
        if (error !== PROMPT_CHANGED) throw error;
      }
    }
  }
}
