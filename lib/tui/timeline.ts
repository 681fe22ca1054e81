/** The conversation as rows: what fits, how far it is scrolled, days and what is new. Pure, but for its memory of rows. */

import { clockTime, dateWords, itemRows, type Row, type RowOptions, rule } from "./item_lines.ts";
import type { Anchor, Item, Page } from "../app/conversations/model.ts";
import { START } from "../app/conversations/update.ts";
import { timeOf } from "./item_words.ts";

/** A page of rows. */
export interface TimelineView {
  /** As many as there is room for, or fewer. */
  readonly rows: readonly Row[];
  /** Rows below what is seen, as far as they are counted. */
  readonly hasMoreBelow: boolean;
  /** The oldest item is on the screen: what is older may be read from the disk. */
  readonly reachesTop: boolean;
}

/** Days and news belong to the item that they stand before. */
interface Block {
  readonly item: Item;
  readonly rows: readonly Row[];
}

/** Makes rows out of a page. Rows of an item are made once for a width and a look. */
export class Timeline {
  readonly #page: Page;
  readonly #options: RowOptions;

  constructor(page: Page, options: RowOptions) {
    this.#page = page;
    this.#options = options;
  }

  /** What is seen in so many rows. */
  view(heightCells: number): TimelineView {
    const { items } = this.#page;
    const bottom = this.#bottom();
    const rows: Row[] = [];
    let at = bottom.index;
    for (; at >= 0 && rows.length < heightCells; at--) {
      const block = this.#block(at);
      const until = at === bottom.index ? bottom.line + 1 : block.rows.length;
      rows.unshift(...block.rows.slice(0, until));
    }
    const cut = Math.max(0, rows.length - heightCells);
    return {
      rows: rows.slice(cut),
      hasMoreBelow: bottom.index < items.length - 1 ||
        (items.length > 0 && bottom.line < this.#block(bottom.index).rows.length - 1),
      reachesTop: at < 0 && cut === 0,
    };
  }

  /** Where to be after scrolling by so many rows, up when negative. Undefined follows the newest. */
  scrolled(byRows: number, heightCells: number): Anchor | undefined {
    const { items } = this.#page;
    if (items.length === 0) return undefined;
    let { index, line } = this.#bottom();
    let left = Math.abs(byRows);
    const step = byRows < 0 ? -1 : 1;
    while (left-- > 0) {
      line += step;
      if (line < 0) {
        if (index === 0) return this.#topAnchor(heightCells);
        line = this.#block(--index).rows.length - 1;
      } else if (line >= this.#block(index).rows.length) {
        if (index === items.length - 1) return undefined;
        index++;
        line = 0;
      }
    }
    if (index === items.length - 1 && line >= this.#block(index).rows.length - 1) return undefined;
    return this.#notAboveTop({ index, line }, heightCells);
  }

  /** The first rows of the page, from its top. */
  #topAnchor(heightCells: number): Anchor | undefined {
    let rows = 0;
    for (let index = 0; index < this.#page.items.length; index++) {
      const block = this.#block(index);
      if (rows + block.rows.length >= heightCells) {
        return { key: block.item.key, line: heightCells - rows - 1 };
      }
      rows += block.rows.length;
    }
    // All of it fits.
    return undefined;
  }

  #notAboveTop(place: { index: number; line: number }, heightCells: number): Anchor | undefined {
    let rows = place.line + 1;
    for (let index = place.index - 1; index >= 0 && rows < heightCells; index--) {
      rows += this.#block(index).rows.length;
    }
    if (rows < heightCells) return this.#topAnchor(heightCells);
    return { key: this.#page.items[place.index].key, line: place.line };
  }

  #bottom(): { readonly index: number; readonly line: number } {
    const { items, anchor } = this.#page;
    const last = items.length - 1;
    const index = anchor === undefined
      ? last
      : items.findLastIndex(({ key }) => key === anchor.key);
    if (index < 0) return { index: last, line: last < 0 ? -1 : this.#block(last).rows.length - 1 };
    const lines = this.#block(index).rows.length;
    return { index, line: Math.min(anchor?.line ?? lines - 1, lines - 1) };
  }

  #block(index: number): Block {
    const { items, freshAfter } = this.#page;
    const item = items[index];
    const before = items[index - 1];
    const { theme } = this.#options;
    const rows: Row[] = [];
    if (before === undefined || dayOf(timeOf(before)) !== dayOf(timeOf(item))) {
      rows.push(rule(dateWords(timeOf(item)), this.#options, theme.faint));
    }
    if (freshAfter !== undefined && freshAfter === (before?.key ?? START)) {
      rows.push(rule(`new since ${clockTime(timeOf(item))}`, this.#options, theme.fresh));
    }
    rows.push(...itemRows(item, this.#options));
    return { item, rows };
  }
}

function dayOf(atMs: number): string {
  return new Date(atMs).toDateString();
}
