/** A video as the conversations beside it know it. */

import type { CellArea } from "../../terminal/cells/cell_grid.ts";
import type { Key } from "../../terminal/input/key.ts";
import type { VideoScene } from "../panes/video_edge.ts";

/** A video that is open: it may have the keys. */
export interface OpenVideo {
  readonly scene: VideoScene;
  /** False when the key is of no use to it. */
  handle(key: Key): boolean;
  toggleKeys(): void;
  toggleSize(): void;
  /** The person points at a part of the whole, from 0 to 1. */
  seek(share: number): void;
  /** Where the last layout has the picture. */
  placed(area: CellArea): void;
  /** The screen was cleared: the picture has to be drawn anew. */
  redraw(): void;
}
