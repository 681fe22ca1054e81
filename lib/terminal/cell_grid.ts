/** A screen as it should be: cells with text and style. Text goes in here, and nowhere else, on its way to a full screen. */

import { type CellArea, isEmptyArea } from "./cell_area.ts";
import { type CellStyle, DEFAULT_STYLE } from "./cell_style.ts";
import type { SafeText } from "../base/safe_text.ts";
import { graphemeWidthCells, splitGraphemes, widestCells } from "./text_width.ts";

/** A text in one style. */
export interface Span {
  readonly text: SafeText;
  readonly style: CellStyle;
}

/** Marks that some terminals give a cell of their own (general category Mc). */
const SPACING_MARKS = /\p{Mc}/gu;

/**
 * Cells that a terminal may paint for a grapheme: more than it should take, where terminals disagree. Nothing foreign may stand
 * where that does not fit.
 */
export function reachCells(grapheme: string): number {
  if (grapheme.length === 1 && grapheme < "\x7f") return 1;
  return Math.max(
    widestCells(grapheme) + (grapheme.match(SPACING_MARKS)?.length ?? 0),
    graphemeWidthCells(grapheme),
  );
}

/** Rows of cells. A wide character has its text in the first of its cells and nothing in the second. */
export class CellGrid {
  readonly columns: number;
  readonly rows: number;
  readonly #texts: string[];
  readonly #styles: CellStyle[];

  /** At least one cell each way, all blank. */
  constructor(columns: number, rows: number) {
    this.columns = Math.max(1, columns);
    this.rows = Math.max(1, rows);
    const count = this.columns * this.rows;
    this.#texts = new Array<string>(count).fill(" ");
    this.#styles = new Array<CellStyle>(count).fill(DEFAULT_STYLE);
  }

  /** A blank, a grapheme, or nothing for the second half of a wide one. */
  textAt(column: number, row: number): string {
    return this.#texts[row * this.columns + column] ?? " ";
  }

  styleAt(column: number, row: number): CellStyle {
    return this.#styles[row * this.columns + column] ?? DEFAULT_STYLE;
  }

  /** Makes an area blank, in a style. What lies outside the grid is left out. */
  fill(area: CellArea, style: CellStyle): void {
    if (isEmptyArea(area)) return;
    const right = Math.min(this.columns, area.column + area.widthCells);
    const bottom = Math.min(this.rows, area.row + area.heightCells);
    for (let row = Math.max(0, area.row); row < bottom; row++) {
      for (let column = Math.max(0, area.column); column < right; column++) {
        this.#set(column, row, " ", style);
      }
    }
  }

  /**
   * Writes spans side by side into one row, from the first cell of an area of that row to its right edge at most, and returns
   * how many cells they took. What would be cut, or might be painted beyond the edge, is blank.
   */
  write(area: CellArea, row: number, spans: readonly Span[]): number {
    const right = Math.min(this.columns, area.column + area.widthCells);
    if (row < 0 || row >= this.rows || area.column < 0) return 0;
    let column = area.column;
    for (const { text, style } of spans) {
      for (const grapheme of splitGraphemes(text)) {
        const widthCells = graphemeWidthCells(grapheme);
        if (widthCells === 0) continue;
        if (column >= right) return column - area.column;
        const fits = column + Math.max(widthCells, reachCells(grapheme)) <= right;
        const end = Math.min(right, column + widthCells);
        for (let at = column; at < end; at++) this.#set(at, row, fits ? "" : " ", style);
        if (fits) this.#set(column, row, grapheme, style);
        column = end;
      }
    }
    return column - area.column;
  }

  #set(column: number, row: number, text: string, style: CellStyle): void {
    const at = row * this.columns + column;
    this.#texts[at] = text;
    this.#styles[at] = style;
  }
}
