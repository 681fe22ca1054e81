/** Asks over the conversations. Nothing of a secret is ever shown, not even its length. */

import type { AnswerOptions, DialogueInput } from "../../terminal/lines/dialogue.ts";
import type { Key } from "../../terminal/input/key.ts";
import { LineEditor } from "../../terminal/lines/line_editor.ts";
import { safeSentence, safeText } from "../../base/safe_text.ts";
import type { App } from "../conversations/app.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import type { Theme } from "../theme/theme.ts";

/** Answered once. */
class AnswerPanel implements Panel {
  readonly shape = "menu";
  readonly answer: Promise<DialogueInput>;
  readonly #words: string;
  readonly #isSecret: boolean;
  // Its history holds one line, and goes with it.
  readonly #editor = new LineEditor();
  readonly #settle: (input: DialogueInput) => void;

  /** `words`: what is asked for. Foreign text may be in it. */
  constructor(words: string, isSecret: boolean) {
    const { promise, resolve } = Promise.withResolvers<DialogueInput>();
    this.answer = promise;
    this.#settle = resolve;
    this.#words = words;
    this.#isSecret = isSecret;
  }

  /** Nobody waits for it any more. */
  giveUp(): void {
    this.#settle({ kind: "interrupted" });
  }

  view(
    { theme, widthCells }: { readonly widthCells: number; readonly theme: Theme },
  ): PanelView {
    const { text, cursorCells } = this.#isSecret
      ? { text: safeText(""), cursorCells: 0 }
      : this.#editor.view(Math.max(2, widthCells - 3));
    const row = [{ text: safeSentence` > ${text}`, style: theme.text }];
    const shown = this.#isSecret ? "what you type is not shown · " : "";
    return {
      title: this.#words,
      hint: `${shown}enter answers · ctrl-C does nothing with it`,
      rows: [],
      focus: { topRow: 0 },
      input: { row, cursorCells: cursorCells + 3 },
    };
  }

  handle(key: Key): PanelOutcome {
    const outcome = this.#editor.handle(key);
    switch (outcome.kind) {
      case "accepted":
        this.#settle({ kind: "line", text: outcome.text.replace(/\n/g, "") });
        return "closed";
      case "interrupted":
      case "ended":
        this.#settle({ kind: outcome.kind });
        return "closed";
      case "ignored": {
        const isEscape = key.kind === "key" && key.name === "escape";
        if (isEscape) this.giveUp();
        return isEscape ? "closed" : "open";
      }
      case "changed":
      case "candidates":
      case "coming":
      case "repaint":
      case "too-long":
        return "open";
    }
  }

  click(): PanelOutcome {
    return "open";
  }

  scroll(): void {}
}

/** Asks over what is open. Rejects with the signal's reason when aborted. */
export async function askOver(
  app: App,
  { prompt, isSecret, signal }: AnswerOptions,
): Promise<DialogueInput> {
  const panel = new AnswerPanel(prompt, isSecret);
  const giveUp = () => panel.giveUp();
  signal?.addEventListener("abort", giveUp, { once: true });
  app.show(panel);
  const input = await panel.answer;
  signal?.removeEventListener("abort", giveUp);
  app.settle(panel, "closed");
  signal?.throwIfAborted();
  return input;
}
