/** What a terminal shows after some bytes: the cells of xterm.js, which no one here wrote. */

import xterm from "@xterm/headless";

export interface ShownCell {
  readonly text: string;
  /** 24-bit colour, palette index, or undefined for the default. */
  readonly foreground: Colour | undefined;
  readonly background: Colour | undefined;
}

export type Colour =
  | { readonly kind: "rgb"; readonly value: number }
  | { readonly kind: "palette"; readonly value: number };

/** A headless terminal. Close it, or the test leaks. */
export class ShownTerminal {
  readonly #terminal;

  constructor(columns: number, rows: number) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  /** Column and row, from 0. */
  get cursor(): readonly [number, number] {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return [cursorX, cursorY];
  }

  /** Lines that have scrolled off. */
  get scrolledLines(): number {
    return this.#terminal.buffer.active.baseY;
  }

  cell(column: number, row: number): ShownCell {
    const cell = this.#terminal.buffer.active.getLine(row)?.getCell(column);
    if (cell === undefined) throw new Error(`no cell at ${column}, ${row}`);
    const colour = (isRgb: boolean, isPalette: boolean, value: number): Colour | undefined =>
      isRgb ? { kind: "rgb", value } : isPalette ? { kind: "palette", value } : undefined;
    return {
      text: cell.getChars() || " ",
      foreground: colour(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
      background: colour(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
    };
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** Whether this is the second cell of a wide character. */
  isSecondHalf(column: number, row: number): boolean {
    return this.#terminal.buffer.active.getLine(row)?.getCell(column)?.getWidth() === 0;
  }

  close(): void {
    this.#terminal.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
