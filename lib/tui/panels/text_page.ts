/** A page to read: help, a safety number, a recovery code. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import type { Theme } from "../theme/theme.ts";
import { LIST_STEPS, PAGE_ROWS, type Steps } from "./list_keys.ts";

/** What a page says, and what it can do. */
export interface TextPageOptions {
  readonly title: string;
  readonly hint: string;
  rows(options: { readonly widthCells: number; readonly theme: Theme }): readonly Row[];
  /** Keys that do something, by `keyName` or the character typed; they close the page. */
  readonly keys?: Readonly<Record<string, () => void>>;
}

const STEPS: Steps = { ...LIST_STEPS, " ": PAGE_ROWS };

/** Scrolls; any of its own keys, escape, enter or q close it. */
export class TextPage implements Panel {
  readonly shape = "page";
  readonly #options: TextPageOptions;
  #topRow = 0;
  #lastRow = 0;
  /** Something is typed that is no key here: the letter q in it must not close the page, and let the rest be said to somebody. */
  #isTyped = false;

  constructor(options: TextPageOptions) {
    this.#options = options;
  }

  view(options: { widthCells: number; theme: Theme }): PanelView {
    const rows = this.#options.rows(options);
    this.#lastRow = rows.length - 1;
    const { title, hint } = this.#options;
    const focus = { topRow: this.#topRow };
    return { title, hint, rows, focus, input: undefined };
  }

  handle(key: Key): PanelOutcome {
    const name = key.kind === "text" ? key.text : keyName(key) ?? "";
    const own = this.#options.keys?.[name];
    if (own !== undefined) {
      own();
      return "closed";
    }
    if (STEPS[name] !== undefined) {
      this.scroll(STEPS[name]);
      return "open";
    }
    if (["escape", "enter", "ctrl-c"].includes(name)) return "closed";
    if (!this.#isTyped && (name === "q" || name === "?")) return "closed";
    this.#isTyped ||= key.kind === "text" || key.kind === "paste";
    return "open";
  }

  click(): PanelOutcome {
    return "open";
  }

  scroll(byRows: number): void {
    this.#topRow = Math.max(0, Math.min(this.#lastRow, this.#topRow + byRows));
  }
}
