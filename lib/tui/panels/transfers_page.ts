/** Files on their way and those that were: each with a bar that goes on, and keys that pause, resume and cancel. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { nameItems } from "../../client/transfers/describe.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import type { CardView, MovingTransfer } from "../../app/conversations/cards.ts";
import { isEnd, transferView } from "../../app/conversations/file_card_view.ts";
import type { App } from "../conversations/app.ts";
import { actionOf, commandOf, isCancelKey, keysOf } from "../timeline/card_keys.ts";
import { factRows } from "../timeline/card_rows.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import type { Theme } from "../theme/theme.ts";
import { LIST_STEPS } from "./list_keys.ts";

/** Older ones are listed by `heliograph file list`. */
const MOST_LISTED = 50;
/** A transfer has its name, and how it goes below that. */
const ROWS_EACH = 2;
const INDENT_CELLS = 3;

/** Opens the page with what there is now. */
export async function openTransfers(app: App): Promise<void> {
  app.show(new TransfersPage(app, await newest(app)));
}

/** What can be done something about, then what has ended; of both the newest first. */
async function newest({ talk: { client } }: App): Promise<readonly Transfer[]> {
  const listed = (await client.transfers.newest(MOST_LISTED)).toReversed();
  const isOver = ({ state }: Transfer) => Number(isEnd(state.state));
  return listed.toSorted((one, other) => isOver(one) - isOver(other));
}

class TransfersPage implements Panel {
  readonly shape = "page";
  readonly #app: App;
  #listed: readonly Transfer[];
  /** What is under way by now: when that is another, so may be the rest. */
  #active: readonly MovingTransfer[];
  #isReading = false;
  #selected: Transfer["id"] | undefined;
  /** The transfer that the same key cancels when it is pressed once more. */
  #sure: Transfer["id"] | undefined;

  constructor(app: App, listed: readonly Transfer[]) {
    this.#app = app;
    this.#listed = listed;
    this.#active = app.model.transfers;
    this.#selected = listed[0]?.id;
  }

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    this.#renew();
    const at = this.#at();
    const rows = this.#listed.flatMap((transfer, i) =>
      this.#rowsOf(transfer, { isSelected: i === at, widthCells, theme })
    );
    return {
      title: rows.length === 0 ? "No transfers" : "Transfers",
      hint: this.#hint(),
      rows,
      focus: { row: at * ROWS_EACH + 1 },
      input: undefined,
    };
  }

  handle(key: Key): PanelOutcome {
    const name = key.kind === "text" ? key.text.toLowerCase() : keyName(key) ?? "";
    const sure = this.#sure;
    this.#sure = undefined;
    if (LIST_STEPS[name] !== undefined) this.#select(this.#at() + LIST_STEPS[name]);
    else if (["escape", "enter", "ctrl-c"].includes(name)) return "closed";
    else this.#act(name, sure);
    return "open";
  }

  click(row: number): PanelOutcome {
    this.#sure = undefined;
    this.#select(Math.floor(row / ROWS_EACH));
    return "open";
  }

  scroll(byRows: number): void {
    this.#sure = undefined;
    this.#select(this.#at() + Math.sign(byRows));
  }

  #act(key: string, sure: Transfer["id"] | undefined): void {
    const transfer = this.#now(this.#listed[this.#at()]);
    const view = transfer && this.#viewOf(transfer);
    const action = view && actionOf(view, key);
    if (transfer === undefined || view === undefined || action === undefined) return;
    // What was cancelled begins from nothing.
    if (isCancelKey(view, key) && sure !== transfer.id) {
      this.#sure = transfer.id;
      return;
    }
    const { talk, inbox, model } = this.#app;
    inbox.start(talk.enter(commandOf(action, `${transfer.number}`), model.open));
  }

  #hint(): string {
    const transfer = this.#now(this.#listed[this.#at()]);
    if (transfer !== undefined && this.#sure === transfer.id) {
      return "x again cancels it · any other key: not";
    }
    const keys = transfer === undefined ? [] : keysOf(this.#viewOf(transfer));
    const hints = keys.filter(([key]) => key !== "enter").map((words) => words.join(" "));
    return [...hints, "up and down choose", "escape closes"]
      .join(" · ");
  }

  #rowsOf(
    listed: Transfer,
    { isSelected, widthCells, theme }: {
      readonly isSelected: boolean;
      readonly widthCells: number;
      readonly theme: Theme;
    },
  ): readonly Row[] {
    const transfer = this.#now(listed) ?? listed;
    const { number, direction, peer, room, items } = transfer;
    const { names } = this.#app.talk.facts;
    const who = `${direction === "out" ? "⇡ to" : "⇣ from"} ${names.nameOf(peer)}`;
    const where = room === undefined ? who : `${who} in ${names.nameOf(room)}`;
    const mark = `${isSelected ? "▸" : " "}${`${number}`.padStart(2)}  `;
    const head = `${nameItems(items)}  ${where}`;
    const style = isSelected ? theme.selected : theme.text;
    const [facts] = factRows(this.#viewOf(transfer), {
      widthCells: widthCells - INDENT_CELLS - 1,
      theme,
    });
    const indent = { text: safeText(" ".repeat(INDENT_CELLS)), style: theme.text };
    const headCells = widthCells - textWidthCells(safeText(mark));
    return [
      [{ text: safeText(mark), style }, { text: fill(head, headCells), style }],
      [indent, ...facts],
    ];
  }

  #viewOf(transfer: Transfer): CardView {
    const moving = this.#active.find((one) => one.transfer.id === transfer.id);
    return transferView(moving ?? { transfer, progress: undefined }, this.#app.talk.facts.names);
  }

  /** As it moves, where it does. */
  #now(listed: Transfer | undefined): Transfer | undefined {
    return this.#active.find(({ transfer }) => transfer.id === listed?.id)?.transfer ?? listed;
  }

  #renew(): void {
    const { model } = this.#app;
    if (model.transfers === this.#active || this.#isReading) return;
    this.#active = model.transfers;
    this.#isReading = true;
    this.#app.inbox.start(this.#read());
  }

  async #read(): Promise<void> {
    this.#listed = await newest(this.#app);
    this.#isReading = false;
    this.#app.canvas.soon();
  }

  #at(): number {
    return Math.max(0, this.#listed.findIndex(({ id }) => id === this.#selected));
  }

  #select(at: number): void {
    this.#selected = this.#listed[Math.max(0, Math.min(at, this.#listed.length - 1))]?.id;
  }
}

/** Cut or filled to a width. Foreign text may be in it. */
function fill(words: string, widthCells: number) {
  const text = truncateToWidth(onOneLine(safeText(words)), Math.max(1, widthCells));
  return safeText(text + " ".repeat(Math.max(0, widthCells - textWidthCells(text))));
}
