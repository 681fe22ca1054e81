/** What a terminal shows after some bytes: the cells of xterm.js, which no one here wrote. */

import xterm from "@xterm/headless";
import { eastAsianWidth } from "get-east-asian-width";

export interface ShownCell {
  readonly text: string;
  /** 24-bit colour, palette index, or undefined for the default. */
  readonly foreground: Colour | undefined;
  readonly background: Colour | undefined;
}

export type Colour =
  | { readonly kind: "rgb"; readonly value: number }
  | { readonly kind: "palette"; readonly value: number };

/** Widths as in terminals that know the emoji selector. What is joined is packed as xterm.js does it: 3 bits, above them nothing. */
const WIDENING = {
  version: "selector widens",
  wcwidth(codepoint: number): 0 | 1 | 2 {
    const character = String.fromCodePoint(codepoint);
    if (/^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u.test(character)) return 0;
    return eastAsianWidth(codepoint) === 2 ? 2 : 1;
  },
  charProperties(codepoint: number, preceding: number): number {
    const before = preceding >> 1 & 3;
    const own = WIDENING.wcwidth(codepoint);
    const joins = own === 0 && before > 0;
    const width = !joins ? own : codepoint === 0xfe0f ? 2 : before;
    return width << 1 | (joins ? 1 : 0);
  },
};

/** A headless terminal. Close it, or the test leaks. */
export class ShownTerminal {
  readonly #terminal;
  #isCursorShown = true;

  /** `selectorWidens`: the emoji selector makes a narrow character wide, as in kitty; xterm and xterm.js leave it narrow. */
  constructor(columns: number, rows: number, { selectorWidens = false } = {}) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    for (const final of ["h", "l"]) {
      this.#terminal.parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
        if (modes.includes(25)) this.#isCursorShown = final === "h";
        return false;
      });
    }
    if (!selectorWidens) return;
    this.#terminal.unicode.register(WIDENING);
    this.#terminal.unicode.activeVersion = WIDENING.version;
  }

  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  /** Column and row, from 0. */
  get cursor(): readonly [number, number] {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return [cursorX, cursorY];
  }

  /** Whether a person sees the cursor (mode 25). */
  get isCursorShown(): boolean {
    return this.#isCursorShown;
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

  isBold(column: number, row: number): boolean {
    return this.#terminal.buffer.active.getLine(row)?.getCell(column)?.isBold() !== 0;
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
