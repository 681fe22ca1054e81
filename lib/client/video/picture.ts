/** A picture to be shown, whatever it comes from: a video of the library, or a live stream. */

import type { Bytes } from "../../base/bytes.ts";

/** What whoever draws or keeps it needs of it. */
export interface Picture {
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly ptsMs: number;
  readonly sizeBytes: number;
  readonly jpeg: Bytes;
}
