/** From the screen as it should be to the bytes that make it so: only cells that changed are written, and never those of a picture. */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import {
  type CellArea,
  CellGrid,
  type CellLink,
  type CellStyle,
  DEFAULT_STYLE,
  isInside,
  reachCells,
} from "./cell_grid.ts";

/** A place on the screen, from 0. */
export interface CellPlace {
  readonly column: number;
  readonly row: number;
}

/** What belongs to a screen beside its cells. */
export interface PaintOptions {
  /** Where the cursor stands; undefined hides it. */
  readonly cursor: CellPlace | undefined;
  /** Cells of pictures: nothing is written there. */
  readonly pictures: readonly CellArea[];
}

/** So many unchanged cells are written again where that is shorter than to jump over them. */
const MAX_BRIDGE_CELLS = 4;
/** A change that is longer is shown at once, where the terminal can do that. */
const LONG_UNITS = 256;

const RESET = "\x1b[m";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR = "\x1b[m\x1b[2J";

/** Remembers what the terminal shows. One to a terminal; what it returns MUST be written, whole and in order. */
export class CellScreen {
  readonly #synchronized: boolean;
  #shown: CellGrid | undefined;
  /** Cells whose content is not known, e.g. since a picture was there. By `row * columns + column`. */
  readonly #unknown = new Set<number>();
  #pictures: readonly CellArea[] = [];
  #cursor: CellPlace | undefined;
  #isCursorKnown = false;

  /** `synchronized`: whether the terminal answered that it has mode 2026. */
  constructor(options: { synchronized: boolean }) {
    this.#synchronized = options.synchronized;
  }

  /** The terminal was resized, or something else has drawn on it: the next paint begins with a clear screen. */
  forget(): void {
    this.#shown = undefined;
  }

