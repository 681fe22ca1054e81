/** A screen as a viewer uses it: frames in, and word of each that was asked for. */

import type { ViewerStatistics } from "../../app/video_surface.ts";
import type { Drawing } from "../../client/video/player.ts";
import type { Picture } from "../../client/video/frame_assembly.ts";
import type { CellRectangle } from "../../screen/fit.ts";
import type { FrameOutcome } from "../../screen/frame_outcome.ts";
import { Screen } from "../../screen/screen.ts";
import type { Capabilities } from "../../terminal/capability/capability.ts";
import type { PixelSize } from "./viewer.ts";

/** A screen, and who waits for the outcome of which frame. */
export class ScreenFeed {
  readonly #screen: Screen;
  readonly #method: string;
  #waiting: { readonly index: number; readonly done: () => void } | undefined;

  private constructor(open: (onFrame: (outcome: FrameOutcome) => void) => Screen, method: string) {
    this.#screen = open((outcome) => {
      if (this.#waiting?.index === outcome.index) this.#waiting.done();
    });
    this.#method = method;
  }

  static async open(
    options: Omit<Parameters<typeof Screen.open>[0], "onFrame">,
  ): Promise<ScreenFeed> {
    let listener: (outcome: FrameOutcome) => void = () => {};
    const screen = await Screen.open({ ...options, onFrame: (outcome) => listener(outcome) });
    return new ScreenFeed((onFrame) => {
      listener = onFrame;
      return screen;
    }, options.capabilities.method);
  }

  get screen(): Screen {
    return this.#screen;
  }

  async show(frame: Picture, inOrder: boolean): Promise<void> {
    const { jpeg: jpegBytes, ptsMs, widthPx, heightPx, index } = frame;
    const drawn = inOrder
      ? new Promise<void>((done) => this.#waiting = { index, done })
      : Promise.resolve();
    this.#screen.show({ jpegBytes, ptsMs, widthPx, heightPx, index });
    // A screen that cannot go on will never report the frame.
    await Promise.race([drawn, this.#screen.wait().then(() => drawn)]);
  }

  /** For `Viewer`. */
  get drawing(): Drawing {
    const { box, drawMs, statistics } = this.#screen;
    return { ...box, drawMs, decodeMs: statistics.paintMs };
  }

  get statistics(): ViewerStatistics {
    const { drawn, dropped, refused } = this.#screen.statistics;
    return { method: this.#method, drawn, dropped, refused };
  }
}

/** Rows that stay free below the picture: the status, and the last row, where a picture would scroll the screen. */
export const STATUS_ROWS = 2;

/** Where the picture goes: all of the screen but the status and what is to be spared above it, or as much as the person wants. */
export function rectangleOf(
  capabilities: Capabilities,
  size: PixelSize | undefined,
  spareRows = 0,
): CellRectangle {
  const { columns, rows, cell } = capabilities;
  const heightCells = Math.max(1, rows - STATUS_ROWS - spareRows);
  const wanted = size === undefined ? { width: columns, height: heightCells } : {
    width: Math.ceil(size.widthPx / cell.widthPx),
    height: Math.ceil(size.heightPx / cell.heightPx),
  };
  return {
    column: 0,
    row: 0,
    widthCells: Math.max(1, Math.min(columns, wanted.width)),
    heightCells: Math.max(1, Math.min(heightCells, wanted.height)),
  };
}
