/** Cards as rows of cells: a sign, a name, a bar, figures. Pure. Names are foreign and are made safe here. */

import type { CellStyle, Span } from "../../terminal/cells/cell_grid.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { CardView } from "../../app/conversations/cards.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Theme } from "../theme/theme.ts";

const MIN_BAR_CELLS = 6;
const MAX_BAR_CELLS = 24;
/** Between a name and words. */
const DOT = " · ";
const INDENT = "  ";
/** Between a bar and each figure. */
const GAP = "  ";
/** Rows of a reason why it stands still. */
const MAX_FACT_ROWS = 4;

interface CardRowOptions {
  readonly widthCells: number;
  readonly theme: Theme;
  /** Stands behind the facts, of a card that keys are about. */
  readonly hint?: string;
}

/** The rows of a card: one where it has room. */
export function cardRows(view: CardView, options: CardRowOptions): readonly Row[] {
  const { widthCells, theme } = options;
  const style = toneStyle(view, theme);
  const head: Row = [
    { text: safeText(`${view.sign} `), style },
    {
      text: truncateToWidth(onOneLine(safeText(view.name)), Math.max(1, widthCells - 2)),
      style: theme.text,
    },
  ];
  const room = widthCells - widthOf(head);
  const beside = factSpans(view, { ...options, widthCells: room, isWhole: true });
  if (beside !== undefined) return [[...head, ...beside]];
  return [head, ...factRows(view, { ...options, widthCells })];
}

/** How it stands, below its name. At least one row. */
export function factRows(view: CardView, options: CardRowOptions): readonly Row[] {
  const { widthCells, theme } = options;
  const rest = widthCells - INDENT.length;
  const spans = factSpans(view, { ...options, widthCells: rest + GAP.length, isWhole: false });
  if (spans !== undefined) {
    // The gap before the first of them is the indent.
    const [, ...after] = spans;
    return [[{ text: safeText(INDENT), style: theme.text }, ...after]];
  }
  const words = onOneLine(safeText(factWords(view, options)));
  return layOutLines(words, {
    widthCells: Math.max(2, rest),
    indentCells: 0,
    maxLines: MAX_FACT_ROWS,
  }).map((line): Row => [
    { text: safeText(INDENT), style: theme.text },
    { text: line, style: toneStyle(view, theme) },
  ]);
}

/** Bar and figures for so many cells, or undefined where they have no room: figures are left out before that, unless all are wanted. */
function factSpans(
  view: CardView,
  { widthCells, theme, isWhole, ...options }: CardRowOptions & { readonly isWhole: boolean },
): readonly Span[] | undefined {
  const style = toneStyle(view, theme);
  if (view.share === undefined) {
    const words = onOneLine(safeText(factWords(view, options)));
    const fits = isWhole && textWidthCells(words) + DOT.length <= widthCells;
    return fits ? [{ text: safeText(DOT), style: theme.faint }, { text: words, style }] : undefined;
  }
  const figures = view.facts.map((fact) => onOneLine(safeText(fact)));
  for (let count = figures.length; count > 0; count--) {
    if (isWhole && count < figures.length) return undefined;
    const text = figures.slice(0, count).join(GAP);
    const barCells = Math.min(
      MAX_BAR_CELLS,
      widthCells - GAP.length - 1 - textWidthCells(safeText(text)),
    );
    if (barCells < MIN_BAR_CELLS) continue;
    const done = Math.floor(Math.max(0, Math.min(1, view.share)) * barCells);
    return [
      { text: safeText(GAP), style: theme.text },
      { text: safeText("▓".repeat(done)), style: theme.good },
      { text: safeText("░".repeat(barCells - done)), style: theme.faint },
      { text: safeText(` ${text}`), style },
    ];
  }
  return undefined;
}

function factWords({ facts }: CardView, { hint }: Pick<CardRowOptions, "hint">): string {
  return [...facts, ...hint === undefined ? [] : [hint]].join(" · ");
}

function toneStyle({ tone }: CardView, theme: Theme): CellStyle {
  switch (tone) {
    case "asks":
      return theme.unread;
    case "done":
      return theme.good;
    case "failed":
      return theme.alarm;
    case "moves":
    case "waits":
      return theme.notice;
  }
}

function widthOf(row: Row): number {
  return row.reduce((cells, { text }) => cells + textWidthCells(text), 0);
}
