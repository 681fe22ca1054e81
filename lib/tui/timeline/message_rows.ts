/**
 * From something said to rows of cells: who and when, what it answers, the text, what was said of it. Pure. What others say stands
 * right of the gutter, which belongs to the program, as does column 0 (SR-70).
 */

import type { Span } from "../../terminal/cells/cell_grid.ts";
import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { isSaid, type Item, listedAt, type Model } from "../../app/conversations/model.ts";
import { mentionsIn } from "../../app/conversations/mentions.ts";
import { matchesIn } from "../../app/talk/matches.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import type { AccountId } from "../../base/ids.ts";
import { showName } from "../../app/names.ts";
import { cardView } from "../../app/conversations/card_view.ts";
import { beginsCard, type Card } from "../../app/conversations/cards.ts";
import { picturesOfCard } from "../../app/conversations/picture_refs.ts";
import { cardAt } from "./card_keys.ts";
import { cardRows } from "./card_rows.ts";
import { chipRows, chipsOf } from "./chips.ts";
import { clockTime, type Row, type RowOptions } from "../drawing/item_lines.ts";
import { actorOf, DELIVERY_SIGNS, isService, quoteOf, timeOf, wordsOf } from "./item_words.ts";
import { layOutMarked, type ShownLine, shownSpans } from "./marked_lines.ts";
import { markedSpans, type Marks } from "../drawing/marked_text.ts";
import { nickStyle, type Theme } from "../theme/theme.ts";

/** How one item is looked at. */
export interface ItemLook {
  /** It begins a group: with the name and the time. */
  readonly isHead: boolean;
  /** It has the message cursor. */
  readonly isSelected: boolean;
  /** A long text is shown whole. */
  readonly isUnfolded: boolean;
  /** Marked in the text; empty: nothing. */
  readonly found: string;
}

type EntryItem = Extract<Item, { kind: "entry" }>;

/** Lines of one text that are shown; `/read` shows all of it. */
const MAX_LINES = 500;
/** A text of more lines is folded. */
const FOLD_OVER_LINES = 15;
/** Lines of a folded text. */
const FOLDED_LINES = 12;
/** Narrower than this, there is no room for a column of times. */
const MIN_TIMES_CELLS = 34;
const GUTTER_CELLS = 7;
const NARROW_GUTTER_CELLS = 3;
/** Narrower than this, every cell is the text's. */
const MIN_GUTTER_CELLS = 12;
/** Longer lines are hard to read. */
const MAX_TEXT_CELLS = 110;
/** Left of the name on a card: what becomes of the file. */
const CARD_SIGN_CELLS = 2;
/** Right of own texts: a blank, and how far they have come. */
const SIGN_CELLS = 3;

interface Kept extends ItemLook {
  readonly widthCells: number;
  readonly theme: Theme;
  readonly peers: Model["peers"];
  readonly card: Card | undefined;
  readonly seen: readonly AccountId[] | undefined;
  readonly rows: readonly Row[];
}

/** Items never change, so their rows are made once for a width and a look: a paint must not depend on how long texts are. */
const kept = new WeakMap<Item, Kept>();

/** The rows of one item. At least one. */
export function itemRows(item: Item, look: ItemLook, options: RowOptions): readonly Row[] {
  const { widthCells, theme, peers } = options;
  const card = item.kind === "entry" && beginsCard(item.entry) ? cardAt(options, item) : undefined;
  const seen = options.seen.get(item.key);
  const before = kept.get(item);
  if (
    before?.widthCells === widthCells && before.theme === theme && before.peers === peers &&
    before.isHead === look.isHead && before.isSelected === look.isSelected &&
    before.isUnfolded === look.isUnfolded && before.found === look.found && before.card === card &&
    before.seen === seen
  ) return before.rows;
  const rows = isSaid(item)
    ? saidRows(item, look, options)
    : card === undefined
    ? lineRows(item, look, options)
    : rowsOfCard(item, card, { look, options });
  kept.set(item, { ...look, widthCells, theme, peers, card, seen, rows });
  return rows;
}

/** Whether enter shows more or less of it. */
export function isLong(item: Item, options: RowOptions): boolean {
  return isSaid(item) && textLines(item, options).length > FOLD_OVER_LINES;
}

