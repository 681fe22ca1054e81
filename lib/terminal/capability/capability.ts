/** What a terminal can do, as facts: the result of `detect`, read by the graphics writers, the screen and the faces. */

import type { ColourDepth, Rgb } from "../cells/colour.ts";

/** How pictures are drawn. `none` draws nothing. */
export type GraphicsMethod = "kitty" | "sixel" | "iterm2" | CellMethod | "none";

/** Pictures made of characters. */
export type CellMethod = "blocks" | "quadrants" | "sextants" | "octants" | "ascii";

/** How many pixels a cell has. */
export const CELL_PIXELS: Readonly<
  Record<CellMethod, { readonly columns: number; readonly rows: number }>
> = {
  blocks: { columns: 1, rows: 2 },
  quadrants: { columns: 2, rows: 2 },
  sextants: { columns: 2, rows: 3 },
  octants: { columns: 2, rows: 4 },
  ascii: { columns: 1, rows: 1 },
};

/** Undefined for methods whose pictures have pixels of their own. */
export function cellPixels(
  method: GraphicsMethod,
): { readonly columns: number; readonly rows: number } | undefined {
  return method in CELL_PIXELS ? CELL_PIXELS[method as CellMethod] : undefined;
}

/** The values of `--render`. */
export const RENDER_CHOICES = [
  "auto",
  "kitty",
  "sixel",
  "iterm2",
  "blocks",
  "quadrants",
  "sextants",
  "octants",
  "ascii",
  "none",
] as const;

/** A value of `--render`. */
export type RenderChoice = typeof RENDER_CHOICES[number];

/** The kitty graphics protocol. Each field was answered by the terminal: one ability never implies another. */
export interface KittyCapability {
  /** `t=s`: POSIX shared memory, which also proves that the terminal runs on this machine. */
  readonly sharedMemory: boolean;
  /** `t=t`: temporary files. */
  readonly temporaryFile: boolean;
  /** `f=100` with a PNG. */
  readonly png: boolean;
  /** `f=100` with a JPEG: against the protocol, but Konsole takes it, and the server's payload then needs no decoding. */
  readonly jpeg: boolean;
}

/** Sixel graphics (DEC STD 070, chapter 9). */
export interface SixelCapability {
  /** Colours in one picture. A terminal with 16 shows garbage when given 256. */
  readonly colourRegisters: number;
  /** The largest picture that is drawn and not refused, in pixels; undefined when the terminal did not say. */
  readonly maxSizePx: { readonly widthPx: number; readonly heightPx: number } | undefined;
}

/** Where the size of a cell is from; `guess` means that pictures may not fit their cells exactly. */
export type CellSizeSource =
  | "cell-report"
  | "area-report"
  | "sixel-report"
  | "iterm2-report"
  | "guess";

/** The size of a character cell. Whole pixels, at least 3. */
export interface CellSize {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly source: CellSizeSource;
}

/** A program between us and the real terminal, which redraws the screen as it likes. */
export type Multiplexer = "tmux" | "screen";

/** Everything that is known about one terminal. Undefined means: it cannot, or it did not say. */
export interface Capabilities {
  /** As the terminal calls itself, e.g. `XTerm(379)`, else a hint of the environment, else `unknown`. Printable ASCII. */
  readonly name: string;
  /** False when nothing was answered at all: no cursor addressing may be relied on beyond the common subset. */
  readonly answered: boolean;
  readonly kitty: KittyCapability | undefined;
  readonly sixel: SixelCapability | undefined;
  readonly iterm2: boolean;
  /** 24-bit colour in text cells. */
  readonly truecolor: boolean;
  readonly colours: ColourDepth;
  /** Text has no colours at all, or is to have none (NO_COLOR): pictures of letters have none either. */
  readonly isMonochrome?: boolean;
  /** What is behind the text; undefined when the terminal did not say. */
  readonly background: Rgb | undefined;
  /** Mode 2026: what is between set and reset is shown at once. */
  readonly synchronizedOutput: boolean;
  /** Mode 1036 is off: alt-a arrives as `á` until it is set. So in xterm and mlterm as they are installed. */
  readonly altSendsLetters: boolean;
  /** Kitty keyboard protocol (`CSI u`). */
  readonly kittyKeyboard: boolean;
  readonly cell: CellSize;
  readonly columns: number;
  readonly rows: number;
  readonly multiplexer: Multiplexer | undefined;
  /** What pictures are drawn with: the person's choice, else the best that was answered. */
  readonly method: GraphicsMethod;
  /** Why `method` is what it is, one sentence each, for `doctor` and `/graphics`. */
  readonly reasons: readonly string[];
}

/** True when `text` is a value of `--render`. */
export function isRenderChoice(text: string): text is RenderChoice {
  return (RENDER_CHOICES as readonly string[]).includes(text);
}
