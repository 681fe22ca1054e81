/** Where a video is, as a line that can be pointed at: `► 0:05 ━━━━●┅┅──── 0:14  720p`. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import type { CellStyle } from "../../terminal/cells/cell_grid.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { clockWords, speedWords } from "../../app/video_list.ts";
import type { PlayingNow } from "../../app/video_surface.ts";
import type { Row } from "../drawing/item_lines.ts";

/** What its parts look like. */
export interface ScrubberLook {
  readonly words: CellStyle;
  /** Of the line: what was shown, what is here already, and the rest. */
  readonly done: CellStyle;
  readonly buffered: CellStyle;
  readonly rest: CellStyle;
}

/** A row, and where in it the line is: for clicks. */
export interface Scrubber {
  readonly row: Row;
  readonly track: { readonly column: number; readonly widthCells: number };
}

/** Shorter, it says nothing. */
const MIN_TRACK_CELLS = 8;
/** Words that are cut shorter say nothing. */
const MIN_WORD_CELLS = 12;

/** One cell each, and none of them an emoji anywhere. */
const SIGNS: Readonly<Record<PlayingNow["state"], string>> = {
  playing: "►",
  paused: "‖",
  seeking: "»",
  waiting: "…",
};

/** As wide as asked for; what is least needed goes first. */
export function scrubber(
  playing: PlayingNow,
  widthCells: number,
  { look, withName }: { readonly look: ScrubberLook; readonly withName: boolean },
): Scrubber {
  const { state, rate, quality, positionMs, durationMs } = playing;
  const sign = ` ${SIGNS[state]} `;
  const name = withName ? `${onOneLine(safeText(playing.name))}  ` : "";
  const elapsed = `${clockWords(positionMs)} `;
  const total = ` ${clockWords(durationMs)} `;
  const said = speedWords(rate);
  const speed = said === undefined ? "" : ` ${said} `;
  const waits = state === "waiting"
    ? " waiting for pictures "
    : state === "seeking"
    ? " seeking "
    : "";
  const size = quality === "" ? "" : ` ${quality} `;
  const befores = [sign + name + elapsed, sign + elapsed, elapsed];
  const roomCells = widthCells - cellsOf(sign + elapsed + total + waits + speed) - MIN_TRACK_CELLS;
  // Beside a name in the frame they stand there.
  const also = withName ? fitParts(playing.also ?? [], roomCells - 2) : "";
  const alsoEnds = also === "" ? [] : [
    ...befores.slice(0, 2).map((before) => [before, `${waits}${speed}${size} ${also} `] as const),
    ...befores.slice(0, 2).map((before) => [before, `${waits}${speed} ${also} `] as const),
  ];
  const ends = befores.flatMap((before) =>
    [waits + speed + size, waits + speed, speed, ""].map((after) => [before, after] as const)
  );
  for (const [before, after] of [...alsoEnds, ...ends]) {
    const trackCells = widthCells - cellsOf(before) - cellsOf(total + after);
    if (trackCells < MIN_TRACK_CELLS) continue;
    const column = cellsOf(before);
    const row = [
      { text: safeText(before), style: look.words },
      ...track(playing, trackCells, look),
      { text: safeText(total + after), style: look.words },
    ];
    return { row, track: { column, widthCells: trackCells } };
  }
  const text = safeText(`${sign}${elapsed.trim()}/${total.trim()}`);
  return { row: [{ text, style: look.words }], track: { column: 0, widthCells: 0 } };
}

/** As many of what is to be said as have room, the weightiest first; of that one what is before its reason, or can be read. */
export function fitParts(parts: readonly string[], roomCells: number): string {
  for (let count = parts.length; count > 0; count--) {
    const words = onOneLine(safeText(parts.slice(0, count).join("  ")));
    if (textWidthCells(words) <= roomCells) return words;
  }
  const [first = ""] = parts;
  const [what] = first.split(": ");
  if (what !== first && textWidthCells(onOneLine(safeText(what))) <= roomCells) {
    return onOneLine(safeText(what));
  }
  return roomCells < MIN_WORD_CELLS ? "" : truncateToWidth(onOneLine(safeText(first)), roomCells);
}

function track(
  { positionMs, bufferedMs, durationMs }: PlayingNow,
  cells: number,
  look: ScrubberLook,
) {
  const cellOf = (ms: number) =>
    Math.round(Math.max(0, Math.min(1, durationMs <= 0 ? 0 : ms / durationMs)) * (cells - 1));
  const at = cellOf(positionMs);
  const here = Math.max(at, cellOf(bufferedMs));
  return [
    { text: safeText("━".repeat(at)), style: look.done },
    { text: safeText("●"), style: look.done },
    { text: safeText("━".repeat(here - at)), style: look.buffered },
    { text: safeText("─".repeat(cells - 1 - here)), style: look.rest },
  ];
}

function cellsOf(text: string): number {
  return textWidthCells(safeText(text));
}
