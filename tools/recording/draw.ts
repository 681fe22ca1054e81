/** Plays a recording back in a headless terminal, and draws what that shows as an animated GIF. */

import { xterm256Palette } from "../../lib/terminal/graphics/palette.ts";
import { type Colour, ShownTerminal } from "../../tests/kit/cells.ts";
import { CELL, drawGlyphs, type Glyph, type Glyphs, type Sign, signKey } from "./glyphs.ts";

/** A recording as asciicast v2 has it: what was written when, in seconds. */
export interface Recording {
  readonly width: number;
  readonly height: number;
  readonly events: readonly (readonly [number, "o", string])[];
}

/** One cell of a moment. */
interface Cell extends Sign {
  readonly foreground: number;
  readonly background: number;
}

type Moment = readonly (readonly Cell[])[];

const PICTURES_PER_SECOND = 8;
/** Nobody waits longer for nothing. */
const MAX_PAUSE_S = 1.5;
/** The last picture stays. */
const END_S = 3;
const FOREGROUND = 0xd8d8d8;
const BACKGROUND = 0x101014;
const CURSOR = 0xe8e8e8;
const PALETTE = xterm256Palette();

/** Draws it to a file. */
export async function drawGif(recording: Recording, path: string): Promise<void> {
  const moments = await play(recording);
  const glyphs = await drawGlyphs(signsOf(moments));
  const [widthPx, heightPx] = [recording.width * CELL.widthPx, recording.height * CELL.heightPx];
  const colours = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=none:" +
    "diff_mode=rectangle";
  const format = `-f rawvideo -pix_fmt rgb24 -s ${widthPx}x${heightPx} -r ${PICTURES_PER_SECOND}`;
  const child = new Deno.Command("ffmpeg", {
    args: [
      "-v",
      "error",
      "-y",
      ...format.split(" "),
      "-i",
      "-",
      "-vf",
      colours,
      "-loop",
      "0",
      path,
    ],
    ...{ stdin: "piped", stdout: "inherit", stderr: "inherit" },
  }).spawn();
  const writer = child.stdin.getWriter();
  for (const moment of moments) await writer.write(paint(moment, glyphs, widthPx));
  await writer.close();
  const { code } = await child.status;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

/** What the terminal shows at each picture's time. */
async function play({ width, height, events }: Recording): Promise<readonly Moment[]> {
  using terminal = new ShownTerminal(width, height, { selectorWidens: true });
  const moments: Moment[] = [];
  let shown = look(terminal, width, height);
  let shownS = 0;
  let heldBackS = 0;
  let before = 0;
  let unfinished = "";
  for (const [atS, , text] of events) {
    heldBackS += Math.max(0, atS - before - MAX_PAUSE_S);
    before = atS;
    if (shownS < atS - heldBackS && isWhole(unfinished)) {
      shown = look(terminal, width, height);
      unfinished = "";
    }
    for (; shownS < atS - heldBackS; shownS += 1 / PICTURES_PER_SECOND) moments.push(shown);
    unfinished += text;
    await terminal.write(text);
  }
  const last = look(terminal, width, height);
  // Where a GIF stands still, its first picture is all that is seen.
  const begun = moments.slice(Math.max(0, moments.findIndex(hasWords)));
  return [...begun, ...Array.from({ length: END_S * PICTURES_PER_SECOND }, () => last)];
}

/** A picture comes in pieces, between DECSC and DECRC; nobody wants to see half of one. */
function isWhole(written: string): boolean {
  return written.lastIndexOf("\x1b7") <= written.lastIndexOf("\x1b8");
}

function hasWords(moment: Moment): boolean {
  return moment.some((row) => row.some(({ text }) => text.trim() !== ""));
}

function look(terminal: ShownTerminal, width: number, height: number): Moment {
  const [cursorColumn, cursorRow] = terminal.isCursorShown ? terminal.cursor : [-1, -1];
  return Array.from(
    { length: height },
    (_, row) =>
      Array.from({ length: width }, (_, column): Cell => {
        const { text, foreground, background } = terminal.cell(column, row);
        const isCursor = column === cursorColumn && row === cursorRow;
        const [ink, paper] = [rgb(foreground, FOREGROUND), rgb(background, BACKGROUND)];
        return {
          text: terminal.isSecondHalf(column, row) ? "" : text,
          isBold: terminal.isBold(column, row),
          widthCells: terminal.isSecondHalf(column + 1, row) ? 2 : 1,
          foreground: isCursor ? BACKGROUND : ink,
          background: isCursor ? CURSOR : paper,
        };
      }),
  );
}

function rgb(colour: Colour | undefined, usual: number): number {
  if (colour === undefined) return usual;
  if (colour.kind === "rgb") return colour.value;
  const [red, green, blue] = PALETTE.subarray(colour.value * 3, colour.value * 3 + 3);
  return red << 16 | green << 8 | blue;
}

/** What a font is needed for: half blocks are rectangles. */
function signsOf(moments: readonly Moment[]): readonly Sign[] {
  const signs = new Map<string, Sign>();
  for (const cell of moments.flat(2)) {
    if (cell.text.trim() === "" || cell.text === "▀") continue;
    signs.set(signKey(cell), cell);
  }
  return [...signs.values()];
}

function paint(moment: Moment, glyphs: Glyphs, widthPx: number): Uint8Array {
  const picture = new Uint8Array(widthPx * moment.length * CELL.heightPx * 3);
  const put = (x: number, y: number, colour: number, share = 1) => {
    const at = (y * widthPx + x) * 3;
    for (const [channel, shift] of [16, 8, 0].entries()) {
      const below = picture[at + channel];
      picture[at + channel] = below + ((colour >> shift & 255) - below) * share;
    }
  };
  for (const [row, cells] of moment.entries()) {
    for (const [column, cell] of cells.entries()) {
      for (let y = 0; y < CELL.heightPx; y++) {
        const isInk = cell.text === "▀" && y < CELL.heightPx / 2;
        for (let x = 0; x < CELL.widthPx; x++) {
          const colour = isInk ? cell.foreground : cell.background;
          put(column * CELL.widthPx + x, row * CELL.heightPx + y, colour);
        }
      }
    }
    // Behind all paper of the row, since a sign may reach into the next cell.
    for (const [column, cell] of cells.entries()) {
      const glyph = glyphs.get(signKey(cell));
      if (glyph === undefined) continue;
      for (let y = 0; y < CELL.heightPx; y++) {
        for (let x = 0; x < CELL.widthPx * 2 && column * CELL.widthPx + x < widthPx; x++) {
          const [colour, share] = pixelOf(glyph, y * CELL.widthPx * 2 + x, cell.foreground);
          put(column * CELL.widthPx + x, row * CELL.heightPx + y, colour, share);
        }
      }
    }
  }
  return picture;
}

/** Colour, and how much of it. */
function pixelOf(glyph: Glyph, at: number, foreground: number): readonly [number, number] {
  if (glyph.kind === "ink") return [foreground, glyph.ink[at] / 255];
  const [red, green, blue, alpha] = glyph.rgba.subarray(at * 4, at * 4 + 4);
  return [red << 16 | green << 8 | blue, alpha / 255];
}
