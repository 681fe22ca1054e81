/** A decoded picture. */

/** Rows from the top, pixels from the left, `R G B` in three bytes each, no padding. */
export interface Bitmap {
  readonly widthPx: number;
  readonly heightPx: number;
  /** `widthPx * heightPx * 3` bytes. The doc comment of whoever hands it out says how long it stays valid. */
  readonly rgb: Uint8Array;
}
