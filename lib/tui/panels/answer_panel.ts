/** Asks over the conversations. Of a secret there is a dot for each character, as on the page of questions, and a remark about a new one. */

import type { AnswerOptions, DialogueInput } from "../../terminal/lines/dialogue.ts";
import type { Key } from "../../terminal/input/key.ts";
import { LineEditor } from "../../terminal/lines/line_editor.ts";
import { safeSentence, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import type { App } from "../conversations/app.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import { hiddenLine } from "../questions/question_rows.ts";
import { Remark } from "../questions/remark.ts";
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

  readonly #remark: Remark | undefined;

  /** `prompt`: foreign text may be in it. */
  constructor({ prompt, isSecret, remark }: AnswerOptions, onChanged: () => void) {
    const { promise, resolve } = Promise.withResolvers<DialogueInput>();
    this.answer = promise;
    this.#settle = resolve;
    this.#words = prompt;
    this.#isSecret = isSecret;
    this.#remark = remark && new Remark(remark, onChanged);
  }

  /** Nobody waits for it any more. */
  giveUp(): void {
    this.#settle({ kind: "interrupted" });
  }

  view(
    { theme, widthCells }: { readonly widthCells: number; readonly theme: Theme },
  ): PanelView {
    const lineCells = Math.max(2, widthCells - 3);
    const { text, cursorCells } = this.#isSecret
      ? hiddenLine(this.#editor, lineCells)
      : this.#editor.view(lineCells);
    const row = [{ text: safeSentence` > ${text}`, style: theme.text }];
    const shown = this.#isSecret ? "a dot for each character · " : "";
    return {
      title: this.#words,
      // What answers stands first: where there is little room, the middle goes.
      hint: `enter answers · ${shown}escape cancels`,
      rows: this.#remarkRows(widthCells, theme),
      focus: { topRow: 0 },
      input: { row, cursorCells: cursorCells + 3 },
    };
  }

  /** There from the beginning, so that nothing moves below the line. */
  #remarkRows(widthCells: number, theme: Theme): readonly Row[] {
    if (this.#remark === undefined) return [];
    return layOutLines(safeText(`   ${this.#remark.text}`), {
      widthCells: Math.max(4, widthCells - 1),
      indentCells: 3,
    }).map((text): Row => [{ text, style: theme.menu }]);
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
        this.#remark?.follow(this.#editor.text);
        return "open";
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
  options: AnswerOptions,
): Promise<DialogueInput> {
  const { signal } = options;
  const panel = new AnswerPanel(options, () => app.canvas.now());
  const giveUp = () => panel.giveUp();
  signal?.addEventListener("abort", giveUp, { once: true });
  app.show(panel);
  const input = await panel.answer;
  signal?.removeEventListener("abort", giveUp);
  app.settle(panel, "closed");
  signal?.throwIfAborted();
  return input;
}