/** Where things stand in a row. */
interface Columns {
  readonly gutterCells: number;
  readonly textCells: number;
  readonly hasTimes: boolean;
}

/** Where the name of a file stands that a card is of. */
export function cardTextColumn(options: Pick<RowOptions, "widthCells">): number {
  return columnsOf(options, false).gutterCells + CARD_SIGN_CELLS;
}

function columnsOf({ widthCells }: Pick<RowOptions, "widthCells">, own: boolean): Columns {
  const hasTimes = widthCells >= MIN_TIMES_CELLS;
  const gutterCells = hasTimes
    ? GUTTER_CELLS
    : widthCells >= MIN_GUTTER_CELLS
    ? NARROW_GUTTER_CELLS
    : 1;
  const besideCells = (own ? SIGN_CELLS : 0) + Number(hasTimes);
  const textCells = Math.min(MAX_TEXT_CELLS, widthCells - gutterCells - besideCells);
  return { gutterCells, textCells: Math.max(2, textCells), hasTimes };
}

function saidRows(item: EntryItem, look: ItemLook, options: RowOptions): readonly Row[] {
  const { theme } = options;
  const columns = columnsOf(options, item.entry.own);
  const bar = barOf(item, look, theme);
  const indent = (hook = "") => {
    const text = hook.padStart(columns.gutterCells - 2).padEnd(columns.gutterCells - 1);
    return { text: safeText(text), style: theme.faint };
  };
  const rows: Row[] = [];
  const isDone = actorOf(item, options.names) !== undefined;
  if (look.isHead && !isDone) rows.push([bar, ...headSpans(item, columns, options)]);
  if (item.entry.replyTo !== undefined && item.entry.deletedBy === undefined) {
    const quote = truncateToWidth(quoteOf(item.facts, options.names), columns.textCells);
    rows.push([bar, indent("╭"), { text: quote, style: theme.quote }]);
  }
  // A dot where a text of a group begins, since lines of one text look the same.
  const sign = isDone ? clockTime(item.entry.atMs) : rows.length === 0 ? "·" : "";
  const start = columns.hasTimes ? sign : "";
  for (const [i, row] of textRows(item, look, options).entries()) {
    rows.push([bar, indent(i === 0 ? start : ""), ...row]);
  }
  const chips = chipsOf(item.facts.reactions, (account) => account === options.ownAccount);
  const chipped = chipRows(chips, {
    ...options,
    widthCells: columns.textCells,
    showsNames: look.isSelected,
  });
  for (const row of chipped) rows.push([bar, indent(), ...row]);
  const seen = seenWords(item, look, options);
  if (seen !== undefined) {
    const text = truncateToWidth(seen, columns.textCells);
    rows.push([bar, indent(), { text, style: theme.faint }]);
  }
  return rows;
}

/** Who has seen an own text and none after it; by name where the keys are about it. */
function seenWords(item: EntryItem, look: ItemLook, options: RowOptions): SafeText | undefined {
  const accounts = options.seen.get(item.key);
  if (accounts === undefined) return undefined;
  if (isDirect(item.entry.peer)) return safeText("seen");
  const names = accounts.map((account) => showName(options.names.nameOf(account))).join(", ");
  return onOneLine(safeText(`seen by ${look.isSelected ? names : accounts.length}`));
}

/** Files or a stream, at the time when that began. */
function rowsOfCard(
  item: Item,
  card: Card,
  { look, options }: { readonly look: ItemLook; readonly options: RowOptions },
): readonly Row[] {
  const { theme, names } = options;
  const { gutterCells, textCells, hasTimes } = columnsOf(options, false);
  const view = cardView(card, names);
  const opens = view.actions.includes("open") ? OPEN_HINT : undefined;
  const pictures = picturesOfCard(card).length;
  const does = pictures > 1 ? `enter shows all ${pictures}` : pictures > 0 ? PICTURE_HINT : opens;
  const hint = look.isSelected ? does : undefined;
  const rows = cardRows(view, { widthCells: textCells, theme, ...hint && { hint } });
  const bar = barOf(item, look, theme);
  const time = hasTimes ? clockTime(timeOf(item)) : "";
  return rows.map((row, i): Row => {
    const gutter = (i === 0 ? time : "").padEnd(gutterCells - 1);
    return [bar, { text: safeText(gutter), style: theme.faint }, ...row];
  });
}

