/** The dialogue of a real terminal: lines that come in appear above the line being typed, which stays as it is. */

import { utf8 } from "../../base/bytes.ts";
import {
  type AnswerOptions,
  DEFAULT_INDENT_CELLS,
  type DialogueInput,
  type LineDialogue,
  type PrintOptions,
  type ReadLineOptions,
} from "./dialogue.ts";
import { ERASE_ROW, paintRow } from "./input_row.ts";
import type { Key } from "../input/key.ts";
import { type EditorOutcome, LineEditor, type LineEditorOptions } from "./line_editor.ts";
import { safeSentence, type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../cells/text_layout.ts";
import type { Tty } from "../tty/tty.ts";

const CLEAR_SCREEN = "\x1b[H\x1b[2J";

/** Closing it leaves the tty open: it belongs to whoever opened that. */
export class TerminalDialogue implements LineDialogue, AsyncDisposable {
  readonly #tty: Tty;
  readonly #editor: LineEditor;
  /** What the row shows: of a secret nothing. */
  #shown: LineEditor;
  readonly #stopResize: () => void;
  /** Set while a line is being typed, and its row is therefore on the screen. */
  #prompt: SafeText | undefined;
  /** Candidates that were listed and nothing has been typed since. */
  #listed: string | undefined;
  /** Tab waits for this. */
  #coming: Promise<void> | undefined;

  private constructor(tty: Tty, options: LineEditorOptions) {
    this.#tty = tty;
    this.#editor = new LineEditor(options);
    this.#shown = this.#editor;
    this.#stopResize = tty.onResize(() => {
      // A failed write shows at the next one, whose caller is there to hear of it.
      this.#write(ERASE_ROW).catch(() => undefined);
    });
  }

  /** Turns bracketed paste on, so that a pasted line break does not send half a message. */
  static async open(tty: Tty, options: LineEditorOptions = {}): Promise<TerminalDialogue> {
    await tty.setMode("bracketedPaste", true);
    return new TerminalDialogue(tty, options);
  }

  async print(text: SafeText, options: PrintOptions = {}): Promise<void> {
    const lines = layOutLines(text, {
      widthCells: this.#tty.size.columns - 1,
      indentCells: Math.max(1, options.indentCells ?? DEFAULT_INDENT_CELLS),
    });
    const erase = this.#prompt === undefined ? "" : ERASE_ROW;
    await this.#write(erase + lines.map((line) => `${line}\r\n`).join(""));
  }

  /** What was typed when it was aborted is there again at the next call. */
  async readLine(options: ReadLineOptions = {}): Promise<DialogueInput> {
    const { signal, keepLine = true } = options;
    this.#prompt = options.prompt ?? safeText("");
    try {
      await this.#write(ERASE_ROW);
      while (true) {
        const key = await this.#nextKey(signal);
        if (key === undefined) return { kind: "ended" };
        const wasEmpty = this.#editor.text === "";
        const outcome = this.#editor.handle(key);
        if (wasEmpty && this.#editor.text !== "") options.onBegin?.();
        const input = inputOf(outcome);
        if (input === undefined) await this.#show(outcome);
        else {
          if (input.kind === "line" && keepLine) {
            await this.print(safeSentence`${this.#prompt}${input.text}`);
          }
          return input;
        }
      }
    } finally {
      this.#prompt = undefined;
      await this.#write(ERASE_ROW);
    }
  }

  async readAnswer({ prompt, isSecret, signal }: AnswerOptions): Promise<DialogueInput> {
    const answer = new LineEditor();
    this.#shown = isSecret ? new LineEditor() : answer;
    this.#prompt = prompt;
    try {
      await this.#write(ERASE_ROW);
      while (true) {
        const key = await this.#tty.input.next({ signal });
        if (key === undefined) return { kind: "ended" };
        const outcome = answer.handle(key);
        const input = inputOf(outcome);
        if (input !== undefined) return input;
        if (!isSecret) await this.#show(outcome);
      }
    } finally {
      this.#prompt = undefined;
      this.#shown = this.#editor;
      await this.#write(ERASE_ROW);
    }
  }

  async close(): Promise<void> {
    this.#stopResize();
    await this.#tty.setMode("bracketedPaste", false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #show(outcome: EditorOutcome): Promise<void> {
    if (outcome.kind === "changed") {
      this.#listed = undefined;
      await this.#write(ERASE_ROW);
    } else if (outcome.kind === "too-long") await this.print(safeText(`* ${outcome.words}`));
    else if (outcome.kind === "coming") this.#coming = outcome.ready;
    else if (outcome.kind === "repaint") await this.#write(CLEAR_SCREEN);
    else if (outcome.kind === "candidates") {
      const list = outcome.candidates.join("  ");
      // Tab once more, and nothing has changed: they stand above.
      if (list === this.#listed) return;
      this.#listed = list;
      await this.print(safeText(list));
    }
  }

  /** A key; meanwhile tab goes on with what it waits for, if nothing else was typed since. */
  async #nextKey(signal: AbortSignal | undefined): Promise<Key | undefined> {
    const reading = this.#tty.input.next({ signal });
    for (;;) {
      const coming = this.#coming;
      if (coming === undefined) return await reading;
      const isFirst = await Promise.race([
        reading.then(() => false, () => false),
        coming.then(() => true),
      ]);
      this.#coming = undefined;
      if (isFirst) await this.#show(this.#editor.complete());
    }
  }

  /** Everything in one write, the input row last: no half-painted row is ever seen. */
  #write(text: string): Promise<void> {
    const row = this.#prompt === undefined
      ? ""
      : paintRow(this.#prompt, this.#tty.size.columns, (cells) => this.#shown.view(cells));
    return this.#tty.output.write(utf8(text + row));
  }
}

function inputOf(outcome: EditorOutcome): DialogueInput | undefined {
  if (outcome.kind === "accepted") return { kind: "line", text: outcome.text };
  if (outcome.kind === "interrupted" || outcome.kind === "ended") return { kind: outcome.kind };
  return undefined;
}
