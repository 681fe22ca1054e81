/** Where `watch` draws: on the terminal, into a file of terminal bytes, or nowhere. */

import type { Clock } from "../../base/clock.ts";
import type { PlayingNow, Sought, ViewerStatistics } from "../../app/video_surface.ts";
import { UsageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Drawing } from "../../client/video/player.ts";
import type { Picture } from "../../client/video/frame_assembly.ts";
import type { RenderChoice } from "../../terminal/capability/capability.ts";
import type { Key } from "../../terminal/input/key.ts";

/** A size in pixels of the terminal. */
export interface PixelSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** How a viewer is to draw. */
export interface ViewerOptions {
  readonly render: RenderChoice;
  /** No more pixels than these. */
  readonly size: PixelSize | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Shows frames. Whoever opened it closes it; then the terminal is as it was. */
export interface Viewer extends AsyncDisposable {
  /** Takes a frame. With `inOrder` it resolves when the frame is drawn or given up, else at once. */
  show(frame: Picture, options: { inOrder: boolean }): Promise<void>;
  /** Whether the person sees `status`. */
  readonly hasStatus: boolean;
  /** A line below the picture: what plays, and what its keys do. `playing`: the same as facts, of a video that has an end. */
  status(text: string, keys: string, playing?: PlayingNow): Promise<void>;
  /** Text under the picture: "" keeps its room, undefined gives it back. */
  subtitle(text: string | undefined): Promise<void>;
  /** The next key; undefined at the end of the input. Never resolves where there is no keyboard. */
  nextKey(signal: AbortSignal): Promise<Key | Sought | undefined>;
  readonly statistics: ViewerStatistics;
  /** What pictures are drawn on; undefined where they are not. */
  readonly drawing: Drawing | undefined;
  /** Whether pictures are drawn smaller where the terminal is too slow for large ones. */
  adapts: boolean;
}

/** Draws nothing: for `--render none`. */
export class NoViewer implements Viewer {
  readonly hasStatus = false;
  readonly drawing = undefined;
  adapts = false;
  #shown = 0;

  get statistics(): ViewerStatistics {
    return { method: "none", drawn: this.#shown, dropped: 0, refused: 0 };
  }

  show(): Promise<void> {
    this.#shown++;
    return Promise.resolve();
  }

  status(): Promise<void> {
    return Promise.resolve();
  }

  subtitle(): Promise<void> {
    return Promise.resolve();
  }

  nextKey(signal: AbortSignal): Promise<Key | Sought | undefined> {
    return noKey(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** `640x360`. Undefined when not given; throws UsageError for anything else. */
export function parsePixelSize(text: string | undefined): PixelSize | undefined {
  if (text === undefined) return undefined;
  const [, width, height] = text.match(/^(\d{1,5})x(\d{1,5})$/i) ?? [];
  const size = { widthPx: Number(width), heightPx: Number(height) };
  if (size.widthPx >= 1 && size.heightPx >= 1) return size;
  throw new UsageError("bad-size", `This is no size: ${text}. Try 640x360`);
}

/** Where there is no keyboard: waits for the signal, and rejects with its reason. */
export function noKey(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
