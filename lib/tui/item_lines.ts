/** From something said to rows of cells: time, name, text. Pure. Column 0 belongs to the program (SR-70). */

import type { CellStyle, Span } from "../terminal/cell_grid.ts";
import { type SafeText, safeText } from "../base/safe_text.ts";
import { layOutLines } from "../terminal/text_layout.ts";
import { textWidthCells, truncateToWidth } from "../terminal/text_width.ts";
import type { Item, Model } from "../app/conversations/model.ts";
import type { Names } from "../app/talk/entry_words.ts";
import type { EntryFacts } from "../client/talk/facts.ts";
import { DELIVERY_SIGNS, type ItemWords, wordsOf } from "./item_words.ts";
import { nickStyle, type Theme } from "./theme.ts";

/** One row. */
export type Row = readonly Span[];

/** What rows are made with. */
export interface RowOptions {
  readonly widthCells: number;
  readonly theme: Theme;
  readonly names: Names;
  /** Another one when somebody may be called something else. */
  readonly peers: Model["peers"];
}

/** Lines of one text that are shown; `/read` shows all of it. */
const MAX_LINES = 500;
/** Narrower than this, there is no room for times and a column of names. */
const MIN_COLUMNS_CELLS = 34;
const WIDE_CELLS = 56;
const TIME_CELLS = 6;

const SIGN_CELLS = 3;

interface Kept {
  readonly widthCells: number;
  readonly theme: Theme;
  readonly peers: Model["peers"];
  readonly rows: readonly Row[];
}

/** Items never change, so their rows are made once for a width and a look: a paint must not depend on how long texts are. */
const kept = new WeakMap<Item, Kept>();

/** The rows of one item. At least one. */
export function itemRows(item: Item, options: RowOptions): readonly Row[] {
  const { widthCells, theme, peers } = options;
  const before = kept.get(item);
  if (before?.widthCells === widthCells && before.theme === theme && before.peers === peers) {
    return before.rows;
  }
  const rows = makeRows(item, options);
  kept.set(item, { widthCells, theme, peers, rows });
  return rows;
}

/** A text with what is drawn of it. */
interface DrawnText extends ItemWords {
  readonly from: SafeText;
  readonly own: boolean;
  readonly isVerified: boolean;
  readonly mentions: boolean;
  readonly atMs: number;
  readonly delivery: EntryFacts["delivery"];
}

function makeRows(item: Item, options: RowOptions): readonly Row[] {
  const { names, widthCells } = options;
  const words = wordsOf(item, names);
  if (item.kind === "line" || words.from === undefined) return lineRows(words.text, options);
  const { entry: { own, from, atMs }, facts: { delivery }, mentions } = item;
  const isVerified = !own && names.isVerified(from);
  const text = { ...words, from: words.from, own, isVerified, mentions, atMs, delivery };
  return widthCells < MIN_COLUMNS_CELLS ? narrowRows(text, options) : columnRows(text, options);
}

/** A line across the page with words in it. */
export function rule(
  words: string,
  options: Pick<RowOptions, "widthCells">,
  style: CellStyle,
): Row {
  const text = truncateToWidth(safeText(`── ${words} `), options.widthCells);
  const rest = Math.max(0, options.widthCells - textWidthCells(text));
  return [{ text: safeText(text + "─".repeat(rest)), style }];
}

function columnRows(item: DrawnText, options: RowOptions): readonly Row[] {
  const { widthCells, theme } = options;
  const nameCells = widthCells >= WIDE_CELLS ? 12 : 8;
  const textCells = widthCells - TIME_CELLS - nameCells - 3 - SIGN_CELLS;
  const { delivery } = item;
  const style = textStyle(item, theme);
  const lines = bodyLines(item, textCells);
  const blank = safeText(" ".repeat(TIME_CELLS + nameCells));
  return lines.map((text, i): Row => {
    const sign = i === lines.length - 1 && delivery !== undefined
      ? signSpans(text, delivery, { textCells, theme })
      : [];
    const body: Row = [{ text: safeText(" │ "), style: theme.faint }, { text, style }, ...sign];
    if (i > 0) return [{ text: blank, style: theme.faint }, ...body];
    const time = safeText(`${clockTime(item.atMs)} `);
    return [{ text: time, style: theme.faint }, ...nameSpans(item, nameCells, theme), ...body];
  });
}

/** Flush right, so that names end where texts begin. A check mark is a compared safety number. */
function nameSpans(item: DrawnText, nameCells: number, theme: Theme): Row {
  const mark = item.isVerified ? "✓" : "";
  const name = truncateToWidth(item.from, nameCells - mark.length);
  const padCells = nameCells - mark.length - textWidthCells(name);
  return [
    { text: safeText(" ".repeat(Math.max(0, padCells))), style: theme.text },
    { text: name, style: nameStyle(item, theme) },
    { text: safeText(mark), style: theme.good },
  ];
}

function narrowRows(item: DrawnText, options: RowOptions): readonly Row[] {
  const { widthCells, theme } = options;
  const name = truncateToWidth(item.from, Math.max(1, Math.floor(widthCells / 2)));
  const mark = item.isVerified ? "✓" : "";
  const head = `${name}${mark}: `;
  // The name is laid out with the text, so that both wrap as one.
  const rows = layOutLines(safeText(`${head}${bodyText(item)}`), {
    widthCells: Math.max(2, widthCells),
    indentCells: 1,
    maxLines: MAX_LINES + 1,
  });
  return limited(rows).map((text, i): Row => {
    const style = textStyle(item, theme);
    if (i > 0 || !text.startsWith(name)) return [{ text, style }];
    return [
      { text: name, style: nameStyle(item, theme) },
      { text: safeText(text.slice(name.length)), style },
    ];
  });
}

function lineRows(text: SafeText, options: RowOptions): readonly Row[] {
  const { widthCells, theme } = options;
  const lines = layOutLines(text, {
    widthCells: Math.max(2, widthCells),
    indentCells: 2,
    maxLines: MAX_LINES + 1,
  });
  const style = text.startsWith("* ") ? theme.notice : theme.text;
  return limited(lines).map((line): Row => [{ text: line, style }]);
}

function bodyLines(item: DrawnText, textCells: number): readonly SafeText[] {
  const text = safeText(bodyText(item));
  const widthCells = Math.max(2, textCells);
  return limited(layOutLines(text, { widthCells, indentCells: 0, maxLines: MAX_LINES + 1 }));
}

function limited(lines: readonly SafeText[]): readonly SafeText[] {
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), safeText("… and more")];
}

function bodyText(item: DrawnText): string {
  return item.mark === undefined ? item.text : `${item.mark} ${item.text}`;
}

function signSpans(
  text: SafeText,
  delivery: NonNullable<EntryFacts["delivery"]>,
  { textCells, theme }: { textCells: number; theme: Theme },
): Row {
  const padCells = Math.max(1, textCells - textWidthCells(text) + 1);
  const style = delivery === "failed" ? theme.alarm : theme.faint;
  return [{ text: safeText(" ".repeat(padCells) + DELIVERY_SIGNS[delivery]), style }];
}

function nameStyle(item: DrawnText, theme: Theme): CellStyle {
  return item.own ? theme.own : nickStyle(theme, item.from);
}

function textStyle(item: DrawnText, theme: Theme): CellStyle {
  return item.mentions ? theme.mention : theme.text;
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
