/** What stands around a picture: its frame, where it is, and its keys; the picture's own cells stay free. */

import { type CellArea, type CellGrid, isEmptyArea, NO_AREA } from "../terminal/cell_grid.ts";
import { onOneLine, safeText } from "../base/safe_text.ts";
import { textWidthCells } from "../terminal/text_width.ts";
import { bar, caption, fitHint } from "./bars.ts";
import { drawFrame } from "./frame.ts";
import type { Row } from "./item_lines.ts";
import type { Layout } from "./layout.ts";
import { scrubber, type ScrubberLook } from "./scrubber.ts";
import type { PlayingNow } from "../app/video_surface.ts";
import type { Theme } from "./theme.ts";
import type { BarRow } from "./video_bar.ts";

/** A video beside or above the conversation, or on the whole screen. */
export interface VideoScene {
  readonly size: "pane" | "full";
  /** Below the picture, at least one row: what is, and the keys for it. */
  readonly bar: readonly BarRow[];
  /** Whether keys go to it. */
  readonly hasKeys: boolean;
  /** Where it is, to be drawn in the first of the rows. */
  readonly playing?: PlayingNow | undefined;
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
        facts: (playing.also ?? "") === "" ? [] : faint(playing.also ?? ""),
      },
    foot: faint(fitHint(first?.keys ?? "", frames.video.widthCells - 8)),
  });
  // Facts are said.
  if (playing === undefined || rows.length > 1) {
    rows.slice(0, videoBar.heightCells).forEach(({ words }, i) => {
      grid.write(videoBar, videoBar.row + i, [blank, ...faint(words)]);
    });
    return NO_AREA;
  }
  rows.slice(1, videoBar.heightCells).forEach(({ words }, i) => {
    const text = onOneLine(safeText(words));
    const before = Math.max(0, Math.floor((videoBar.widthCells - textWidthCells(text)) / 2));
    const row = [{ text: safeText(" ".repeat(before)), style: theme.text }, {
      text,
      style: theme.text,
    }];
    grid.write(videoBar, videoBar.row + 1 + i, row);
  });
  const look = { words: theme.text, done: theme.frame, buffered: theme.faint, rest: theme.line };
  return drawLine(
    grid,
    videoBar,
    scrubber(playing, videoBar.widthCells, { look, withName: false }),
  );
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
  if (playing === undefined || video.bar.length > 1 || right !== "") return NO_AREA;
  const look: ScrubberLook = { words: style, done: style, buffered: style, rest: style };
  const keys = fitHint(
    video.bar[0]?.keys ?? "",
    Math.max(Math.floor(widthCells / 3), widthCells - LINE_CELLS),
  );
  const keyCells = textWidthCells(safeText(keys)) + 2;
  const line = scrubber(playing, widthCells - keyCells, { look, withName: true });
  const end = { text: safeText(` ${keys} `), style };
  return drawLine(grid, videoBar, { ...line, row: [...line.row, end] });
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
