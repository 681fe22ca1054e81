// Text cells: the cursor and the colours that the terminal has while one picture is written, so that only what differs is
// said. Kept here because AssemblyScript functions return one value.

import { writeDecimal } from "./decimal.as";

// For terminals without 24-bit colour: the parameters of SGR for each palette index, e.g. "38;5;17" or "34".
// 16 bytes an entry, text first, length in the last; 256 for the foreground, then 256 for the background.
const SGR_ENTRY_SHIFT: usize = 4;
const SGR_LENGTH: usize = 15;
const SGR_PARAMETERS: usize = memory.data(2 * 256 * 16, 8);
const BACKGROUND_ENTRIES: usize = 256 << 4;

const ESCAPE_BRACKET: u16 = 0x5b1b;
const SEMICOLON: u8 = 0x3b;
export const NO_COLOUR: i32 = -1;

export function sgrTable(): usize {
  return SGR_PARAMETERS;
}

let out: usize = 0;
let foreground: i32 = NO_COLOUR;
let background: i32 = NO_COLOUR;
let cursorColumn: i32 = 0;
let cursorRow: i32 = 0;
let isTruecolor: bool = false;

/** Begins a picture: nothing is known of the terminal. */
export function beginText(target: usize, truecolor: bool): void {
  out = target;
  foreground = NO_COLOUR;
  background = NO_COLOUR;
  cursorRow = 0;
  cursorColumn = 0;
  isTruecolor = truecolor;
}

/** Where the next byte goes. */
export function textEnd(): usize {
  return out;
}

/** A character of up to four bytes; the cursor goes on by a cell. */
export function writeGlyph(bytes: u32, length: i32): void {
  store<u32>(out, bytes);
  out += length;
  cursorColumn++;
}

export function moveTo(row: i32, column: i32): void {
  if (cursorRow == row && cursorColumn == column) return;
  store<u16>(out, ESCAPE_BRACKET);
  out = writeDecimal(out + 2, row);
  store<u8>(out, SEMICOLON);
  out = writeDecimal(out + 1, column);
  store<u8>(out, 0x48); // H
  out++;
  cursorRow = row;
  cursorColumn = column;
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

function writeColourParameters(colour: i32, isBackground: bool): void {
  if (isTruecolor) writeTruecolor(colour, isBackground);
  else writeIndexed(colour, isBackground);
}

/** Sets both colours; `NO_COLOUR` means that it does not matter. */
export function setColours(upper: i32, lower: i32): void {
  const setForeground = upper != NO_COLOUR && upper != foreground;
  const setBackground = lower != NO_COLOUR && lower != background;
  if (!setForeground && !setBackground) return;
  store<u16>(out, ESCAPE_BRACKET);
  out += 2;
  if (setForeground) {
    writeColourParameters(upper, false);
    foreground = upper;
  }
  if (setBackground) {
    if (setForeground) {
      store<u8>(out, SEMICOLON);
      out++;
    }
    writeColourParameters(lower, true);
    background = lower;
  }
  store<u8>(out, 0x6d); // m
  out++;
}

function channelsNear(left: i32, right: i32, tolerance: i32): bool {
  return abs((left >> 16) - (right >> 16)) <= tolerance &&
    abs(((left >> 8) & 255) - ((right >> 8) & 255)) <= tolerance &&
    abs((left & 255) - (right & 255)) <= tolerance;
}

/** Whether nobody sees the difference. `drawn` is `NO_COLOUR` where it is not known. */
export function looksSame(drawn: i32, wanted: i32, tolerance: i32): bool {
  if (drawn == wanted) return true;
  return isTruecolor && drawn != NO_COLOUR && wanted != NO_COLOUR &&
    channelsNear(drawn, wanted, tolerance);
}
