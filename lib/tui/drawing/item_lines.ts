/** Rows of the conversation that are nobody's words: rules with days on them. And times as people read them. Pure. */

import type { CellStyle, Span } from "../../terminal/cells/cell_grid.ts";
import { safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { Theme } from "../theme/theme.ts";
import type { SeenBy } from "../../app/conversations/seen_by.ts";
import type { Model } from "../../app/conversations/model.ts";
import type { Names } from "../../app/talk/entry_words.ts";

/** One row. */
export type Row = readonly Span[];

/** What rows are made with. */
export interface RowOptions {
  readonly widthCells: number;
  readonly theme: Theme;
  readonly names: Names;
  /** Marked where others say it. */
  readonly highlights: readonly string[];
  /** Whose reactions are the person's own. */
  readonly ownAccount: Model["ownAccount"];
  /** Another one when somebody may be called something else. */
  readonly peers: Model["peers"];
  /** Who has seen which own text last. */
  readonly seen: SeenBy;
  /** Files and streams, as they stand. */
  readonly cards: Model["cards"];
}

/** A line across the page with words in its middle. */
export function rule(
  words: string,
  { widthCells }: Pick<RowOptions, "widthCells">,
  { style, line = style }: { readonly style: CellStyle; readonly line?: CellStyle },
): Row {
  const text = truncateToWidth(safeText(` ${words} `), Math.max(1, widthCells - 4));
  const rest = Math.max(0, widthCells - 2 - textWidthCells(text));
  const before = "─".repeat(Math.floor(rest / 2));
  return [
    { text: safeText(` ${before}`), style: line },
    { text, style },
    { text: safeText("─".repeat(rest - before.length)), style: line },
  ];
}

/** `18:59`, local time. */
export function clockTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );

/** `Friday, 20 November 2026`, local time. Not by the machine's own tables, which differ from version to version. */
export function dateWords(atMs: number): string {
  const date = new Date(atMs);
  const month = MONTHS[date.getMonth()];
  return `${DAYS[date.getDay()]}, ${date.getDate()} ${month} ${date.getFullYear()}`;
}

/** `20 Nov 2026 18:59`, local time. */
export function momentWords(atMs: number): string {
  const date = new Date(atMs);
  const month = MONTHS[date.getMonth()].slice(0, 3);
  return `${date.getDate()} ${month} ${date.getFullYear()} ${clockTime(atMs)}`;
}