  /** What makes the terminal show `grid`. Empty when it does already. */
  paint(grid: CellGrid, options: PaintOptions): Bytes {
    const isFresh = this.#shown?.columns !== grid.columns || this.#shown?.rows !== grid.rows;
    const before = isFresh || this.#shown === undefined
      ? new CellGrid(grid.columns, grid.rows)
      : this.#shown;
    if (isFresh) this.#unknown.clear();
    this.#noteGonePictures(grid, options.pictures);
    const writer = new RowWriter(grid, before, {
      unknown: this.#unknown,
      pictures: options.pictures,
    });
    let text = isFresh ? CLEAR : "";
    for (let row = 0; row < grid.rows; row++) text += writer.row(row);
    text += writer.end();
    this.#shown = grid;
    return utf8(this.#wrap(text, options.cursor, isFresh));
  }

  /**
   * A picture's bytes, with the cursor out of sight until the last of them and then where it belongs: a terminal that draws while
   * it reads would show it in the picture's corner, and mlterm shows a hidden one again behind a picture.
   */
  aroundPicture(picture: Bytes): readonly Bytes[] {
    if (!this.#isCursorKnown || picture.length === 0) return [picture];
    const after = this.#cursor === undefined ? HIDE_CURSOR : moveTo(this.#cursor) + SHOW_CURSOR;
    return [utf8(HIDE_CURSOR), picture, utf8(after)];
  }

  /** A picture was drawn there: what is painted after it is written even where the cells were so before. */
  cover(area: CellArea): void {
    if (this.#shown !== undefined) this.#noteUnknown(this.#shown, area);
  }

  #noteGonePictures(grid: CellGrid, pictures: readonly CellArea[]): void {
    if (pictures === this.#pictures) return;
    for (const area of this.#pictures) this.#noteUnknown(grid, area);
    this.#pictures = pictures;
  }

  #noteUnknown({ rows, columns }: CellGrid, area: CellArea): void {
    const { column, row, widthCells, heightCells } = area;
    for (let y = row; y < Math.min(rows, row + heightCells); y++) {
      for (let x = column; x < Math.min(columns, column + widthCells); x++) {
        this.#unknown.add(y * columns + x);
      }
    }
  }

  /** The cursor is put where it belongs after everything, and does not run over the screen meanwhile. */
  #wrap(text: string, cursor: CellPlace | undefined, isFresh: boolean): string {
    const wasShown = this.#isCursorKnown && this.#cursor !== undefined;
    const isSame = this.#isCursorKnown && cursor?.column === this.#cursor?.column &&
      cursor?.row === this.#cursor?.row;
    if (text === "" && isSame) return "";
    const hides = wasShown && (text.length > LONG_UNITS || cursor === undefined);
    const isShownNow = wasShown && !hides;
    this.#cursor = cursor;
    this.#isCursorKnown = true;
    let out = hides || isFresh ? HIDE_CURSOR : "";
    out += text;
    if (cursor !== undefined) {
      out += moveTo(cursor) + (isShownNow && !isFresh ? "" : SHOW_CURSOR);
    }
    return this.#synchronized && text.length > LONG_UNITS ? `\x1b[?2026h${out}\x1b[?2026l` : out;
  }
}

/** Writes what differs, row by row, with as few bytes as are easily had. */
class RowWriter {
  readonly #grid: CellGrid;
  readonly #before: CellGrid;
  readonly #unknown: Set<number>;
  readonly #pictures: readonly CellArea[];
  #style: CellStyle = DEFAULT_STYLE;
  #link: CellLink | undefined;
  /** Where the terminal's cursor is; undefined when that cannot be relied on. */
  #place: CellPlace | undefined;

  constructor(
    grid: CellGrid,
    before: CellGrid,
    options: { unknown: Set<number>; pictures: readonly CellArea[] },
  ) {
    this.#grid = grid;
    this.#before = before;
    this.#unknown = options.unknown;
    this.#pictures = options.pictures;
  }

  row(row: number): string {
    const { columns } = this.#grid;
    const blankFrom = this.#erasableFrom(row);
    let out = "";
    for (let column = 0; column < columns; column++) {
      if (this.#grid.textAt(column, row) === "" || !this.#differs(column, row)) continue;
      if (column >= blankFrom) {
        out += this.#eraseFrom(column, row);
        break;
      }
      out += this.#goTo(column, row) + this.#cell(column, row);
    }
    return out;
  }

  /** Back to the terminal's own look, which pictures and other programs expect. */
  end(): string {
    return this.#inLink(undefined) + (this.#style === DEFAULT_STYLE ? "" : RESET);
  }

  #differs(column: number, row: number): boolean {
    const at = row * this.#grid.columns + column;
    if (this.#pictures.some((area) => isInside(area, column, row))) return false;
    if (this.#unknown.has(at)) return true;
    if (this.#isOther(column, row)) return true;
    // A wide character is as it was only if its second half is too.
    const next = column + 1;
    return next < this.#grid.columns && this.#grid.textAt(next, row) === "" &&
      (this.#isOther(next, row) || this.#unknown.has(at + 1));
  }

  #isOther(column: number, row: number): boolean {
    return this.#grid.textAt(column, row) !== this.#before.textAt(column, row) ||
      this.#grid.styleAt(column, row) !== this.#before.styleAt(column, row) ||
      !isSameLink(this.#grid.linkAt(column, row), this.#before.linkAt(column, row));
  }

  /** From which column on the rest of a row is blank, in the terminal's own look, and without a picture. */
  #erasableFrom(row: number): number {
    let column = this.#grid.columns;
    while (
      column > 0 && this.#grid.textAt(column - 1, row) === " " &&
      this.#grid.styleAt(column - 1, row) === DEFAULT_STYLE &&
      !this.#pictures.some((area) => isInside(area, column - 1, row))
    ) column--;
    return column;
  }

  #eraseFrom(column: number, row: number): string {
    for (let at = column; at < this.#grid.columns; at++) {
      this.#unknown.delete(row * this.#grid.columns + at);
    }
    const out = this.#goTo(column, row) + this.#inLink(undefined) + this.#inStyle(DEFAULT_STYLE);
    return `${out}\x1b[K`;
  }

  /** To a cell: by writing again what lies between, if that is little, else by a jump. */
  #goTo(column: number, row: number): string {
    const place = this.#place;
    this.#place = { column, row };
    if (place?.row === row && place.column === column) return "";
    if (place?.row === row && column > place.column && column - place.column <= MAX_BRIDGE_CELLS) {
      let bridge = "";
      for (let at = place.column; at < column; at++) {
        const text = this.#grid.textAt(at, row);
        const isSame = this.#grid.styleAt(at, row) === this.#style &&
          isSameLink(this.#grid.linkAt(at, row), this.#link);
        if (!isPlain(text) || !isSame) return moveTo({ column, row });
        if (this.#pictures.some((area) => isInside(area, at, row))) return moveTo({ column, row });
        bridge += text;
      }
      return bridge;
    }
    return moveTo({ column, row });
  }

  #cell(column: number, row: number): string {
    const { columns } = this.#grid;
    const text = this.#writable(column, row);
    const at = row * columns + column;
    const sureCells = sureWidthCells(text);
    const out = this.#inLink(this.#grid.linkAt(column, row)) +
      this.#inStyle(this.#grid.styleAt(column, row)) +
      (sureCells === undefined ? this.#blankBelow(column, row) : "") + text;
    this.#unknown.delete(at);
    if (sureCells !== undefined) {
      this.#unknown.delete(at + sureCells - 1);
      // In the last column a terminal waits before it wraps, or does not: no place to go on from.
      const next = column + sureCells;
      this.#place = next < columns ? { column: next, row } : undefined;
      return out;
    }
    // Terminals disagree on how wide this is: what lies behind it is written anew, from a place that is certain.
    for (let cell = 1; cell < reachCells(text); cell++) {
      if (column + cell < columns) this.#unknown.add(at + cell);
    }
    if (this.#grid.textAt(column + 1, row) === "") this.#unknown.delete(at + 1);
    this.#place = undefined;
    return out;
  }

  /** A terminal that draws it narrower than meant leaves what stood in the cells behind: they are blank first. */
  #blankBelow(column: number, row: number): string {
    return this.#grid.textAt(column + 1, row) === "" ? `  ${moveTo({ column, row })}` : "";
  }

  /** What may be painted over the edge of a picture is left out. */
  #writable(column: number, row: number): string {
    const text = this.#grid.textAt(column, row);
    if (isPlain(text)) return text;
    for (let cell = 1; cell < reachCells(text); cell++) {
      if (this.#pictures.some((area) => isInside(area, column + cell, row))) return " ";
    }
    return text;
  }

  /** OSC 8 (https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda); terminals without it leave it out. */
  #inLink(link: CellLink | undefined): string {
    if (isSameLink(link, this.#link)) return "";
    this.#link = link;
    return link === undefined ? "\x1b]8;;\x1b\\" : `\x1b]8;id=${link.id};${link.address}\x1b\\`;
  }

  #inStyle(style: CellStyle): string {
    if (style === this.#style) return "";
    const before = this.#style;
    this.#style = style;
    if (style === DEFAULT_STYLE) return RESET;
    return before === DEFAULT_STYLE ? `\x1b[${style}m` : `\x1b[;${style}m`;
  }
}

function isSameLink(one: CellLink | undefined, other: CellLink | undefined): boolean {
  return one === other || (one?.id === other?.id && one?.address === other?.address);
}

/** One cell everywhere. */
function isPlain(text: string): boolean {
  return text.length === 1 && text >= " " && text < "\x7f";
}

/** Emoji, and what some terminals show as one: their width is a matter of opinion. */
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Presentation}/u;

/** Cells of what every terminal takes for as wide; undefined for what they disagree about. */
function sureWidthCells(text: string): number | undefined {
  if (isPlain(text)) return 1;
  const isOne = text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
  return isOne && !PICTURE.test(text) ? reachCells(text) : undefined;
}

/** CUP; the terminal counts from 1. */
function moveTo({ column, row }: CellPlace): string {
  return `\x1b[${row + 1};${column + 1}H`;
}
