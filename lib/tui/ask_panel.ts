/** Answers to what others ask: y and n, by number where there are several. */

import { type Key, keyName } from "../terminal/key.ts";
import { onOneLine, safeText } from "../terminal/safe_text.ts";
import { truncateToWidth } from "../terminal/text_width.ts";
import type { App } from "./app.ts";
import { askWords } from "./ask_strip.ts";
import type { Row } from "./item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "./panel.ts";
import type { Asked } from "./talk.ts";
import type { Theme } from "./theme.ts";

/** Opens it; nothing happens where nothing is asked. */
export function openAsks(app: App): void {
  if (app.model.asks.length > 0) app.show(new AskPanel(app));
}

/** Answers what waits longest. */
export function answerFirst(app: App, accepts: boolean): void {
  const [first] = app.model.asks;
  if (first !== undefined) answer(app, first, accepts);
}

/** It is asked no more here, whatever comes of the answer: what went wrong is told. */
function answer(app: App, asked: Asked, accepts: boolean): void {
  app.change((model) => ({ ...model, asks: model.asks.filter(({ key }) => key !== asked.key) }));
  const line = accepts ? asked.accept : asked.decline;
  const { open } = app.model;
  app.inbox.addLine(`> ${line}`, open);
  app.inbox.start(app.talk.enter(line, open));
}

/** Shows what the model has, so that what is answered elsewhere goes here too. */
class AskPanel implements Panel {
  readonly #app: App;
  #selected = 0;

  constructor(app: App) {
    this.#app = app;
  }

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const { asks, nowMs } = this.#app.model;
    const selected = this.#at();
    const rows = asks.map((asked, i): Row => {
      const words = `${i === selected ? "▸" : " "}${i + 1}  ${askWords(asked, nowMs)}  (${
        onOneLine(safeText(asked.accept))
      })`;
      const style = i === selected ? theme.selected : theme.menu;
      return [{ text: truncateToWidth(safeText(words), Math.max(1, widthCells)), style }];
    });
    return {
      title: rows.length === 0 ? "Nothing is asked any more" : "What others ask of you",
      hint: "y yes · n no · a number or up and down choose · escape closes",
      shape: "menu",
      rows,
      focus: { row: selected },
      input: undefined,
    };
  }

  handle(key: Key): PanelOutcome {
    const { asks } = this.#app.model;
    const name = key.kind === "text" ? key.text.toLowerCase() : keyName(key) ?? "";
    if (name === "y" || name === "n") {
      const asked = asks[this.#at()];
      if (asked !== undefined) answer(this.#app, asked, name === "y");
      return this.#app.model.asks.length === 0 ? "closed" : "open";
    }
    if (/^[1-9]$/.test(name)) this.#selected = Number(name) - 1;
    else if (name === "up") this.#selected = Math.max(0, this.#at() - 1);
    else if (name === "down" || name === "tab") this.#selected = this.#at() + 1;
    else if (name === "escape" || name === "ctrl-c" || name === "f9") return "closed";
    return "open";
  }

  click(row: number): PanelOutcome {
    this.#selected = row;
    return "open";
  }

  scroll(byRows: number): void {
    this.#selected = this.#at() + Math.sign(byRows);
  }

  #at(): number {
    return Math.max(0, Math.min(this.#selected, this.#app.model.asks.length - 1));
  }
}
