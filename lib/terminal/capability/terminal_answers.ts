/** From a pile of replies to what they say: each question's answer or undefined, nothing concluded yet. */

import { parseBackground, type Rgb } from "../cells/colour.ts";
import type { Reply } from "../input/reply.ts";

/** Ids of the kitty graphics questions, by which their answers are told apart. */
export const KITTY_QUESTION = {
  direct: 31,
  png: 33,
  jpeg: 34,
  sharedMemory: 35,
  temporaryFile: 36,
} as const;

/** Height and width in pixels, as reported: may be nonsense. */
export interface ReportedSize {
  readonly heightPx: number;
  readonly widthPx: number;
}

/** What was answered to the burst. */
export interface TerminalAnswers {
  /** DA1's list. Every terminal answers it, so undefined means that this one is silent or slow. */
  readonly deviceAttributes: readonly number[] | undefined;
  /** XTVERSION, made printable ASCII. */
  readonly version: string | undefined;
  /** Kitty question ids that were answered with OK. */
  readonly kittyOk: ReadonlySet<number>;
  /** CSI 16 t. */
  readonly cellPx: ReportedSize | undefined;
  /** CSI 14 t. */
  readonly areaPx: ReportedSize | undefined;
  /** iTerm2 ReportCellSize, in pixels. */
  readonly iterm2CellPx: ReportedSize | undefined;
  /** XTSMGRAPHICS item 1. */
  readonly sixelColours: number | undefined;
  /** XTSMGRAPHICS item 2, the first answer: the area that a picture may take now. */
  readonly sixelAreaPx: ReportedSize | undefined;
  /** XTSMGRAPHICS item 2, the second answer: the largest that it may ever take. */
  readonly sixelMaxPx: ReportedSize | undefined;
  /** DECRQM of mode 2026 answered 1 or 2. */
  readonly synchronizedOutput: boolean;
  /** DECRQM of mode 1036 answered 2: alt with a letter would arrive as another letter. */
  readonly altSendsLetters: boolean;
  /** `CSI ? u` was answered. */
  readonly kittyKeyboard: boolean;
  /** OSC 11. */
  readonly background: Rgb | undefined;
}

const MAX_VERSION_CHARACTERS = 60;

/** Picks the answers out of the replies to one burst of questions. */
export function readAnswers(replies: readonly Reply[]): TerminalAnswers {
  const csi = replies.filter((reply) => reply.kind === "csi");
  const find = (prefix: string, final: string, first?: number) =>
    csi.filter((reply) =>
      reply.prefix === prefix && reply.final === final &&
      (first === undefined || reply.parameters[0] === first)
    ).map((reply) => reply.parameters);
  const graphics = (item: number) =>
    find("?", "S", item).filter(([, status]) => status === 0).map((answer) => answer.slice(2));
  const [areaNow, areaMax] = graphics(2);
  return {
    deviceAttributes: find("?", "c")[0],
    version: readVersion(replies),
    kittyOk: readKittyOk(replies),
    cellPx: sizeOf(find("", "t", 6)[0]?.slice(1)),
    areaPx: sizeOf(find("", "t", 4)[0]?.slice(1)),
    iterm2CellPx: readIterm2CellSize(replies),
    sixelColours: graphics(1)[0]?.[0],
    // This one has the width first.
    sixelAreaPx: sizeOf(areaNow?.toReversed()),
    sixelMaxPx: sizeOf(areaMax?.toReversed()),
    synchronizedOutput: find("?", "$y", 2026).some(([, mode]) => mode === 1 || mode === 2),
    altSendsLetters: find("?", "$y", 1036).some(([, mode]) => mode === 2),
    kittyKeyboard: find("?", "u").length > 0,
    background:
      replies.flatMap((reply) => reply.kind === "osc" ? parseBackground(reply.text) ?? [] : [])[0],
  };
}

function sizeOf(numbers: readonly number[] | undefined): ReportedSize | undefined {
  if (numbers === undefined || numbers.length < 2) return undefined;
  const [heightPx, widthPx] = numbers;
  return { heightPx, widthPx };
}

/** `DCS > | text ST`. The text goes to screens and logs, so nothing but printable ASCII is kept. */
function readVersion(replies: readonly Reply[]): string | undefined {
  for (const reply of replies) {
    if (reply.kind !== "dcs" || !reply.text.startsWith(">|")) continue;
    return printable(reply.text.slice(2)) || undefined;
  }
  return undefined;
}

/** Printable ASCII of what names a terminal, cut to a length that fits a line. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").slice(0, MAX_VERSION_CHARACTERS).trim();
}

/** `APC G i=31;OK ST` (kitty graphics protocol, "Display images on screen"). */
function readKittyOk(replies: readonly Reply[]): ReadonlySet<number> {
  const ok = new Set<number>();
  for (const reply of replies) {
    const id = reply.kind === "apc"
      ? /^G(?:.*,)?i=(\d{1,9})[^;]*;OK$/.exec(reply.text)?.[1]
      : undefined;
    if (id !== undefined) ok.add(Number(id));
  }
  return ok;
}

/** `OSC 1337 ; ReportCellSize=height;width;scale ST`, in points of `scale` pixels (iTerm2, "Proprietary escape codes"). */
function readIterm2CellSize(replies: readonly Reply[]): ReportedSize | undefined {
  for (const reply of replies) {
    if (reply.kind !== "osc") continue;
    const match = /^1337;ReportCellSize=([\d.]{1,12});([\d.]{1,12})(?:;([\d.]{1,12}))?$/.exec(
      reply.text,
    );
    if (match === null) continue;
    const scale = Number(match[3] ?? "1");
    return { heightPx: Number(match[1]) * scale, widthPx: Number(match[2]) * scale };
  }
  return undefined;
}
