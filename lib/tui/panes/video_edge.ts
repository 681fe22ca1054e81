/** What stands around a picture: its frame, where it is, and its keys; the picture's own cells stay free. */

import {
  type CellArea,
  type CellGrid,
  type CellStyle,
  isEmptyArea,
  NO_AREA,
} from "../../terminal/cells/cell_grid.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import { bar, caption, fitHint } from "./bars.ts";
import { drawFrame } from "../drawing/frame.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Layout } from "../drawing/layout.ts";
import { fitParts, scrubber, type ScrubberLook } from "./scrubber.ts";
import type { PlayingNow } from "../../app/video_surface.ts";
import type { Theme } from "../theme/theme.ts";
import type { BarRow } from "./video_bar.ts";

/** A video beside or above the conversation, or on the whole screen. */
export interface VideoScene {
  readonly size: "pane" | "full";
  /** Below the picture, at least one row: what is, and the keys for it. */
  readonly bar: readonly BarRow[];
  /** Whether keys go to it. */
  readonly hasKeys: boolean;
  /** Where it is, to be drawn in the first of the rows; below it is what is said in the video. */
  readonly playing?: PlayingNow | undefined;
  /** The rows are about the drawing, and all of them words. */
  readonly saysFacts?: boolean;
}

/** Draws them; returns where the line is that can be pointed at. */
export function drawVideo(
  grid: CellGrid,
  layout: Layout,
  scene: {
    readonly video: VideoScene | undefined;
    readonly theme: Theme;
    readonly notice: string;
  },
): CellArea {
  const { video, theme } = scene;
  const { videoBar, frames } = layout;
  if (video === undefined || videoBar.heightCells === 0) return NO_AREA;
  return isEmptyArea(frames.video)
    ? drawBar(grid, layout, { ...scene, video })
    : drawFramed(grid, layout, video, theme);
}

/** `╭─ cockatoo ─╮`, the line in the last row inside, and the keys in the lower edge. */
function drawFramed(
  grid: CellGrid,
  { videoBar, frames }: Layout,
  video: VideoScene,
  theme: Theme,
): CellArea {
  const { playing, hasKeys, bar: rows } = video;
  const [first] = rows;
  const style = hasKeys ? theme.frame : theme.line;
  const blank = { text: safeText(" "), style: theme.text };
  const faint = (text: string): Row => [{ text: onOneLine(safeText(text)), style: theme.faint }];
  drawFrame(grid, frames.video, {
    style,
    ...playing !== undefined &&
      {
        title: [{ text: onOneLine(safeText(playing.name)), style: theme.own }],
        facts: faint(fitParts(playing.also ?? [], factsRoomCells(playing, frames.video))),
      },
    foot: faint(fitHint(first?.keys ?? "", frames.video.widthCells - 8)),
  });
  if (playing === undefined || video.saysFacts === true) {
    rows.slice(0, videoBar.heightCells).forEach(({ words }, i) => {
      // What stands last matters least, and half of it says nothing.
      const parts = words.split("  ");
      const room = videoBar.widthCells - 2;
      const isCut = textWidthCells(onOneLine(safeText(parts[0]))) > room;
      const whole = isCut ? words : fitParts(parts, room);
      grid.write(videoBar, videoBar.row + i, [blank, ...faint(whole)]);
    });
    return NO_AREA;
  }
  drawSubtitles(grid, videoBar, { rows, style: theme.text });
  const look = { words: theme.text, done: theme.frame, buffered: theme.faint, rest: theme.line };
  return drawLine(
    grid,
    videoBar,
    scrubber(playing, videoBar.widthCells, { look, withName: false }),
  );
}

/** In the upper edge, beside the name: corners, and a blank and a line around each. */
function factsRoomCells({ name }: PlayingNow, { widthCells }: CellArea): number {
  return widthCells - 10 - textWidthCells(onOneLine(safeText(name)));
}

/** So much is enough for the name, the times and a line between them. */
const LINE_CELLS = 46;

/** One row below the picture, with the keys at its end. */
function drawBar(
  grid: CellGrid,
  { videoBar, status }: Layout,
  { video, theme, notice }: {
    readonly video: VideoScene;
    readonly theme: Theme;
    readonly notice: string;
  },
): CellArea {
  const style = video.hasKeys ? theme.selected : theme.bar;
  const { widthCells } = videoBar;
  const { playing } = video;
  // A picture on the whole screen leaves no room for the status.
  const said = notice === "" || status.heightCells > 0 ? "" : `${notice} `;
  const saidCells = textWidthCells(safeText(said));
  const right = saidCells * 2 < widthCells ? said : "";
  video.bar.slice(0, videoBar.heightCells).forEach(({ words, keys }, i) => {
    const end = i === 0 ? right : "";
    const room = widthCells - 2 - (end === "" ? 0 : saidCells);
    const row = bar(` ${caption(words, keys, room)}`, end, { widthCells, style });
    grid.write(videoBar, videoBar.row + i, row);
  });
  if (playing === undefined || video.saysFacts === true || right !== "") return NO_AREA;
  drawSubtitles(grid, videoBar, { rows: video.bar, style });
  const look: ScrubberLook = { words: style, done: style, buffered: style, rest: style };
  const hint = video.bar[0]?.keys ?? "";
  // The way out is never cut where it is not half of the row.
  const leaveCells = textWidthCells(safeText(hint.split(" · ").at(-1) ?? ""));
  const keys = fitHint(
    hint,
    Math.max(
      Math.floor(widthCells / 3),
      widthCells - LINE_CELLS,
      Math.min(Math.floor(widthCells / 2), leaveCells),
    ),
  );
  const keyCells = textWidthCells(safeText(keys)) + 2;
  const line = scrubber(playing, widthCells - keyCells, { look, withName: true });
  const end = { text: safeText(` ${keys} `), style };
  return drawLine(grid, videoBar, { ...line, row: [...line.row, end] });
}

/** Below the first row, each in the middle. */
function drawSubtitles(
  grid: CellGrid,
  area: CellArea,
  { rows, style }: { readonly rows: readonly BarRow[]; readonly style: CellStyle },
): void {
  const { widthCells } = area;
  rows.slice(1, area.heightCells).forEach(({ words }, i) => {
    const text = onOneLine(safeText(words));
    const before = Math.max(0, Math.floor((widthCells - textWidthCells(text)) / 2));
    const after = Math.max(0, widthCells - before - textWidthCells(text));
    const row = [" ".repeat(before), text, " ".repeat(after)];
    grid.write(area, area.row + 1 + i, row.map((part) => ({ text: safeText(part), style })));
  });
}

function drawLine(
  grid: CellGrid,
  area: CellArea,
  { row, track }: ReturnType<typeof scrubber>,
): CellArea {
  grid.write(area, area.row, row);
  return {
    column: area.column + track.column,
    row: area.row,
    widthCells: track.widthCells,
    heightCells: track.widthCells === 0 ? 0 : 1,
  };
}
