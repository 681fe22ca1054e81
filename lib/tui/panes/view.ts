/** From all that there is to show to a grid of cells. Pure. */

import { type CellArea, CellGrid, isEmptyArea, NO_AREA } from "../../terminal/cells/cell_grid.ts";
import { safeText } from "../../base/safe_text.ts";
import type { CellPlace } from "../../terminal/cells/cell_screen.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import { askRows, drawAsks, shownAsks } from "./ask_strip.ts";
import { statusRow, titleParts, titleRow } from "./bars.ts";
import type { ComposerView } from "./composer.ts";
import { drawComposer, promptOf } from "./composer_pane.ts";
import { type BannerFacts, bannerOf } from "./banner.ts";
import { drawFrame, drawRule } from "../drawing/frame.ts";
import { cutTop, type Layout, layOut, type LayoutWishes } from "../drawing/layout.ts";
import { drawList, type ListTarget } from "./list_pane.ts";
import type { Names } from "../../app/talk/entry_words.ts";
import { type DrawnPanel, drawPanel, type Panel } from "./panel.ts";
import type { Model } from "../../app/conversations/model.ts";
import type { Theme } from "../theme/theme.ts";
import { drawVideo, type VideoScene } from "./video_edge.ts";
import {
  type DrawnTimeline,
  drawTimeline,
  rowOptionsOf,
  type TimelineScene,
} from "./timeline_pane.ts";

/** Everything that is shown. */
export interface Scene {
  readonly model: Model;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly showsList: boolean;
  readonly look: TimelineScene["look"];
  readonly pictures: TimelineScene["pictures"];
  /** What stands above the line that is typed. */
  readonly about: BannerFacts;
  readonly names: Names;
  readonly theme: Theme;
  /** The text being typed, in rows of that many cells. */
  compose(widthCells: number): ComposerView;
  readonly panel: Panel | undefined;
  /** Requests that were put away, by their keys. */
  readonly hiddenAsks?: ReadonlySet<string>;
  /** Words in the status line about what can be done now. */
  readonly hint: string;
  /** What is to be said all the time; empty: nothing. */
  readonly notice: string;
  readonly video: VideoScene | undefined;
}

/** The screen as it should be. */
export interface Painted {
  readonly grid: CellGrid;
  readonly cursor: CellPlace | undefined;
  readonly layout: Layout;
  readonly panel: DrawnPanel | undefined;
  /** What a click on a row of the list does, from the list's top. */
  readonly listed: readonly (ListTarget | undefined)[];
  /** Of each row of the conversation: the item that stands there. */
  readonly keys: DrawnTimeline["keys"];
  /** What is to be drawn on the conversation, and what has to be looked at for that. */
  readonly pictures: Pick<DrawnTimeline, "pictures" | "refs">;
  /** Whether the oldest of the page is on the screen. */
  readonly nearsTop: boolean;
  /** The request that is answered by alt-y and alt-n, as the strip has it. */
  readonly firstAsked: string | undefined;
  /** The line of the video that can be pointed at. */
  readonly track: CellArea;
}

const NO_PICTURES: Painted["pictures"] = { pictures: [], refs: [] };

