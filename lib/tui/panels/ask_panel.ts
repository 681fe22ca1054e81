/** Answers to what others ask: y and n, by number where there are several. What strangers wrote is read here first. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { App } from "../conversations/app.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import { filled } from "./setting_lines.ts";
import { askWords } from "../../app/questions/request_words.ts";
import type { Request } from "../../app/questions/requests.ts";
import type { Theme } from "../theme/theme.ts";

/** Of what a stranger wrote: enough to see what it is about. */
const PREVIEW_ROWS = 2;
const PREVIEW_INDENT_CELLS = 6;

/** Opens it; nothing happens where nothing is asked. */
export function openAsks(app: App): void {
  if (app.model.requests.length > 0) app.show(new AskPanel(app));
}

/** Answers what stands first in the strip; what a stranger wrote is shown instead, and so is what came there since it was drawn. */
export function answerFirst(app: App, accepts: boolean): void {
  const [first] = app.asked;
  if (first === undefined || first.key !== app.canvas.painted?.firstAsked) return;
  if (first.stranger !== undefined) openAsks(app);
  else answer(app, first, accepts ? first.accept : first.decline);
}

/** It is asked no more here, whatever comes of the answer: what went wrong is told. */
function answer(app: App, asked: Request, line: string): void {
  app.change((model) => ({
    ...model,
    requests: model.requests.filter(({ key }) => key !== asked.key),
  }));
  app.inbox.start(app.talk.enter(line, app.model.open));
}

/** Shows what the model has, so that what is answered elsewhere goes here too. */
class AskPanel implements Panel {
  readonly shape = "menu";
  readonly showsAsks = true;
  readonly #app: App;
  /** A request comes and goes by what others do: a number of its row would be another's then. */
  #selected: string | undefined;
  /** Where that one stood. */
  #place = 0;
  /** The answer that the same key gives when it is pressed once more: what it throws away does not come back. */
  #sure: string | undefined;
  /** What was drawn last: the requests, and which of them each row of the body is about. */
  #drawn: readonly string[];
  #rows: readonly number[] = [];
  /** Which of those the person sees selected: no other is answered. */
  #seen: string | undefined;

  constructor(app: App) {
    this.#app = app;
    this.#drawn = app.model.requests.map(({ key }) => key);
    this.#choose(0);
  }

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const { requests: asks, nowMs } = this.#app.model;
    const selected = this.#at();
    const drawn = asks.flatMap((asked, at) => {
      const words = `${at === selected ? "▸" : " "}${at + 1}  ${askWords(asked, nowMs)}  (${
        onOneLine(safeText(asked.accept))
      })`;
      const style = at === selected ? theme.selected : theme.menu;
      const row: Row = [{ text: filled(words, widthCells), style }];
      const preview = at === selected ? previewRows(asked, widthCells, theme) : [];
      return [row, ...preview].map((row) => ({ row, at }));
    });
    this.#rows = drawn.map(({ at }) => at);
    this.#drawn = asks.map(({ key }) => key);
    this.#choose(selected);
    const block = asks[selected]?.stranger === undefined ? "" : " · b twice blocks";
    return {
      title: drawn.length === 0 ? "No more requests" : "Requests",
      hint: this.#sure === undefined
        ? `y yes · n twice no${block} · a number or up and down choose · escape closes`
        : `the same key again: ${onOneLine(safeText(this.#sure))} · any other: not`,
      rows: drawn.map(({ row }) => row),
      // Below the selected request stands what belongs to it.
      focus: { row: Math.max(0, this.#rows.lastIndexOf(selected)) },
      input: undefined,
    };
  }

  handle(key: Key): PanelOutcome {
    const asked = this.#app.model.requests[this.#at()];
    // Another request may have come to stand there since: what nobody has seen is shown first.
    const seen = asked?.key === this.#seen ? asked : undefined;
    const name = key.kind === "text" ? key.text.toLowerCase() : keyName(key) ?? "";
    const sure = this.#sure;
    this.#sure = undefined;
    if (name === "y") return this.#answer(seen, seen?.accept);
    if (name === "n") return this.#answerTwice(seen, seen?.decline, sure);
    if (name === "b" && asked?.stranger !== undefined) {
      return this.#answerTwice(seen, seen?.stranger?.block, sure);
    }
    if (/^[1-9]$/.test(name)) this.#choose(Number(name) - 1);
    else if (name === "up") this.#choose(this.#place - 1);
    else if (name === "down" || name === "tab") this.#choose(this.#place + 1);
    else if (name === "escape") {
      // They were seen: the strip is put away with them.
      this.#app.hideAsks();
      return "closed";
    } else if (name === "ctrl-c" || name === "f9") return "closed";
    else if (key.kind === "text" || key.kind === "paste") return this.#passOn(key);
    return "open";
  }

  click(row: number): PanelOutcome {
    this.#select(this.#rows[row] ?? this.#place);
    return "open";
  }

  scroll(byRows: number): void {
    this.#select(this.#place + Math.sign(byRows));
  }

  #select(at: number): void {
    this.#choose(at);
    this.#sure = undefined;
  }

  /** By its place among those that were drawn. */
  #choose(at: number): void {
    const place = Math.max(0, Math.min(at, this.#drawn.length - 1));
    this.#selected = this.#seen = this.#drawn[place];
    this.#place = place;
  }

  #answer(asked: Request | undefined, line: string | undefined): PanelOutcome {
    if (asked !== undefined && line !== undefined) answer(this.#app, asked, line);
    return this.#app.model.requests.length === 0 ? "closed" : "open";
  }

  #answerTwice(
    asked: Request | undefined,
    line: string | undefined,
    sure: string | undefined,
  ): PanelOutcome {
    if (line !== undefined && line === sure) return this.#answer(asked, line);
    this.#sure = line;
    return "open";
  }

  /** Somebody types a text: it is for the line, and this gives way. */
  #passOn(key: Key): PanelOutcome {
    this.#app.show(undefined);
    this.#app.inbox.start(this.#app.handle(key));
    return "closed";
  }

  /** Where the selected one stands now; where it is gone, what has its place. */
  #at(): number {
    const { requests: asks } = this.#app.model;
    const at = asks.findIndex(({ key }) => key === this.#selected);
    return at >= 0 ? at : Math.max(0, Math.min(this.#place, asks.length - 1));
  }
}

/** The first rows of what a stranger wrote. */
function previewRows({ stranger }: Request, widthCells: number, theme: Theme): readonly Row[] {
  if (stranger === undefined) return [];
  const all = layOutLines(safeText(stranger.wrote), {
    widthCells: Math.max(2, widthCells - PREVIEW_INDENT_CELLS),
    indentCells: 1,
    maxLines: PREVIEW_ROWS + 1,
  });
  const indent = " ".repeat(PREVIEW_INDENT_CELLS);
  return all.slice(0, PREVIEW_ROWS).map((text, i): Row => {
    const more = i === PREVIEW_ROWS - 1 && all.length > PREVIEW_ROWS ? " …" : "";
    const row = truncateToWidth(safeText(`${indent}${text}${more}`), Math.max(1, widthCells));
    return [{ text: row, style: theme.menu }];
  });
}
