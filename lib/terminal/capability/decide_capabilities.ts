/** From a terminal's replies and a few hints of the environment to its capabilities and the size of its cells. Pure. */

import type {
  Capabilities,
  CellMethod,
  CellSize,
  CellSizeSource,
  GraphicsMethod,
  KittyCapability,
  Multiplexer,
  RenderChoice,
  SixelCapability,
} from "./capability.ts";
import type { Reply } from "../input/reply.ts";
import {
  KITTY_QUESTION,
  printable,
  readAnswers,
  type ReportedSize,
  type TerminalAnswers,
} from "./terminal_answers.ts";

/** Environment variables, e.g. `Deno.env.get`. */
export type EnvironmentLookup = (name: string) => string | undefined;

/** What is known beside the replies. */
export interface DetectionHints {
  readonly env: EnvironmentLookup;
  readonly columns: number;
  readonly rows: number;
  /** `--render`. */
  readonly choice: RenderChoice;
}

/** DA1: "this terminal draws sixel". */
const DA1_SIXEL = 4;
/** When the terminal draws sixel but does not say with how many colours: what all but real VT340s have. */
const DEFAULT_COLOUR_REGISTERS = 256;
const MAX_COLOUR_REGISTERS = 65_536;
const MAX_PICTURE_PX = 65_535;

/**
 * Terminals that take 24-bit colour in text without saying so in `COLORTERM`, as they call themselves. Not mlterm (3.9): it has
 * room for some hundred such colours, and gives those away that cells still show, which then change.
 */
