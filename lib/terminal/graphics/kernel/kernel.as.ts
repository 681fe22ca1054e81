// The kernel: the inner loops of the graphics writers, in AssemblyScript. `tools/build_kernel.ts` builds it.
//
// All memory from `heapStart` on belongs to the host, which passes addresses; nothing here allocates. There are no imports.

import { prepareBase64 } from "./base64.as";
import { prepareDecimals } from "./decimal.as";
import { prepareQuantise } from "./quantise.as";

export { base64, kittyChunks } from "./base64.as";
export { blocks } from "./blocks.as";
export { chooseColours, codedError, colourSums, paletteColours, setPalette } from "./colours.as";
export { sgrTable } from "./cursor.as";
export { glyphTable, letters, mosaics } from "./mosaics.as";
export { ditherTable, indexTable, quantise } from "./quantise.as";
export { resize } from "./resize.as";
export { sixelBody, widestSixelPx } from "./sixel.as";

/** The first address that the host may use. */
export function heapStart(): usize {
  return (__heap_base + 15) & ~15;
}

/** Fills the constant tables. Call once after instantiation. */
export function prepare(): void {
  prepareDecimals();
  prepareBase64();
  prepareQuantise();
}
