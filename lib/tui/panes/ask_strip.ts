/** What waits for the person's word, in rows above what they type: it is never in the way of that. Pure. */

import type { CellArea, CellGrid } from "../../terminal/cells/cell_grid.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { fitHint } from "./bars.ts";
import type { Model } from "../../app/conversations/model.ts";
import { askedWords, askWords } from "../../app/questions/request_words.ts";
import type { Request } from "../../app/questions/requests.ts";
import type { Theme } from "../theme/theme.ts";

/** More are counted. */
const MAX_ROWS = 3;

/** What of it is not put away. */
export function shownAsks(
  requests: readonly Request[],
  hidden: ReadonlySet<string> = new Set(),
): readonly Request[] {
  return hidden.size === 0 ? requests : requests.filter(({ key }) => !hidden.has(key));
}

/** Rows that it wants. */
export function askRows(asks: readonly Request[]): number {
  return Math.min(MAX_ROWS, asks.length);
}

/** The oldest first; the last row says how to answer. */
export function drawAsks(
  grid: CellGrid,
  area: CellArea,
  { model, asks, theme }: {
    readonly model: Pick<Model, "requests" | "nowMs">;
    readonly asks: readonly Request[];
    readonly theme: Theme;
  },
): void {
  const { requests, nowMs } = model;
  const shown = asks.slice(0, area.heightCells);
  const more = asks.length - shown.length;
  shown.forEach((ask, i) => {
    const isLast = i === shown.length - 1;
    const keys = fitHint("escape hides · F9 answer", Math.floor(area.widthCells / 3));
    const hint = isLast ? ` · ${more > 0 ? `${more} more · ` : ""}${keys}` : "";
    // As F9 counts them.
    const number = requests.length > 1 ? `${requests.indexOf(ask) + 1} ` : "";
    // What is asked gives way to how it is answered, and the time that is left to both.
    const room = Math.max(Math.floor(area.widthCells / 2), area.widthCells - hint.length - 1);
    const timed = ` ${number}${askWords(ask, nowMs)}`;
    const words = textWidthCells(safeText(timed)) <= room ? timed : ` ${number}${askedWords(ask)}`;
    const begun = beginning(ask, room - textWidthCells(safeText(words)));
    const text = truncateToWidth(safeText(words + begun), room);
    const row = truncateToWidth(safeText(text + hint), area.widthCells);
    const pad = safeText(" ".repeat(area.widthCells));
    grid.write(area, area.row + i, [{ text: safeText(row + pad), style: theme.menu }]);
  });
}

/** Fewer cells of a text say nothing. */
const MIN_TEXT_CELLS = 12;
/** More fit into no row. */
const MAX_TEXT_UNITS = 400;

/** `: "hi alice, this …"`, as much as there is room for: whoever decides does not have to ask for it first (U12). */
function beginning({ stranger }: Request, roomCells: number): string {
  const wrote = stranger?.wrote.slice(0, MAX_TEXT_UNITS) ?? "";
  const cells = roomCells - 4;
  if (wrote === "" || cells < MIN_TEXT_CELLS) return "";
  const line = onOneLine(safeText(wrote.replace(/["\\]/g, "\\$&")));
  return `: "${truncateToWidth(line, cells)}"`;
}
