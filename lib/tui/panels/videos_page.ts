/** The server's videos, each with its poster where the terminal draws pictures; enter plays one. */

import { type ListedVideo, listVideos, videoFacts } from "../../app/video_list.ts";
import type { PictureRef } from "../../app/conversations/pictures.ts";
import { HeliographError } from "../../base/errors.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import type { CellArea } from "../../terminal/cells/cell_grid.ts";
import { type Key, keyName } from "../../terminal/input/key.ts";
import { truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { App } from "../conversations/app.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import type { PagePictures, SeenPicture } from "../timeline/picture_rows.ts";
import { POSTER, posterAt, posterRef } from "../timeline/posters.ts";
import type { Theme } from "../theme/theme.ts";
import { LIST_STEPS, type Steps } from "./list_keys.ts";

const MARK_CELLS = 2;
const GAP_CELLS = 2;
/** A video without a poster has two rows of words; both keep one apart. */
const WORD_ROWS = 3;

/** A page of posters. */
const STEPS: Steps = { ...LIST_STEPS, pageup: -5, pagedown: 5 };

/** Opens the page with what there is now; without an answer, calls `orElse`. */
export async function openVideos(app: App, orElse: () => void): Promise<void> {
  let listed: readonly ListedVideo[];
  try {
    listed = await listVideos(app.talk.client.link);
  } catch (error) {
    // The connection has gone since the command was answered.
    if (!(error instanceof HeliographError)) throw error;
    return orElse();
  }
  app.show(
    new VideosPage(listed, {
      pictures: () => app.pictures.ofPage,
      play: ({ number }) => app.inbox.start(app.talk.enter(`/watch ${number}`, app.model.open)),
    }),
  );
}

interface VideosPageOptions {
  /** As it is when the page is drawn. */
  pictures(): Pick<PagePictures, "drawing" | "stateOf"> | undefined;
  play(video: ListedVideo): void;
}

/** Exported for tests. */
export class VideosPage implements Panel {
  readonly shape = "page";
  readonly #listed: readonly ListedVideo[];
  readonly #options: VideosPageOptions;
  #selected = 0;

  constructor(listed: readonly ListedVideo[], options: VideosPageOptions) {
    this.#listed = listed;
    this.#options = options;
  }

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const rows = this.#listed.flatMap((video, i) =>
      this.#rowsOf(video, { isSelected: i === this.#selected, widthCells, theme })
    );
    return {
      title: "Videos",
      hint: "enter plays · up and down choose · escape closes",
      rows,
      focus: { row: this.#selected * this.#rowsEach + Math.floor(this.#rowsEach / 2) },
      input: undefined,
    };
  }

  pictures(body: CellArea, firstRow: number) {
    const pictures = this.#options.pictures();
    if (pictures === undefined) return { pictures: [], refs: [] };
    const seen: SeenPicture[] = [];
    const refs: PictureRef[] = [];
    for (const [i, video] of this.#listed.entries()) {
      const row = body.row + i * this.#rowsEach - firstRow;
      // A part of one is none.
      const isSeen = row >= body.row && row + POSTER.heightCells <= body.row + body.heightCells;
      if (!isSeen || video.problem !== undefined) continue;
      const ref = posterRef(video);
      refs.push(ref);
      const poster = posterAt(ref, { column: body.column + MARK_CELLS, row }, pictures);
      if (poster !== undefined) seen.push(poster);
    }
    return { pictures: seen, refs };
  }

  handle(key: Key): PanelOutcome {
    const name = key.kind === "text" ? key.text.toLowerCase() : keyName(key) ?? "";
    if (STEPS[name] !== undefined) this.#select(this.#selected + STEPS[name]);
    else if (name === "enter") {
      const video = this.#listed[this.#selected];
      if (video === undefined || video.problem !== undefined) return "open";
      this.#options.play(video);
      return "closed";
    } else if (["escape", "q", "ctrl-c"].includes(name)) return "closed";
    return "open";
  }

  click(row: number): PanelOutcome {
    this.#select(Math.floor(row / this.#rowsEach));
    return "open";
  }

  scroll(byRows: number): void {
    this.#select(this.#selected + Math.sign(byRows));
  }

  get #rowsEach(): number {
    return this.#options.pictures() === undefined ? WORD_ROWS : POSTER.heightCells + 1;
  }

  #select(at: number): void {
    this.#selected = Math.max(0, Math.min(at, this.#listed.length - 1));
  }

  #rowsOf(
    video: ListedVideo,
    { isSelected, widthCells, theme }: {
      readonly isSelected: boolean;
      readonly widthCells: number;
      readonly theme: Theme;
    },
  ): readonly Row[] {
    const hasPosters = this.#options.pictures() !== undefined;
    const indentCells = MARK_CELLS + (hasPosters ? POSTER.widthCells + GAP_CELLS : 0);
    const textCells = Math.max(1, widthCells - indentCells);
    const [facts, state] = videoFacts(video);
    const lines = hasPosters ? [facts, state] : [[facts, state].filter(Boolean).join(" · ")];
    const head = `${video.number}  ${video.name}`;
    const line = (words: string, mark: string, style: Theme["text"]): Row => [
      { text: safeText(mark.padEnd(indentCells)), style: theme.own },
      { text: truncateToWidth(onOneLine(safeText(words)), textCells), style },
    ];
    const rows = [
      line(head, isSelected ? "▸" : "", isSelected ? theme.selected : theme.text),
      ...lines.map((words) => line(words, "", theme.faint)),
    ];
    return [...rows, ...Array<Row>(Math.max(0, this.#rowsEach - rows.length)).fill([])];
  }
}
