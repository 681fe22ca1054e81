/** The conversation as rows: what fits, how far it is scrolled, days and what is new. Pure, but for its memory of rows. */

import { drawnOf } from "../../app/conversations/pictures.ts";
import { clockTime, dateWords, type Row, type RowOptions, rule } from "../drawing/item_lines.ts";
import { cardTextColumn, type ItemLook, itemRows } from "./message_rows.ts";
import type { Anchor, Page } from "../../app/conversations/model.ts";
import { type GroupedItem, groupsOf } from "./message_groups.ts";
import { timeOf } from "./item_words.ts";
import { type BlockRow, moreRows, type PagePictures, pictureBlock } from "./picture_rows.ts";
import type { PictureRef } from "../../app/conversations/pictures.ts";

/** Screens of items that are to be above the one that is seen; a page is read in less time than so many keys take. */
const PAGES_AHEAD = 3;

/** A page of rows. */
export interface TimelineView {
  /** As many as there is room for, or fewer. */
  readonly rows: readonly TimelineRow[];
  /** Messages below the last one of which something is seen. */
  readonly below: number;
  readonly hasMoreBelow: boolean;
  /** So few items are above that what is older should be read from the disk: whoever goes on must not wait for it. */
  readonly nearsTop: boolean;
}

/** A row, and the item that it belongs to: undefined for a rule. */
export interface TimelineRow {
  readonly key: string | undefined;
  readonly row: Row;
  /** It is one of a picture. */
  readonly picture?: BlockRow;
  /** The pictures of its item. */
  readonly refs?: readonly PictureRef[];
}

/** How a page is looked at. */
export interface TimelineOptions extends RowOptions {
  /** A blank row between groups: where there are rows to spare. */
  readonly isAiry: boolean;
  /** The item with the message cursor. */
  readonly selected: string | undefined;
  /** Long texts that are shown whole, by key. */
  readonly unfolded: ReadonlySet<string>;
  /** Words that were searched for, in the item that was found. */
  readonly found: { readonly key: string; readonly words: string } | undefined;
  /** With how many rows the page has; undefined where none are drawn. */
  readonly pictures: { readonly page: PagePictures; readonly heightCells: number } | undefined;
}

interface Place {
  readonly index: number;
  readonly line: number;
}

/** Makes rows out of a page. Rows of an item are made once for a width and a look. */
export class Timeline {
  readonly #items: readonly GroupedItem[];
  readonly #anchor: Anchor | undefined;
  readonly #options: TimelineOptions;

  constructor(page: Page, options: TimelineOptions) {
    this.#items = groupsOf(page);
    this.#anchor = page.anchor;
    this.#options = options;
  }

