/** A list to choose from, with or without words to look for: completion menu, quick switcher, search. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import { LineEditor } from "../../terminal/lines/line_editor.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import { filled } from "./setting_lines.ts";
import type { Theme } from "../theme/theme.ts";
import { type Steps, TYPING_STEPS } from "./list_keys.ts";

/** Something that can be chosen. Foreign text. */
export interface Choice<Value> {
  readonly label: string;
  readonly detail: string;
  readonly value: Value;
  /** A character that chooses it where nothing is typed. With one such choice no other key closes the panel. */
  readonly key?: string;
}

/** What a chooser offers. */
export interface ChooserOptions<Value> {
  readonly title: string;
  readonly hint: string;
  readonly shape: Panel["shape"];
  /** Undefined: nothing can be typed, and keys that are of no use here close it. */
  readonly query: string | undefined;
  /** What there is for a query; called again whenever that changes. */
  find(query: string): readonly Choice<Value>[];
  onChosen(value: Value): void;
  /** A key that only closed the panel is for whoever is below it. */
  onPassed?(key: Key): void;
}

const STEPS: Steps = { ...TYPING_STEPS, "tab": 1, "shift-tab": -1 };
/** Labels take this much at most; what explains them comes behind. */
const LABEL_SHARE = 0.5;

/** Up, down, enter, escape; typing narrows it where it can be narrowed. */
export class Chooser<Value> implements Panel {
  readonly shape: Panel["shape"];
  readonly #options: ChooserOptions<Value>;
  readonly #editor = new LineEditor();
  #choices: readonly Choice<Value>[];
  #selected = 0;

  constructor(options: ChooserOptions<Value>) {
    this.#options = options;
    this.shape = options.shape;
    this.#editor.setText(options.query ?? "");
    this.#choices = options.find(options.query ?? "");
  }

  /** Looks again: what there is to find has changed. */
  refresh(): void {
    this.#choices = this.#options.find(this.#editor.text);
    this.#selected = Math.max(0, Math.min(this.#selected, this.#choices.length - 1));
  }

  view({ widthCells, theme }: { widthCells: number; theme: Theme }): PanelView {
    const { title, hint, shape, query } = this.#options;
    const hasDetails = this.#choices.some(({ detail }) => detail !== "");
    const labelCells = Math.min(
      Math.floor(widthCells * (hasDetails ? LABEL_SHARE : 1)),
      Math.max(0, ...this.#choices.map(({ label }) => textWidthCells(onOneLine(safeText(label))))),
    );
    const style = shape === "menu" ? theme.menu : theme.text;
    const rows = this.#choices.map((choice, i): Row => {
      const isSelected = i === this.#selected;
      const label = truncateToWidth(onOneLine(safeText(choice.label)), Math.max(1, labelCells));
      const pad = " ".repeat(Math.max(0, labelCells - textWidthCells(label)));
      const detail = onOneLine(safeText(choice.detail));
      // The arrow too, since colour alone is no sign.
      return [{
        text: filled(`${isSelected ? "▸" : " "}${label}${pad}  ${detail}`, widthCells),
        style: isSelected ? theme.selected : style,
      }];
    });
    return {
      title: `${title}${rows.length === 0 ? "  (nothing)" : ""}`,
      hint,
      rows,
      focus: { row: this.#selected },
      input: query === undefined ? undefined : this.#input(widthCells, theme),
    };
  }

  handle(key: Key): PanelOutcome {
    const name = keyName(key) ?? "";
    if (STEPS[name] !== undefined) {
      this.#move(STEPS[name]);
      return "open";
    }
    if (name === "escape" || name === "ctrl-c" || name === "ctrl-g") return "closed";
    if (name === "enter") return this.#choose(this.#selected);
    if (this.#options.query === undefined) {
      if (this.#choices.some((choice) => choice.key !== undefined)) return this.#chooseByKey(key);
      this.#options.onPassed?.(key);
      return "closed";
    }
    const before = this.#editor.text;
    this.#editor.handle(key);
    if (this.#editor.text !== before) {
      this.#selected = 0;
      this.#choices = this.#options.find(this.#editor.text);
    }
    return "open";
  }

  click(row: number): PanelOutcome {
    return this.#choices[row] === undefined ? "open" : this.#choose(row);
  }

  scroll(byRows: number): void {
    this.#selected = Math.max(0, Math.min(this.#choices.length - 1, this.#selected + byRows));
  }

  #choose(at: number): PanelOutcome {
    const choice = this.#choices[at];
    if (choice !== undefined) this.#options.onChosen(choice.value);
    return "closed";
  }

  /** What would be lost with the panel is not lost by a slip. */
  #chooseByKey(key: Key): PanelOutcome {
    const typed = key.kind === "text" ? key.text : undefined;
    const at = this.#choices.findIndex((choice) =>
      choice.key !== undefined && choice.key === typed
    );
    return at < 0 ? "open" : this.#choose(at);
  }

  #move(by: number): void {
    const count = this.#choices.length;
    if (count === 0) return;
    // One step goes round; a page stops at the ends.
    this.#selected = Math.abs(by) === 1
      ? (this.#selected + by + count) % count
      : Math.max(0, Math.min(count - 1, this.#selected + by));
  }

  #input(widthCells: number, theme: Theme): PanelView["input"] {
    const { text, cursorCells } = this.#editor.view(Math.max(2, widthCells - 3));
    const row: Row = [{ text: safeText(" > "), style: theme.faint }, { text, style: theme.text }];
    return { row, cursorCells: cursorCells + 3 };
  }
}
