// Half blocks: each cell shows two pixels, the upper as the colour of "▀" and the lower as its background. Only cells
// whose colours moved are written.

import {
  beginText,
  looksSame,
  moveTo,
  NO_COLOUR,
  setColours,
  textEnd,
  writeGlyph,
} from "./cursor.as";

const UPPER_HALF_BLOCK: u32 = 0x8096e2; // U+2580 in UTF-8
const SPACE: u32 = 0x20;

function colourAt(picture: usize, position: i32, truecolor: bool): i32 {
  if (!truecolor) return <i32> load<u8>(picture + position);
  const pixel = picture + position * 3;
  return (<i32> load<u8>(pixel, 0) << 16) | (<i32> load<u8>(pixel, 1) << 8) |
    <i32> load<u8>(pixel, 2);
}

/**
 * Writes the cells that changed and returns the length; 0 when none did. At most 64 bytes a cell.
 *
 * `picture` has two pixel rows a cell row: RGB when `truecolor`, else palette indexes. `drawn` is an i32 a pixel: what the
 * terminal shows, -1 where that is not known; it is brought up to date. `tolerance` is compared with what was drawn and
 * not with the frame before, so slow fades do not lag behind by more than it. `row` and `column` count from 1.
 */
export function blocks(
  picture: usize,
  drawn: usize,
  widthCells: i32,
  heightCells: i32,
  row: i32,
  column: i32,
  truecolor: bool,
  tolerance: i32,
  target: usize,
): i32 {
  beginText(target, truecolor);
  for (let y = 0; y < heightCells; y++) {
    for (let x = 0; x < widthCells; x++) {
      const upperAt = y * 2 * widthCells + x;
      const lowerAt = upperAt + widthCells;
      const upper = colourAt(picture, upperAt, truecolor);
      const lower = colourAt(picture, lowerAt, truecolor);
      const upperSame = looksSame(load<i32>(drawn + (upperAt << 2)), upper, tolerance);
      const lowerSame = looksSame(load<i32>(drawn + (lowerAt << 2)), lower, tolerance);
      if (upperSame && lowerSame) continue;
      store<i32>(drawn + (upperAt << 2), upper);
      store<i32>(drawn + (lowerAt << 2), lower);
      moveTo(row + y, column + x);
      if (upper == lower) {
        setColours(NO_COLOUR, lower);
        writeGlyph(SPACE, 1);
      } else {
        setColours(upper, lower);
        writeGlyph(UPPER_HALF_BLOCK, 3);
      }
    }
  }
  return <i32> (textEnd() - target);
}
