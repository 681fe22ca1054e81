/** What the screen and the Worker of pictures say to each other. One request, one answer, in order. */

import type { Bitmap } from "../../base/bitmap.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { StillOptions, StillResult } from "../../media/stills/still_decoder.ts";
import type { PainterOptions } from "../frame_painter.ts";
import type { CroppedPlacement } from "./crop.ts";

/** To the Worker. */
export type StillRequest =
  | { readonly kind: "decode"; readonly file: Uint8Array; readonly options: StillOptions }
  | {
    readonly kind: "encode";
    readonly bitmap: Bitmap;
    readonly placement: CroppedPlacement;
    readonly options: PainterOptions;
  }
  /** What was handed to the terminal by memory, and it did not take, goes. */
  | { readonly kind: "close" };

/** What puts a picture on the terminal, and what takes it off again where text over it does not. */
export interface EncodedStill {
  readonly bytes: Bytes;
  readonly erasure: Bytes;
}

/** From the Worker, one for each request. */
export type StillAnswer =
  | { readonly kind: "decoded"; readonly result: StillResult }
  | { readonly kind: "encoded"; readonly still: EncodedStill }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly reason: string };