/** Lays out and draws. */
export function paintScene(scene: Scene): Painted {
  const { model, size, theme } = scene;
  const asks = shownAsks(model.requests, scene.hiddenAsks);
  const prompt = promptOf(model, size.columns);
  const wishes: LayoutWishes = {
    ...size,
    composerRows: 1,
    askRows: scene.panel?.showsAsks === true ? 0 : askRows(asks),
    list: scene.showsList,
    // A panel never lies over a picture.
    video: scene.video === undefined
      ? "none"
      : scene.panel === undefined
      ? scene.video.size
      : "pane",
    videoBarRows: scene.video?.bar.length ?? 1,
  };
  const promptCells = textWidthCells(prompt);
  const first = layOut(wishes);
  const composed = scene.compose(first.composer.widthCells - promptCells);
  const banner = bannerOf(scene.about, rowOptionsOf(scene, first.composer));
  const bannerRows = banner === undefined ? 0 : 1;
  const layout = layOut({ ...wishes, composerRows: composed.rows.length + bannerRows });
  const grid = new CellGrid(size.columns, size.rows);
  grid.fill({ column: 0, row: 0, widthCells: size.columns, heightCells: size.rows }, theme.text);
  const listed = drawList(grid, layout, scene);
  const timeline = drawTimeline(grid, layout.timeline, scene);
  const typed = layout.composer.heightCells > bannerRows
    ? cutTop(layout.composer, bannerRows)
    : layout.composer;
  if (banner !== undefined && layout.composer.heightCells > 1) {
    grid.write(layout.composer, layout.composer.row, banner);
  }
  const cursor = drawComposer(grid, typed, { prompt, composed, theme });
  drawAsks(grid, layout.asks, { model, asks, theme });
  drawBars(grid, layout, scene, model.requests.length - asks.length);
  const track = drawVideo(grid, layout, scene);
  const panel = scene.panel === undefined ? undefined : drawPanel(
    grid,
    panelArea(layout, scene.panel),
    scene.panel,
    { theme, joins: !isEmptyArea(layout.frames.talk) },
  );
  const hidesCursor = scene.about.item !== undefined || layout.composer.heightCells === 0 ||
    scene.video?.hasKeys === true ||
    (panel !== undefined && panel.cursor === undefined);
  return {
    grid,
    cursor: panel?.cursor ?? (hidesCursor ? undefined : cursor),
    layout,
    panel,
    listed,
    keys: timeline.keys,
    // A panel never lies over a picture; it may have its own.
    pictures: panel === undefined
      ? timeline
      : scene.panel?.pictures?.(panel.body, panel.firstRow) ?? besidePanel(timeline, panel),
    nearsTop: timeline.nearsTop,
    firstAsked: asks[0]?.key,
    track,
  };
}

/** Those that it covers no row of. */
function besidePanel(
  { pictures, refs }: Painted["pictures"],
  { area }: DrawnPanel,
): Painted["pictures"] {
  const free = pictures.filter(({ placement: { seen } }) =>
    seen.row + seen.heightCells <= area.row || seen.row >= area.row + area.heightCells
  );
  return { pictures: free, refs };
}

/** Over the conversation; what fills it takes the title's row too, unless a picture stands below that. */
function panelArea({ title, timeline, video, frames }: Layout, panel: Panel): CellArea {
  if (panel.shape === "page" && !isEmptyArea(frames.talk)) {
    const { talk, rule } = frames;
    return { ...talk, heightCells: rule.row + rule.heightCells - talk.row };
  }
  if (panel.shape !== "page" || title.heightCells === 0 || !isEmptyArea(video)) return timeline;
  return { ...title, heightCells: title.heightCells + timeline.heightCells };
}

/** A screen without panes. `draw` undefined: nothing yet. */
export function paintPage(
  draw: (size: Scene["size"]) => Pick<Painted, "grid" | "cursor"> | undefined,
  size: Scene["size"],
): Painted {
  const layout = layOut({
    columns: 0,
    rows: 0,
    composerRows: 1,
    askRows: 0,
    list: false,
    video: "none",
    videoBarRows: 1,
  });
  const drawn = draw(size) ??
    { grid: new CellGrid(size.columns, size.rows), cursor: undefined };
  return {
    ...drawn,
    layout,
    panel: undefined,
    listed: [],
    keys: [],
    pictures: NO_PICTURES,
    nearsTop: false,
    firstAsked: undefined,
    track: NO_AREA,
  };
}

/** Edges and bars. */
function drawBars(grid: CellGrid, layout: Layout, scene: Scene, hiddenCount: number): void {
  const { model, theme, hint, notice } = scene;
  const { title, status, frames } = layout;
  if (!isEmptyArea(frames.talk)) drawFrames(grid, layout, scene);
  else if (title.heightCells > 0) {
    grid.write(title, title.row, titleRow(model, title.widthCells, scene));
  }
  if (status.heightCells > 0) {
    const requests = `${hiddenCount} ${hiddenCount === 1 ? "request" : "requests"}: F9`;
    const words = hiddenCount > 0 ? `${requests} · ${hint}` : hint;
    grid.write(status, status.row, statusRow(model, words, { ...status, theme, notice }));
  }
}

/** Whatever has the keys stands out. */
function drawFrames(grid: CellGrid, { frames }: Layout, scene: Scene): void {
  const { model, theme, video } = scene;
  const { title, facts } = titleParts(model, scene);
  const heading = [{ text: safeText("Conversations"), style: theme.faint }];
  drawFrame(grid, frames.list, { style: theme.line, title: heading });
  const style = video?.hasKeys === true ? theme.line : theme.frame;
  drawFrame(grid, frames.talk, { style, title, facts });
  drawRule(grid, frames.rule, { edge: style, line: theme.line });
}
