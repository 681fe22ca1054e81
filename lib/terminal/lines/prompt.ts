/** Single questions outside the screen: name, password, yes or no. */

import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { InputReader } from "../input/input_reader.ts";
import { ERASE_ROW, paintRow } from "./input_row.ts";
import { type EditorOutcome, LineEditor } from "./line_editor.ts";
import { LineSource } from "../input/line_source.ts";
import { QueuedOutput } from "../output/output.ts";
import { safeSentence, type SafeText } from "../../base/safe_text.ts";
import type { TtyDevice } from "../tty/tty_device.ts";

/** An answer, ctrl-C, or the end of the input. */
export type PromptOutcome<T> =
  | { readonly kind: "answered"; readonly answer: T }
  | { readonly kind: "interrupted" }
  /** To the question before this one, where the place that asks has a key for that. */
  | { readonly kind: "back" }
  | { readonly kind: "ended" };

/**
 * Asks on a terminal; when the input is none, takes the next line of it and writes nothing. Give it the device with standard error,
 * so that standard output stays for data. Raw mode holds only while a question is open, so ctrl-C works in between. Owns
 * nothing but that: call `restore` from signal handlers. Every question rejects with the signal's reason when it aborts.
 */
export class Prompter {
  readonly #device: TtyDevice;
  readonly #isPlain: boolean;
  readonly #keys: InputReader;
  readonly #lines: LineSource;
  readonly #output: QueuedOutput;
  readonly #signal: AbortSignal | undefined;
  #isRaw = false;

  /**
   * `plain` leaves line editing to the terminal and writes no escape sequence. `signal` takes back the question that is open, and
   * every later one.
   */
  constructor(
    device: TtyDevice,
    options: { clock: Clock; plain: boolean; signal?: AbortSignal },
  ) {
    this.#device = device;
    this.#signal = options.signal;
    this.#isPlain = options.plain || !device.outputIsTerminal();
    this.#keys = new InputReader(device.input, { clock: options.clock });
    this.#lines = new LineSource(device.input);
    this.#output = new QueuedOutput(device.output, { clock: options.clock });
  }

  /** A line of text, on one line. */
  async ask(question: SafeText): Promise<PromptOutcome<string>> {
    const outcome = this.#isPlain || !this.#device.inputIsTerminal()
      ? await this.#askLine(question)
      : await this.#askKeys(question, { echo: true });
    return mapAnswer(outcome, (text) => text.replace(/\s*\n\s*/g, " "));
  }

  /** A password: nothing of it is ever shown, not even its length. */
  async askHidden(question: SafeText): Promise<PromptOutcome<string>> {
    if (!this.#device.inputIsTerminal()) return await this.#askLine(question);
    const outcome = await this.#askKeys(question, { echo: false });
    return mapAnswer(outcome, (text) => text.split("\n", 1)[0]);
  }

  /** Yes or no; asks again until it is one of them. An empty answer is `defaultAnswer`. */
  async confirm(question: SafeText, defaultAnswer: boolean): Promise<PromptOutcome<boolean>> {
    const choices = defaultAnswer ? "[Y/n]" : "[y/N]";
    while (true) {
      const outcome = await this.ask(safeSentence`${question} ${choices} `);
      if (outcome.kind !== "answered") return outcome;
      const answer = outcome.answer.trim().toLowerCase();
      if (answer === "") return { kind: "answered", answer: defaultAnswer };
      if (answer === "y" || answer === "yes") return { kind: "answered", answer: true };
      if (answer === "n" || answer === "no") return { kind: "answered", answer: false };
      if (this.#device.inputIsTerminal()) {
        await this.#output.write(utf8(this.#isPlain ? "Answer y or n\n" : "Answer y or n\r\n"));
      }
    }
  }

  /** Gives the terminal back at once. Never throws. */
  restore(): void {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    try {
      this.#device.setRaw(false);
    } catch {
      // The terminal is gone: there is nobody left to restore it for.
      return;
    }
  }

  async #askLine(question: SafeText): Promise<PromptOutcome<string>> {
    this.#signal?.throwIfAborted();
    if (this.#device.inputIsTerminal()) await this.#output.write(utf8(question));
    try {
      const text = await this.#lines.next({ signal: this.#signal });
      return text === undefined ? { kind: "ended" } : { kind: "answered", answer: text };
    } catch (error) {
      // What is written next, by whoever has the terminal then, does not belong behind the question.
      if (this.#device.inputIsTerminal()) await this.#output.write(utf8("\n"));
      throw error;
    }
  }

  async #askKeys(
    question: SafeText,
    options: { echo: boolean },
  ): Promise<PromptOutcome<string>> {
    this.#signal?.throwIfAborted();
    const editor = new LineEditor();
    const paint = () => {
      const columns = this.#device.size()?.columns ?? 80;
      const view = (cells: number) => editor.view(cells);
      return this.#output.write(utf8(ERASE_ROW + paintRow(question, columns, view)));
    };
    this.#device.setRaw(true);
    this.#isRaw = true;
    try {
      await (options.echo ? paint() : this.#output.write(utf8(question)));
      while (true) {
        const key = await this.#keys.next({ signal: this.#signal });
        if (key === undefined) return { kind: "ended" };
        const outcome = promptOutcome(editor.handle(key));
        if (outcome !== undefined) return outcome;
        if (options.echo) await paint();
      }
    } finally {
      this.restore();
      // The terminal ends its lines itself again.
      await this.#output.write(utf8("\n"));
    }
  }
}

function promptOutcome(outcome: EditorOutcome): PromptOutcome<string> | undefined {
  if (outcome.kind === "accepted") return { kind: "answered", answer: outcome.text };
  if (outcome.kind === "interrupted" || outcome.kind === "ended") return { kind: outcome.kind };
  return undefined;
}

function mapAnswer(
  outcome: PromptOutcome<string>,
  map: (text: string) => string,
): PromptOutcome<string> {
  return outcome.kind === "answered" ? { kind: "answered", answer: map(outcome.answer) } : outcome;
}