  /** What is seen in so many rows. */
  view(heightCells: number): TimelineView {
    const bottom = this.#bottom();
    const parts: (readonly TimelineRow[])[] = [];
    let count = 0;
    let at = bottom.index;
    for (; at >= 0 && count < heightCells; at--) {
      const rows = this.#rows(at);
      const part = at === bottom.index ? rows.slice(0, bottom.line + 1) : rows;
      parts.push(part);
      count += part.length;
    }
    const rows = parts.toReversed().flat();
    const cut = Math.max(0, count - heightCells);
    const last = this.#items.length - 1;
    return {
      rows: rows.slice(cut),
      below: last - bottom.index,
      hasMoreBelow: bottom.index < last ||
        (last >= 0 && bottom.line < this.#rows(bottom.index).length - 1),
      nearsTop: at < heightCells * PAGES_AHEAD,
    };
  }

  /** Where to be after scrolling by so many rows, up when negative. Undefined follows the newest. */
  scrolled(byRows: number, heightCells: number): Anchor | undefined {
    if (this.#items.length === 0) return undefined;
    let { index, line } = this.#bottom();
    let left = Math.abs(byRows);
    const step = byRows < 0 ? -1 : 1;
    while (left-- > 0) {
      line += step;
      if (line < 0) {
        if (index === 0) return this.#topAnchor(heightCells);
        line = this.#rows(--index).length - 1;
      } else if (line >= this.#rows(index).length) {
        if (index === this.#items.length - 1) return undefined;
        index++;
        line = 0;
      }
    }
    if (index === this.#items.length - 1 && line >= this.#rows(index).length - 1) return undefined;
    return this.#notAboveTop({ index, line }, heightCells);
  }

  /**
   * Where to be so that an item is seen: as now where all of it is, else with its first row at the top, or its last at the bottom.
   * The page stays there while more is said. Undefined for an item that is not there.
   */
  revealing(key: string, heightCells: number): Anchor | undefined {
    const index = this.#items.findLastIndex(({ item }) => item.key === key);
    if (index < 0) return undefined;
    const bottom = this.#bottom();
    const size = this.#rows(index).length;
    const rowsTo = (from: number) => {
      let rows = bottom.line + 1;
      for (let at = bottom.index - 1; at >= from && rows <= heightCells; at--) {
        rows += this.#rows(at).length;
      }
      return rows;
    };
    const isBelow = index > bottom.index || (index === bottom.index && bottom.line < size - 1);
    if (isBelow && size <= heightCells) return this.#anchorAt({ index, line: size - 1 });
    if (
      !isBelow &&
      rowsTo(index) + (index === bottom.index ? size - bottom.line - 1 : 0) <= heightCells
    ) {
      return this.#anchorAt(bottom);
    }
    return this.#startingAt(index, heightCells);
  }

  /**
   * The key of the item of the history next to another one, or of the last one that is seen where there is none yet. Lines of the
   * program are passed over.
   */
  neighbour(key: string | undefined, step: 1 | -1): string | undefined {
    const from = this.#items.findLastIndex(({ item }) => item.key === key);
    let index = from < 0 ? this.#bottom().index : from + step;
    while (this.#items[index]?.item.kind === "line") index += from < 0 ? -1 : step;
    return this.#items[index]?.item.key;
  }

  /** With the first row of an item at the top, as far as there is enough below it. */
  #startingAt(index: number, heightCells: number): Anchor {
    let left = heightCells;
    for (let at = index; at < this.#items.length; at++) {
      const size = this.#rows(at).length;
      if (size >= left) return this.#anchorAt({ index: at, line: left - 1 });
      left -= size;
    }
    const last = this.#items.length - 1;
    return this.#anchorAt({ index: last, line: this.#rows(last).length - 1 });
  }

  /** At its last row an item is followed: it may grow. */
  #anchorAt({ index, line }: Place): Anchor {
    const isLast = line >= this.#rows(index).length - 1;
    return { key: this.#items[index].item.key, line: isLast ? Infinity : line };
  }

  /** The first rows of the page, from its top. */
  #topAnchor(heightCells: number): Anchor | undefined {
    let rows = 0;
    for (let index = 0; index < this.#items.length; index++) {
      const size = this.#rows(index).length;
      if (rows + size >= heightCells) {
        return this.#anchorAt({ index, line: heightCells - rows - 1 });
      }
      rows += size;
    }
    // All of it fits.
    return undefined;
  }

  #notAboveTop(place: Place, heightCells: number): Anchor | undefined {
    let rows = place.line + 1;
    for (let index = place.index - 1; index >= 0 && rows < heightCells; index--) {
      rows += this.#rows(index).length;
    }
    return rows < heightCells ? this.#topAnchor(heightCells) : this.#anchorAt(place);
  }

  #bottom(): Place {
    const last = this.#items.length - 1;
    const { key, line = Infinity } = this.#anchor ?? {};
    const found = key === undefined
      ? last
      : this.#items.findLastIndex(({ item }) => item.key === key);
    const index = found < 0 ? last : found;
    if (index < 0) return { index, line: -1 };
    const lines = this.#rows(index).length;
    return { index, line: found < 0 ? lines - 1 : Math.min(line, lines - 1) };
  }

  /** Days and news belong to the item that they stand before. At least one row. */
  #rows(index: number): readonly TimelineRow[] {
    const { item, isHead, isNewDay, isFresh } = this.#items[index];
    const { theme, isAiry, selected, unfolded, found } = this.#options;
    const rows: TimelineRow[] = [];
    const add = (row: Row) => rows.push({ key: undefined, row });
    if (isAiry && index > 0 && isHead) add([]);
    if (isNewDay) {
      const look = { style: theme.faint, line: theme.line };
      add(rule(dateWords(timeOf(item)), this.#options, look));
    }
    if (isFresh) {
      add(rule(`new since ${clockTime(timeOf(item))}`, this.#options, { style: theme.fresh }));
    }
    const look: ItemLook = {
      isHead,
      isSelected: selected === item.key,
      isUnfolded: unfolded.has(item.key),
      found: found?.key === item.key ? found.words : "",
    };
    const { pictures } = this.#options;
    const all = pictures?.page.refsOf(item) ?? [];
    const refs = drawnOf(all);
    const shown = refs.length === 0 ? undefined : refs;
    for (const row of itemRows(item, look, this.#options)) {
      rows.push({ key: item.key, row, refs: shown });
    }
    for (const [i, ref] of refs.entries()) {
      const block = pictures && pictureBlock(ref, pictures.page, {
        ...this.#options,
        heightCells: pictures.heightCells,
        gutterCells: cardTextColumn(this.#options),
        isSelected: look.isSelected,
        isFirst: i === 0,
      });
      for (const [line, row] of block?.rows.entries() ?? []) {
        rows.push({ key: item.key, row, refs: shown, picture: block && { block, line } });
      }
    }
    const more = all.length - refs.length;
    if (more > 0 && rows.some(({ picture }) => picture !== undefined)) {
      for (
        const row of moreRows(more, {
          ...this.#options,
          gutterCells: cardTextColumn(this.#options),
          isSelected: look.isSelected,
        })
      ) {
        rows.push({ key: item.key, row, refs: shown });
      }
    }
    return rows;
  }
}
