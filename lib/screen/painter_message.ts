/** What the screen and its Worker say to each other. One request, one answer, in order. */

import type { Bytes } from "../base/bytes.ts";
import type { PictureDetail } from "../terminal/graphics/encoder.ts";
import type { Placement } from "../terminal/graphics/placement.ts";
import type { PainterOptions, PaintResult, VideoFrame } from "./frame_painter.ts";

/** To the Worker. `open` comes first, `close` last. */
export type PainterRequest =
  | { readonly kind: "open"; readonly options: PainterOptions }
  | {
    readonly kind: "paint";
    readonly frame: VideoFrame;
    readonly placement: Placement;
    readonly detail?: PictureDetail | undefined;
  }
  | { readonly kind: "erase" }
  | { readonly kind: "close" };

/** From the Worker, one for each request. */
export type PainterAnswer =
  | { readonly kind: "opened" }
  | { readonly kind: "painted"; readonly result: PaintResult }
  | { readonly kind: "erased"; readonly bytes: Bytes }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly reason: string };
