// Half blocks: each cell shows two pixels, the upper as the colour of "▀" and the lower as its background. Only cells
// whose colours moved are written.

import { writeDecimal } from "./decimal.as";

// For terminals without 24-bit colour: the parameters of SGR for each palette index, e.g. "38;5;17" or "34".
// 16 bytes an entry, text first, length in the last; 256 for the foreground, then 256 for the background.
const SGR_ENTRY_SHIFT: usize = 4;
const SGR_LENGTH: usize = 15;
const SGR_PARAMETERS: usize = memory.data(2 * 256 * 16, 8);
const BACKGROUND_ENTRIES: usize = 256 << 4;

const ESCAPE_BRACKET: u16 = 0x5b1b;
const SEMICOLON: u8 = 0x3b;
const UPPER_HALF_BLOCK: u32 = 0x8096e2; // U+2580 in UTF-8
const NO_COLOUR: i32 = -1;

export function sgrTable(): usize {
  return SGR_PARAMETERS;
}

// What the terminal has now, while one picture is written. Kept here because AssemblyScript functions return one value.
let out: usize = 0;
let foreground: i32 = NO_COLOUR;
let background: i32 = NO_COLOUR;
let cursorColumn: i32 = 0;
let cursorRow: i32 = 0;

function moveTo(row: i32, column: i32): void {
  if (cursorRow == row && cursorColumn == column) return;
  store<u16>(out, ESCAPE_BRACKET);
  out = writeDecimal(out + 2, row);
  store<u8>(out, SEMICOLON);
  out = writeDecimal(out + 1, column);
  store<u8>(out, 0x48); // H
  out++;
}

function writeTruecolor(colour: i32, isBackground: bool): void {
  store<u64>(out, isBackground ? 0x3b323b3834 : 0x3b323b3833); // "48;2;" or "38;2;"
  out = writeDecimal(out + 5, colour >> 16);
  store<u8>(out, SEMICOLON);
  out = writeDecimal(out + 1, (colour >> 8) & 255);
  store<u8>(out, SEMICOLON);
  out = writeDecimal(out + 1, colour & 255);
}

function writeIndexed(colour: i32, isBackground: bool): void {
  const entry = SGR_PARAMETERS + (isBackground ? BACKGROUND_ENTRIES : 0) +
    (<usize> colour << SGR_ENTRY_SHIFT);
  store<u64>(out, load<u64>(entry));
  store<u64>(out, load<u64>(entry, 8), 8);
  out += <usize> load<u8>(entry, SGR_LENGTH);
}

function writeColourParameters(colour: i32, isBackground: bool, truecolor: bool): void {
  if (truecolor) writeTruecolor(colour, isBackground);
  else writeIndexed(colour, isBackground);
}

/** Sets both colours; a foreground of `NO_COLOUR` means that it does not matter. */
function setColours(upper: i32, lower: i32, truecolor: bool): void {
  const setForeground = upper != NO_COLOUR && upper != foreground;
  const setBackground = lower != background;
  if (!setForeground && !setBackground) return;
  store<u16>(out, ESCAPE_BRACKET);
  out += 2;
  if (setForeground) {
    writeColourParameters(upper, false, truecolor);
    foreground = upper;
  }
  if (setBackground) {
    if (setForeground) {
      store<u8>(out, SEMICOLON);
      out++;
    }
    writeColourParameters(lower, true, truecolor);
    background = lower;
  }
  store<u8>(out, 0x6d); // m
  out++;
}

function colourAt(picture: usize, position: i32, truecolor: bool): i32 {
  if (!truecolor) return <i32> load<u8>(picture + position);
  const pixel = picture + position * 3;
  return (<i32> load<u8>(pixel, 0) << 16) | (<i32> load<u8>(pixel, 1) << 8) |
    <i32> load<u8>(pixel, 2);
}

function channelsNear(left: i32, right: i32, tolerance: i32): bool {
  return abs((left >> 16) - (right >> 16)) <= tolerance &&
    abs(((left >> 8) & 255) - ((right >> 8) & 255)) <= tolerance &&
    abs((left & 255) - (right & 255)) <= tolerance;
}

function looksSame(drawn: i32, wanted: i32, truecolor: bool, tolerance: i32): bool {
  if (drawn == wanted) return true;
  return truecolor && drawn != NO_COLOUR && channelsNear(drawn, wanted, tolerance);
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
  out = target;
  foreground = NO_COLOUR;
  background = NO_COLOUR;
  cursorRow = 0;
  cursorColumn = 0;
  for (let y = 0; y < heightCells; y++) {
    for (let x = 0; x < widthCells; x++) {
      const upperAt = y * 2 * widthCells + x;
      const lowerAt = upperAt + widthCells;
      const upper = colourAt(picture, upperAt, truecolor);
      const lower = colourAt(picture, lowerAt, truecolor);
      const upperSame = looksSame(load<i32>(drawn + (upperAt << 2)), upper, truecolor, tolerance);
      const lowerSame = looksSame(load<i32>(drawn + (lowerAt << 2)), lower, truecolor, tolerance);
      if (upperSame && lowerSame) continue;
      store<i32>(drawn + (upperAt << 2), upper);
      store<i32>(drawn + (lowerAt << 2), lower);
      moveTo(row + y, column + x);
      if (upper == lower) {
        setColours(NO_COLOUR, lower, truecolor);
        store<u8>(out, 0x20);
        out++;
      } else {
        setColours(upper, lower, truecolor);
        store<u32>(out, UPPER_HALF_BLOCK);
        out += 3;
      }
      cursorRow = row + y;
      cursorColumn = column + x + 1;
    }
  }
  return <i32> (out - target);
}
