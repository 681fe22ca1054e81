/** One picture on the whole screen, with its name below it. A video beside the conversation waits out of sight. */

import type { Bitmap } from "../../base/bitmap.ts";
import { captionWords, notDrawnWords, type PictureRef } from "../../app/conversations/pictures.ts";
import { fitPicture } from "../../screen/fit.ts";
import { type CellArea, isEmptyArea } from "../../terminal/cells/cell_grid.ts";
import { type Key, keyName } from "../../terminal/input/key.ts";
import type { PictureLayer, WantedPicture } from "./picture_layer.ts";
import type { VideoScene } from "../panes/video_edge.ts";

/** What it is opened with. */
export interface PictureViewOptions {
  readonly layer: PictureLayer;
  /** Those that can be gone to, oldest first. At least one. */
  readonly refs: readonly PictureRef[];
  /** Which of them is seen first. */
  readonly at: number;
  /** Of the terminal, in cells. */
  size(): { readonly columns: number; readonly rows: number };
  start(doing: Promise<void>): void;
  onChanged(): void;
  onClosed(): void;
}

/** More pixels than any terminal shows. */
const MAX_SIDE_PX = 2_048;
const CLOSING: readonly string[] = ["escape", "enter", "q", "f", "f7", "ctrl-c"];
const BACK: readonly string[] = ["left", "up", "k", "pageup"];
const ON: readonly string[] = ["right", "down", "j", " ", "pagedown"];

/** Open until the person goes back. */
export class PictureView {
  readonly #options: PictureViewOptions;
  #at: number;
  #bitmap: Bitmap | undefined;

  constructor(options: PictureViewOptions) {
    this.#options = options;
    this.#at = options.at;
    this.#decode();
  }

  get scene(): VideoScene {
    const keys = this.#options.refs.length > 1 ? "←→ others · esc back" : "esc back";
    return { size: "full", hasKeys: true, bar: [{ words: this.#words(), keys }] };
  }

  /** What is to be drawn in the area. */
  seen(area: CellArea): readonly WantedPicture[] {
    const { layer, size } = this.#options;
    const known = layer.stateOf(this.#ref);
    const { drawing } = layer;
    const bitmap = this.#bitmap;
    if (bitmap === undefined || known?.state !== "known") return [];
    if (drawing === undefined || isEmptyArea(area)) return [];
    const whole = fitPicture(known.facts, area, { ...drawing, ...size() });
    if (whole === undefined) return [];
    return [{ ref: this.#ref, bitmap, placement: { whole, seen: whole, abovePx: 0 } }];
  }

  /** Every key is its own. */
  handle(key: Key): void {
    const name = key.kind === "text" ? key.text : keyName(key) ?? "";
    if (CLOSING.includes(name)) this.#options.onClosed();
    else if (BACK.includes(name)) this.#go(-1);
    else if (ON.includes(name)) this.#go(1);
  }

  get #ref(): PictureRef {
    return this.#options.refs[this.#at];
  }

  #words(): string {
    const { layer, refs } = this.#options;
    const ref = this.#ref;
    const known = layer.stateOf(ref);
    if (known?.state === "not-drawn") return notDrawnWords(ref, known.why, known.facts);
    if (known === undefined) return `${ref.name} · decoding …`;
    const count = refs.length > 1 ? ` · ${this.#at + 1} of ${refs.length}` : "";
    return `${captionWords(ref, known.facts)}${count}`;
  }

  #go(step: 1 | -1): void {
    if (this.#options.refs[this.#at + step] === undefined) return;
    this.#at += step;
    this.#bitmap = undefined;
    this.#decode();
    this.#options.onChanged();
  }

  #decode(): void {
    const { layer, size, start, onChanged } = this.#options;
    const ref = this.#ref;
    const { columns, rows } = size();
    const cell = layer.drawing?.cell ?? { widthPx: 1, heightPx: 2 };
    const box = {
      widthPx: Math.min(MAX_SIDE_PX, Math.ceil(columns * cell.widthPx)),
      heightPx: Math.min(MAX_SIDE_PX, Math.ceil(rows * cell.heightPx)),
    };
    start(
      layer.decode(ref, box).then((bitmap) => {
        if (ref === this.#ref) this.#bitmap = bitmap;
        onChanged();
      }),
    );
  }
}