const OPEN_HINT = "enter opens the folder";
const PICTURE_HINT = "enter shows it whole";

/** Whose row it is: the message cursor, or a text that names the person. */
function barOf(item: Item, { isSelected }: ItemLook, theme: Theme): Span {
  if (isSelected) return { text: safeText("▌"), style: theme.cursor };
  if (item.kind === "entry" && item.mentions) {
    return { text: safeText("▎"), style: theme.mentionBar };
  }
  return { text: safeText(" "), style: theme.text };
}

/**
 * `18:59  bob ✓ ●`: a check mark is a compared safety number, a dot somebody of a room who is online. Where there is no column of
 * times, the time is behind the name.
 */
function headSpans(item: EntryItem, { gutterCells, hasTimes }: Columns, options: RowOptions): Row {
  const { theme, names, widthCells } = options;
  const { own, from, atMs } = item.entry;
  const time = clockTime(atMs);
  const mark = !own && names.isVerified(from) ? " ✓" : "";
  const online = own ? "" : onlineSign(item, options);
  const roomCells = widthCells - (hasTimes ? gutterCells : 1) - mark.length - online.length;
  const name = truncateToWidth(wordsOf(item, names).from ?? safeText(""), Math.max(1, roomCells));
  const spans: Span[] = [
    { text: name, style: own ? theme.own : nickStyle(theme, name) },
    { text: safeText(mark), style: theme.good },
    { text: safeText(online), style: online === BUSY_SIGN ? theme.busy : theme.here },
  ];
  const faint = (text: string) => ({ text: safeText(text), style: theme.faint });
  return hasTimes
    ? [faint(time.padEnd(gutterCells - 1)), ...spans]
    : [...spans, faint(widthCells < MIN_GUTTER_CELLS ? "" : `  ${time}`)];
}

const BUSY_SIGN = " ◐";

/** As in the list; of two alone the title says it, and where there is hardly room nothing. */
function onlineSign({ entry: { peer, from } }: EntryItem, options: RowOptions): string {
  if (isDirect(peer) || options.widthCells < MIN_TIMES_CELLS) return "";
  const presence = listedAt(options, from)?.presence;
  return presence === "here" ? " ●" : presence === "busy" ? BUSY_SIGN : "";
}

/** The text, what is to be said of it, and, of one's own, how far it has come. */
function textRows(item: EntryItem, look: ItemLook, options: RowOptions): readonly Row[] {
  const { theme, highlights } = options;
  const { entry: { own, deletedBy, editedMs }, facts: { delivery } } = item;
  const { textCells } = columnsOf(options, own);
  const lines = textLines(item, options);
  const isFolded = lines.length > FOLD_OVER_LINES && !look.isUnfolded;
  const shown = lines.slice(0, isFolded ? FOLDED_LINES : MAX_LINES);
  const actor = actorOf(item, options.names);
  const rows: Row[] = shown.map((line, i) =>
    deletedBy === undefined
      ? shownSpans(line, [...marksOf(line.text), ...i === 0 ? nameMarks(line.text) : []], theme)
      : markedSpans(line.text, theme.quote, marksOf(line.text))
  );
  const faint = (text: string) => ({ text: safeText(text), style: theme.faint });
  const rest = lines.length - shown.length;
  if (rest > 0) {
    const words = restWords(rest, lines.length > MAX_LINES, isFolded);
    rows.push([{ text: safeText(words), style: theme.notice }]);
  }
  if (editedMs !== undefined && deletedBy === undefined) {
    addBehind(rows, faint("(edited)"), textCells);
  }
  if (delivery !== undefined) {
    const last = rows.pop() ?? [];
    rows.push([...last, ...signSpans(last, delivery, { textCells, theme })]);
  }
  return rows;

  /** Who does it, in their colour. */
  function nameMarks(line: SafeText): readonly Marks[] {
    if (actor === undefined) return [];
    const name = wordsOf(item, options.names).from ?? safeText("");
    const to = Math.min(actor.trimEnd().length, line.length);
    return [{ ranges: [{ from: 2, to }], style: own ? theme.own : nickStyle(theme, name) }];
  }

  function marksOf(line: SafeText): readonly Marks[] {
    const found = { ranges: matchesIn(line, look.found), style: theme.match };
    const named = { ranges: mentionsIn(line, highlights), style: theme.mention };
    return item.mentions && deletedBy === undefined ? [found, named] : [found];
  }
}

