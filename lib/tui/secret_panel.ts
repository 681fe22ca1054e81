/** Asks for a secret over the conversations: nothing of it is ever shown, not even its length. */

import type { DialogueInput } from "../terminal/dialogue.ts";
import type { Key } from "../terminal/key.ts";
import { LineEditor } from "../terminal/line_editor.ts";
import { type SafeText, safeText } from "../base/safe_text.ts";
import type { App } from "./app.ts";
import type { Panel, PanelOutcome, PanelView } from "./panel.ts";
import type { Theme } from "./theme.ts";

/** Answered once. */
class SecretPanel implements Panel {
  readonly answer: Promise<DialogueInput>;
  readonly #words: string;
  // Its history holds one line, and goes with it.
  readonly #editor = new LineEditor();
  readonly #settle: (input: DialogueInput) => void;

  /** `words`: what is asked for. Foreign text may be in it. */
  constructor(words: string) {
    const { promise, resolve } = Promise.withResolvers<DialogueInput>();
    this.answer = promise;
    this.#settle = resolve;
    this.#words = words;
  }

  /** Nobody waits for it any more. */
  giveUp(): void {
    this.#settle({ kind: "interrupted" });
  }

  view({ theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const row = [{ text: safeText(" > "), style: theme.text }];
    return {
      title: this.#words,
      hint: "what you type is not shown · enter answers · ctrl-C does nothing with it",
      rows: [],
      focus: { topRow: 0 },
      input: { row, cursorCells: 3 },
      shape: "menu",
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

/** What is asked for, and for how long. */
export interface SecretQuestion {
  readonly prompt: SafeText;
  readonly signal?: AbortSignal;
}

/** Asks over what is open. Rejects with the signal's reason when aborted. */
export async function askOver(
  app: App,
  { prompt, signal }: SecretQuestion,
): Promise<DialogueInput> {
  const panel = new SecretPanel(prompt);
  const giveUp = () => panel.giveUp();
  signal?.addEventListener("abort", giveUp, { once: true });
  app.show(panel);
  const input = await panel.answer;
  signal?.removeEventListener("abort", giveUp);
  app.settle(panel, "closed");
  signal?.throwIfAborted();
  return input;
}
