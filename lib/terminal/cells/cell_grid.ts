/** A screen as it should be: cells with text and style. Text goes in here, and nowhere else, on its way to a full screen. */

import type { SafeText } from "../../base/safe_text.ts";
import type { Colour } from "./colour.ts";
import { graphemeWidthCells, splitGraphemes, widestCells } from "./text_width.ts";

/** A text in one style. */
export interface Span {
  readonly text: SafeText;
  readonly style: CellStyle;
  /** Where a click on it leads. */
  readonly link?: CellLink;
}

/** A link as terminals take it (OSC 8). Parts of the same one have the same `id`, on whatever rows they stand. */
export interface CellLink {
  /** Letters and digits. */
  readonly id: string;
  /** Printable ASCII. */
  readonly address: string;
}

/** Marks that some terminals give a cell of their own (general category Mc). */
const SPACING_MARKS = /\p{Mc}/gu;

/**
 * Cells that a terminal may paint for a grapheme: more than it should take, where terminals disagree. Nothing foreign may stand
 * where that does not fit.
 */
export function reachCells(grapheme: string): number {
  if (grapheme.length === 1 && (grapheme < "\x7f" || isLine(grapheme))) return 1;
  return Math.max(
    widestCells(grapheme) + (grapheme.match(SPACING_MARKS)?.length ?? 0),
    graphemeWidthCells(grapheme),
  );
}

/** What frames are drawn with. */
function isLine(character: string): boolean {
  return character >= "\u2500" && character <= "\u259f";
}

/** Rows of cells. A wide character has its text in the first of its cells and nothing in the second. */
export class CellGrid {
  readonly columns: number;
  readonly rows: number;
  readonly #texts: string[];
  readonly #styles: CellStyle[];
  /** Few cells have one. By `row * columns + column`. */
  readonly #links = new Map<number, CellLink>();

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

  linkAt(column: number, row: number): CellLink | undefined {
    return this.#links.size === 0 ? undefined : this.#links.get(row * this.columns + column);
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
    for (const { text, style, link } of spans) {
      for (const grapheme of splitGraphemes(text)) {
        const widthCells = graphemeWidthCells(grapheme);
        if (widthCells === 0) continue;
        if (column >= right) return column - area.column;
        const fits = column + Math.max(widthCells, reachCells(grapheme)) <= right;
        const end = Math.min(right, column + widthCells);
        for (let at = column; at < end; at++) this.#set(at, row, fits ? "" : " ", style);
        if (fits) this.#set(column, row, grapheme, style);
        if (fits && link !== undefined) this.#links.set(row * this.columns + column, link);
        column = end;
      }
    }
    return column - area.column;
  }

  #set(column: number, row: number, text: string, style: CellStyle): void {
    const at = row * this.columns + column;
    this.#texts[at] = text;
    this.#styles[at] = style;
    if (this.#links.size > 0) this.#links.delete(at);
  }
}

// Rectangles of cells. Pure.

/** An area of cells, counted from 0 at the top left. May be empty. */
export interface CellArea {
  readonly column: number;
  readonly row: number;
  readonly widthCells: number;
  readonly heightCells: number;
}

/** No cells. */
export const NO_AREA: CellArea = { column: 0, row: 0, widthCells: 0, heightCells: 0 };

/** Whether a cell lies in an area. */
export function isInside(area: CellArea, column: number, row: number): boolean {
  return row >= area.row && row < area.row + area.heightCells &&
    column >= area.column && column < area.column + area.widthCells;
}

/** Whether there is no cell in it. */
export function isEmptyArea(area: CellArea): boolean {
  return area.widthCells <= 0 || area.heightCells <= 0;
}

// How a cell looks. Themes without a name of their own use places of the terminal's palette, so that its colours stay the person's.

declare const brand: unique symbol;

/** Parameters of SGR (ECMA-48 §8.3.117), e.g. `1;36`; empty for the terminal's own look. Made by `cellStyle` only. */
export type CellStyle = string & { readonly [brand]: true };

/** What a style is made of. What is left out is as the terminal has it. */
export interface StyleFacts {
  readonly foreground?: Colour | undefined;
  readonly background?: Colour | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly reverse?: boolean;
}

/** The terminal's own look. */
export const DEFAULT_STYLE: CellStyle = cellStyle({});

/** A style from its parts. Equal parts make equal styles. */
export function cellStyle(facts: StyleFacts): CellStyle {
  const parameters: string[] = [];
  if (facts.bold) parameters.push("1");
  if (facts.dim) parameters.push("2");
  if (facts.italic) parameters.push("3");
  if (facts.underline) parameters.push("4");
  if (facts.reverse) parameters.push("7");
  if (facts.foreground !== undefined) parameters.push(colour(facts.foreground, 30));
  if (facts.background !== undefined) parameters.push(colour(facts.background, 40));
  // The one place where the brand is given.
  return parameters.join(";") as CellStyle;
}

/** The first 16 by the codes that every terminal knows (aixterm's for the bright ones). */
function colour(place: Colour, base: 30 | 40): string {
  if (typeof place !== "number") {
    return `${base + 8};2;${place.red};${place.green};${place.blue}`;
  }
  if (place < 8) return `${base + place}`;
  if (place < 16) return `${base + 60 + place - 8}`;
  return `${base + 8};5;${place}`;
}