function restWords(rest: number, isCut: boolean, isFolded: boolean): string {
  if (!isFolded) return "… and more: /read shows all of it";
  return `… ${rest}${isCut ? "+" : ""} more lines, Enter`;
}

function textLines(item: EntryItem, options: RowOptions): readonly ShownLine[] {
  const { mark, text } = wordsOf(item, options.names);
  return layOutMarked(safeText(mark === undefined ? text : `${mark} ${text}`), {
    widthCells: columnsOf(options, item.entry.own).textCells,
    maxLines: MAX_LINES + 1,
    before: actorOf(item, options.names) ?? safeText(""),
  });
}

/** On the last row, where there is room. */
function addBehind(rows: Row[], span: Span, textCells: number): void {
  const last = rows.at(-1) ?? [];
  const cells = widthOf(last);
  if (cells + 1 + textWidthCells(span.text) > textCells) rows.push([span]);
  else rows.splice(-1, 1, [...last, { ...span, text: safeText(` ${span.text}`) }]);
}

function signSpans(
  row: Row,
  delivery: keyof typeof DELIVERY_SIGNS,
  { textCells, theme }: { readonly textCells: number; readonly theme: Theme },
): Row {
  const padCells = Math.max(1, textCells - widthOf(row) + 1);
  const style = delivery === "failed" ? theme.alarm : theme.faint;
  return [{ text: safeText(" ".repeat(padCells) + DELIVERY_SIGNS[delivery]), style }];
}

function widthOf(row: Row): number {
  return row.reduce((cells, { text }) => cells + textWidthCells(text), 0);
}

/** The program's own words, and what it echoes. */
function lineRows(item: Item, look: ItemLook, options: RowOptions): readonly Row[] {
  const { widthCells, theme, names } = options;
  const { text } = wordsOf(item, names);
  const standsAlone = item.kind === "entry" || !item.isAnswer && text.startsWith("* ");
  if (standsAlone && columnsOf(options, false).hasTimes) return serviceRows(item, look, options);
  const padCells = widthCells < MIN_GUTTER_CELLS ? 0 : 1;
  const bar = padCells === 0 ? [] : [barOf(item, look, theme)];
  const style = isService(item)
    ? theme.faint
    : text.startsWith("* ")
    ? theme.notice
    : text.startsWith("> ")
    ? theme.faint
    : theme.text;
  const lines = layOutLines(text, {
    widthCells: Math.max(2, widthCells - padCells),
    indentCells: 2,
    maxLines: MAX_LINES + 1,
  });
  const shown = lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES), safeText("  … and more")];
  return shown.map((line): Row => [
    ...bar,
    ...markedSpans(line, style, [
      { ranges: matchesIn(line, look.found), style: theme.match },
    ]),
  ]);
}

/**
 * Who came or went, in the middle and faint, and what else the program notes, which is to be seen. Only the program writes a time
 * into the gutter before words that begin anywhere else (SR-70).
 */
function serviceRows(item: Item, look: ItemLook, options: RowOptions): readonly Row[] {
  const { theme, names } = options;
  const { gutterCells, textCells } = columnsOf(options, false);
  const words = safeText(wordsOf(item, names).text.replace(/^\* /, ""));
  const lines = layOutLines(words, { widthCells: textCells, indentCells: 0, maxLines: MAX_LINES });
  const widest = Math.max(0, ...lines.map(textWidthCells));
  const pad = " ".repeat(Math.max(0, Math.floor((textCells - widest) / 2)));
  const bar = barOf(item, look, theme);
  const style = isService(item) ? theme.faint : theme.notice;
  return lines.map((line, i): Row => {
    const time = i === 0 ? clockTime(timeOf(item)) : "";
    const before = time.padEnd(gutterCells - 1) + pad;
    return [
      bar,
      { text: safeText(before), style: theme.faint },
      ...markedSpans(line, style, [
        { ranges: matchesIn(line, look.found), style: theme.match },
      ]),
    ];
  });
}
