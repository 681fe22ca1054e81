/** A conversation by lines: what both kinds, with and without escape sequences, can do. */

import type { SafeText } from "../../base/safe_text.ts";

/** What a person entered. The text is as typed: make it `SafeText` before it is shown to anyone. */
export type DialogueInput =
  | { readonly kind: "line"; readonly text: string }
  /** Ctrl-C, where it arrives as a key. */
  | { readonly kind: "interrupted" }
  /** Ctrl-D, or the end of the input. */
  | { readonly kind: "ended" };

/** How a text is added. */
export interface PrintOptions {
  /** How far further lines of the text are indented; never 0, so that column 0 stays the program's (SR-70). Default 2. */
  readonly indentCells?: number;
}

/** How a line is asked for. */
export interface ReadLineOptions {
  /** Stands before the input line, where there is one to stand before. */
  readonly prompt?: SafeText;
  /** False removes the line from the screen once it is entered, e.g. because it will come back as a message. Default true. */
  readonly keepLine?: boolean;
  /** Called when the first character of a line is typed; never where only whole lines are seen. */
  readonly onBegin?: () => void;
  readonly signal?: AbortSignal;
}

/** A question over what is being typed. */
export interface AnswerOptions {
  readonly prompt: SafeText;
  /** Nothing of the answer is ever shown: at most a dot for each character, and on lines not even that. */
  readonly isSecret: boolean;
  /** Words for what is typed, shown beside it where there is a place for them; empty: none. */
  readonly remark?: ((typed: string) => string | Promise<string>) | undefined;
  readonly signal?: AbortSignal;
}

/** Text added above, lines entered below. */
export interface LineDialogue {
  /** Adds `text` below what is there. Never disturbs what is being typed. Rejects with `TerminalError` when the output is gone. */
  print(text: SafeText, options?: PrintOptions): Promise<void>;
  /** Rings the terminal's bell; absent where no terminal would hear it. */
  ring?(): Promise<void>;
  /** The next line entered. Rejects with the signal's reason when aborted. One caller at a time. */
  readLine(options?: ReadLineOptions): Promise<DialogueInput>;
  /**
   * An answer: what is being typed otherwise stays as it is. Absent where nobody is there to be asked: the answer would be taken
   * out of lines that were meant for something else.
   */
  readAnswer?(options: AnswerOptions): Promise<DialogueInput>;
  /** Whether `readAnswer` shows remarks; left out: it does not. */
  readonly showsRemarks?: boolean;
}

/** Enough to see that a line goes on. */
export const DEFAULT_INDENT_CELLS = 2;