const TRUECOLOR_NAMES =
  /^(?:xterm\(|kitty|konsole|foot|wezterm|ghostty|iterm2|contour|mintty|tmux|vte|windows terminal)/i;

/** Terminals of the console and of old, by `TERM`, as terminfo has them with 8 or 16 colours. */
const SIXTEEN_COLOURS = /^(?:linux|ansi|cons25|vt[1-5]\d\d|.*-(?:8|16)color)(?:$|-)/;

/** Terminals without colour, by `TERM`: those that had none, and those that are said to have none. */
const MONOCHROME = /^(?:vt[12]\d\d|.*-m(?:ono)?)(?:$|-)/;

/**
 * Terminals that draw the characters themselves, so that they meet without a gap, by the version from which on they do. Fonts have
 * sextants and octants seldom.
 */
const OWN_GLYPHS: readonly (readonly [name: RegExp, from: string, cells: CellMethod])[] = [
  [/^kitty\((\d+\.\d+)/i, "0.40", "octants"],
  [/^ghostty (\d+\.\d+)/i, "1.2", "octants"],
  [/^foot\((\d+\.\d+)/i, "1.20", "octants"],
  [/^kitty\((\d+\.\d+)/i, "0.20", "sextants"],
  [/^foot\((\d+\.\d+)/i, "1.9", "sextants"],
  [/^vte\((\d+)/i, "6200", "sextants"],
  [/^wezterm (\d{8})/i, "20210000", "sextants"],
];

function decideCells(
  name: string,
  { truecolor, isMonochrome }: { readonly truecolor: boolean; readonly isMonochrome: boolean },
): CellDecision {
  if (isMonochrome) return { method: "ascii", reason: "Text has no colours here" };
  // Two colours of few for so many pixels show less than one each.
  if (!truecolor) return { method: "blocks", reason: undefined };
  for (const [sign, from, method] of OWN_GLYPHS) {
    const version = sign.exec(name)?.[1];
    if (version !== undefined && isFrom(version, from)) {
      return { method, reason: `${name} draws ${method} itself` };
    }
  }
  return { method: "blocks", reason: undefined };
}

/** 1.20 comes after 1.9. */
function isFrom(version: string, from: string): boolean {
  const parts = (text: string) => text.split(".").map(Number);
  const [[major, minor = 0], [fromMajor, fromMinor = 0]] = [parts(version), parts(from)];
  return major > fromMajor || (major === fromMajor && minor >= fromMinor);
}

/** Never throws, whatever the terminal says: nonsense counts as silence. One ability is never concluded from another. */
export function decideCapabilities(
  replies: readonly Reply[],
  hints: DetectionHints,
): Capabilities {
  const answers = readAnswers(replies);
  const { env, choice } = hints;
  const columns = Math.max(1, hints.columns);
  const rows = Math.max(1, hints.rows);
  const multiplexer = decideMultiplexer(answers, env);
  const found: Found = {
    kitty: decideKitty(answers),
    sixel: decideSixel(answers),
    iterm2: answers.iterm2CellPx !== undefined,
  };
  const name = decideName(answers, env);
  const truecolor = /^(?:truecolor|24bit)$/i.test(env("COLORTERM") ?? "") ||
    TRUECOLOR_NAMES.test(name);
  const isMonochrome = (env("NO_COLOR") ?? "") !== "" || MONOCHROME.test(env("TERM") ?? "");
  const cells = decideCells(name, { truecolor, isMonochrome });
  const { method, reasons } = choice === "auto"
    ? decideMethod(found, { answers, multiplexer, term: env("TERM") ?? "", cells })
    : chosenMethod(choice, found);
  return {
    name,
    answered: replies.length > 0,
    // What the person insists on gets the abilities that every terminal with that protocol has.
    kitty: found.kitty ?? (method === "kitty" ? PLAIN_KITTY : undefined),
    sixel: found.sixel ?? (method === "sixel" ? PLAIN_SIXEL : undefined),
    iterm2: found.iterm2 || method === "iterm2",
    truecolor,
    isMonochrome,
    colours: truecolor ? "truecolor" : SIXTEEN_COLOURS.test(env("TERM") ?? "") ? "16" : "256",
    background: answers.background,
    synchronizedOutput: answers.synchronizedOutput,
    altSendsLetters: answers.altSendsLetters,
    kittyKeyboard: answers.kittyKeyboard,
    cell: decideCellSize(answers, columns, rows),
    columns,
    rows,
    multiplexer,
    method,
    reasons,
  };
}

interface Found {
  readonly kitty: KittyCapability | undefined;
  readonly sixel: SixelCapability | undefined;
  readonly iterm2: boolean;
}

const CELL_WORDS: Readonly<Record<CellMethod, string>> = {
  blocks: "half blocks",
  quadrants: "quadrants",
  sextants: "sextants",
  octants: "octants",
  ascii: "letters",
};

/** Which characters pictures are made of, where there is nothing better. */
interface CellDecision {
  readonly method: CellMethod;
  /** Undefined for half blocks, which are the usual ones. */
  readonly reason: string | undefined;
}

interface Decision {
  readonly method: GraphicsMethod;
  readonly reasons: readonly string[];
}

const PLAIN_KITTY: KittyCapability = {
  sharedMemory: false,
  temporaryFile: false,
  png: true,
  jpeg: false,
};

const PLAIN_SIXEL: SixelCapability = {
  colourRegisters: DEFAULT_COLOUR_REGISTERS,
  maxSizePx: undefined,
};

function decideMethod(
  found: Found,
  seen: {
    readonly answers: TerminalAnswers;
    readonly multiplexer: Multiplexer | undefined;
    readonly term: string;
    readonly cells: CellDecision;
  },
): Decision {
  const { answers, multiplexer, term, cells } = seen;
  const byCells = cells.reason === undefined ? [] : [cells.reason];
  if (isDumb(term)) {
    return { method: "none", reasons: [`TERM is '${printable(term)}': it cannot place text`] };
  }
  if (multiplexer !== undefined && found.sixel !== undefined && multiplexer === "tmux") {
    return { method: "sixel", reasons: ["tmux names sixel: it draws pictures again itself"] };
  }
  if (multiplexer !== undefined) {
    return {
      method: cells.method,
      reasons: [
        `Inside ${multiplexer}: pictures do not survive its redraws, ${
          CELL_WORDS[cells.method]
        } do`,
        ...byCells,
      ],
    };
  }
  const reasons: string[] = [];
  if (answers.deviceAttributes === undefined) {
    reasons.push("The terminal did not answer in time");
  }
  if (found.kitty !== undefined) {
    return { method: "kitty", reasons: [...reasons, "The kitty graphics question got OK"] };
  }
  reasons.push("The kitty graphics question got no OK");
  if (found.sixel !== undefined) {
    const colours = found.sixel.colourRegisters;
    return {
      method: "sixel",
      reasons: [...reasons, `The device attributes name sixel, with ${colours} colours`],
    };
  }
  reasons.push("The device attributes do not name sixel");
  if (found.iterm2) {
    return { method: "iterm2", reasons: [...reasons, "iTerm2's question got an answer"] };
  }
  return {
    method: cells.method,
    reasons: [...reasons, "iTerm2's question got no answer", ...byCells],
  };
}

function chosenMethod(choice: GraphicsMethod, found: Found): Decision {
  const reasons = [`--render ${choice} was asked for`];
  const missing = (choice === "kitty" && found.kitty === undefined) ||
    (choice === "sixel" && found.sixel === undefined) || (choice === "iterm2" && !found.iterm2);
  if (missing) reasons.push(`The terminal did not say that it knows ${choice}`);
  return { method: choice, reasons };
}

/** True when the terminal cannot even place the cursor, so no question may be sent to it either. */
export function isDumb(term: string): boolean {
  return term === "" || term === "dumb";
}

/** Known from the environment before anything is asked: a multiplexer takes kitty's questions for a window title. */
export function multiplexerFromEnv(env: EnvironmentLookup): Multiplexer | undefined {
  const term = env("TERM") ?? "";
  if (env("TMUX") || term.startsWith("tmux")) return "tmux";
  return env("STY") || term.startsWith("screen") ? "screen" : undefined;
}

function decideMultiplexer(
  answers: TerminalAnswers,
  env: EnvironmentLookup,
): Multiplexer | undefined {
  // Over SSH only TERM is left of the environment, and tmux's TERM is often `screen`.
  return /^tmux/i.test(answers.version ?? "") ? "tmux" : multiplexerFromEnv(env);
}

function decideKitty(answers: TerminalAnswers): KittyCapability | undefined {
  const ok = answers.kittyOk;
  if (!ok.has(KITTY_QUESTION.direct)) return undefined;
  return {
    sharedMemory: ok.has(KITTY_QUESTION.sharedMemory),
    temporaryFile: ok.has(KITTY_QUESTION.temporaryFile),
    png: ok.has(KITTY_QUESTION.png),
    jpeg: ok.has(KITTY_QUESTION.jpeg),
  };
}

function decideSixel(answers: TerminalAnswers): SixelCapability | undefined {
  if (!answers.deviceAttributes?.includes(DA1_SIXEL)) return undefined;
  const colours = answers.sixelColours ?? 0;
  return {
    colourRegisters: colours >= 2
      ? Math.min(colours, MAX_COLOUR_REGISTERS)
      : DEFAULT_COLOUR_REGISTERS,
    maxSizePx: pictureLimit(answers.sixelMaxPx) ?? pictureLimit(answers.sixelAreaPx),
  };
}

function pictureLimit(size: ReportedSize | undefined): ReportedSize | undefined {
  const isSide = (px: number) => px >= 1 && px <= MAX_PICTURE_PX;
  return size !== undefined && isSide(size.widthPx) && isSide(size.heightPx) ? size : undefined;
}

function decideName(answers: TerminalAnswers, env: EnvironmentLookup): string {
  if (answers.version !== undefined) return answers.version;
  const konsole = env("KONSOLE_VERSION") ? "Konsole" : "";
  const hint = env("TERM_PROGRAM") || env("LC_TERMINAL") || konsole || env("TERM") || "";
  return printable(hint) || "unknown";
}

// The size of a cell in pixels, from whichever answer can be believed.

const MIN_CELL_PX = 3;
const MAX_CELL_PX = 256;

/** The VGA text cell: what is drawn is then of a sensible shape, if not of the right size. */
const GUESS: CellSize = { widthPx: 8, heightPx: 16, source: "guess" };

/**
 * In order: the cell's own report, the area's report by cells (rounded down, since some count their padding), the sixel area's by
 * cells, iTerm2's report, a guess. Terminals lie, so what gives no sensible cell is passed over.
 */
function decideCellSize(
  answers: TerminalAnswers,
  columns: number,
  rows: number,
): CellSize {
  return sensible(answers.cellPx, "cell-report") ??
    sensible(perCell(answers.areaPx, columns, rows), "area-report") ??
    fromSixelArea(answers, columns, rows) ??
    sensible(answers.iterm2CellPx, "iterm2-report") ?? GUESS;
}

function sensible(
  cell: ReportedSize | undefined,
  source: CellSizeSource,
): CellSize | undefined {
  if (cell === undefined || !isSensible(cell.widthPx) || !isSensible(cell.heightPx)) {
    return undefined;
  }
  return { widthPx: Math.floor(cell.widthPx), heightPx: Math.floor(cell.heightPx), source };
}

function isSensible(px: number): boolean {
  return px >= MIN_CELL_PX && px <= MAX_CELL_PX;
}

function perCell(
  area: ReportedSize | undefined,
  columns: number,
  rows: number,
): ReportedSize | undefined {
  if (area === undefined) return undefined;
  return { widthPx: area.widthPx / columns, heightPx: area.heightPx / rows };
}

/**
 * xterm answers with its text area, but never with more than its largest picture (1000×1000). So a side counts only when the
 * cells divide it and it is not at the limit; the other side is then taken from the usual shape, twice as high as wide.
 */
function fromSixelArea(
  answers: TerminalAnswers,
  columns: number,
  rows: number,
): CellSize | undefined {
  const area = answers.sixelAreaPx;
  if (area === undefined) return undefined;
  const limit = answers.sixelMaxPx;
  const widthPx = exactShare(area.widthPx, columns, limit?.widthPx);
  const heightPx = exactShare(area.heightPx, rows, limit?.heightPx);
  if (widthPx === undefined && heightPx === undefined) return undefined;
  const cell = {
    widthPx: widthPx ?? Math.round((heightPx ?? 0) / 2),
    heightPx: heightPx ?? 2 * (widthPx ?? 0),
  };
  return sensible(cell, "sixel-report");
}

function exactShare(
  sidePx: number,
  cells: number,
  limitPx: number | undefined,
): number | undefined {
  const share = sidePx / cells;
  return sidePx !== limitPx && Number.isInteger(share) && isSensible(share) ? share : undefined;
}
