// Cells of four, six or eight pixels, of which each has one of two colours: quadrants, sextants, octants. And letters, whose ink
// stands for light. Only cells that changed are written.

import {
  beginText,
  looksSame,
  moveTo,
  NO_COLOUR,
  setColours,
  textEnd,
  writeGlyph,
} from "./cursor.as";
import { indexTable } from "./quantise.as";

// The character of each pattern of pixels, bit by bit from the upper left one, row by row; or of each shade of letters.
// Eight bytes an entry: up to four of UTF-8, the length in the last.
const GLYPHS: usize = memory.data(256 * 8, 8);
const LENGTH: usize = 7;
/** A picture with less contrast in a cell is one colour: 4 of 255 is seen in no terminal's cell. */
const LEAST_RANGE: i32 = 5;
const MAX_PIXELS: i32 = 8;

// The pixels of a cell, one channel behind the other, and the sums of the two groups: count, red, green, blue.
const CELL: usize = memory.data(3 * 8, 8);
const SUMS: usize = memory.data(2 * 4 * 4, 8);

export function glyphTable(): usize {
  return GLYPHS;
}

function sample(pixel: i32, channel: i32): i32 {
  return <i32> load<u8>(CELL + <usize> (channel * MAX_PIXELS + pixel));
}

/** Reads the pixels of a cell. Returns the channel with the greatest range and, above it, the middle of that; -1: all are alike. */
function readCell(from: usize, rowBytes: usize, columns: i32, rows: i32): i32 {
  let pixel = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, pixel++) {
      const at = from + <usize> y * rowBytes + <usize> (x * 3);
      store<u8>(CELL + pixel, load<u8>(at, 0));
      store<u8>(CELL + MAX_PIXELS + pixel, load<u8>(at, 1));
      store<u8>(CELL + 2 * MAX_PIXELS + pixel, load<u8>(at, 2));
    }
  }
  let greatest = LEAST_RANGE - 1;
  let found = -1;
  for (let channel = 0; channel < 3; channel++) {
    let least = 255;
    let most = 0;
    for (let i = 0; i < pixel; i++) {
      const value = sample(i, channel);
      least = min(least, value);
      most = max(most, value);
    }
    if (most - least > greatest) {
      greatest = most - least;
      found = channel | (least + most) << 7;
    }
  }
  return found;
}

/** Leaves in `SUMS` what the pixels of each group come to: those of the pattern second. */
function sumGroups(pattern: i32, pixels: i32): void {
  memory.fill(SUMS, 0, 32);
  for (let i = 0; i < pixels; i++) {
    const sums = SUMS + (<usize> (pattern >> i & 1) << 4);
    store<i32>(sums, load<i32>(sums) + 1);
    for (let channel = 0; channel < 3; channel++) {
      const at = sums + 4 + (<usize> channel << 2);
      store<i32>(at, load<i32>(at) + sample(i, channel));
    }
  }
}

function mean(group: i32, channel: i32): i32 {
  const sums = SUMS + (<usize> group << 4);
  const count = max(1, load<i32>(sums));
  return (load<i32>(sums + 4 + (<usize> channel << 2)) + (count >> 1)) / count;
}

function meanColour(group: i32): i32 {
  return mean(group, 0) << 16 | mean(group, 1) << 8 | mean(group, 2);
}

function distance(pixel: i32, group: i32): i32 {
  const red = sample(pixel, 0) - mean(group, 0);
  const green = sample(pixel, 1) - mean(group, 1);
  const blue = sample(pixel, 2) - mean(group, 2);
  return red * red + green * green + blue * blue;
}

/** The nearest colour of a palette of the terminal's. */
function indexOf(colour: i32): i32 {
  const cell = colour >> 9 & 0x7c00 | colour >> 6 & 0x3e0 | colour >> 3 & 0x1f;
  return <i32> load<u8>(indexTable() + cell);
}

/** Which pixels have the foreground's colour; 0: all have the background's. One round of 2-means after a cut in the middle. */
function patternOf(split: i32, pixels: i32): i32 {
  if (split < 0) return 0;
  const channel = split & 3;
  const middle = split >> 8;
  let pattern = 0;
  for (let i = 0; i < pixels; i++) pattern |= <i32> (sample(i, channel) > middle) << i;
  sumGroups(pattern, pixels);
  let better = 0;
  for (let i = 0; i < pixels; i++) better |= <i32> (distance(i, 1) < distance(i, 0)) << i;
  const all = (1 << pixels) - 1;
  if (better == 0 || better == all) better = pattern;
  // The first pixel's colour is the foreground, so that the same cell is always told in the same way.
  return (better & 1) == 1 ? better : better ^ all;
}

function writeEntry(pattern: i32): void {
  const entry = GLYPHS + (<usize> pattern << 3);
  writeGlyph(load<u32>(entry), <i32> load<u8>(entry, LENGTH));
}

/**
 * Writes the cells that changed and returns the length; 0 when none did. At most 64 bytes a cell.
 *
 * `picture` is RGB, `columns` × `rows` pixels a cell. `drawn` is three i32 a cell: pattern, foreground, background; -1 where
 * that is not known. `tolerance` as in `blocks`. `row` and `column` count from 1.
 */
export function mosaics(
  picture: usize,
  drawn: usize,
  widthCells: i32,
  heightCells: i32,
  columns: i32,
  rows: i32,
  row: i32,
  column: i32,
  truecolor: bool,
  tolerance: i32,
  target: usize,
): i32 {
  beginText(target, truecolor);
  const rowBytes = <usize> (widthCells * columns * 3);
  let known = drawn;
  for (let y = 0; y < heightCells; y++) {
    const line = picture + <usize> (y * rows) * rowBytes;
    for (let x = 0; x < widthCells; x++, known += 12) {
      const split = readCell(line + <usize> (x * columns * 3), rowBytes, columns, rows);
      const pattern = patternOf(split, columns * rows);
      sumGroups(pattern, columns * rows);
      let lower = meanColour(0);
      let upper = pattern == 0 ? NO_COLOUR : meanColour(1);
      if (!truecolor) {
        lower = indexOf(lower);
        if (pattern != 0) upper = indexOf(upper);
      }
      const isSame = load<i32>(known) == pattern &&
        looksSame(load<i32>(known, 4), upper, tolerance) &&
        looksSame(load<i32>(known, 8), lower, tolerance);
      if (isSame) continue;
      store<i32>(known, pattern);
      store<i32>(known, upper, 4);
      store<i32>(known, lower, 8);
      moveTo(row + y, column + x);
      setColours(upper, lower);
      writeEntry(pattern);
    }
  }
  return <i32> (textEnd() - target);
}

/**
 * The same in letters: `shades` of them, from no ink to most, on the terminal's own ground. With `coloured` each has the hue of
 * its cell as bright as it can be, since its ink stands for the light. One pixel a cell.
 */
export function letters(
  picture: usize,
  drawn: usize,
  widthCells: i32,
  heightCells: i32,
  shades: i32,
  row: i32,
  column: i32,
  coloured: bool,
  truecolor: bool,
  tolerance: i32,
  target: usize,
): i32 {
  beginText(target, truecolor);
  let known = drawn;
  let pixel = picture;
  for (let y = 0; y < heightCells; y++) {
    for (let x = 0; x < widthCells; x++, known += 12, pixel += 3) {
      const red = <i32> load<u8>(pixel, 0);
      const green = <i32> load<u8>(pixel, 1);
      const blue = <i32> load<u8>(pixel, 2);
      // As bright as the brightest channel where there is colour for the rest, else as bright as it looks.
      const brightest = max(red, max(green, blue));
      const light = coloured ? brightest : (red * 54 + green * 183 + blue * 19) >> 8;
      const shade = light * shades >> 8;
      let colour = NO_COLOUR;
      if (coloured && shade > 0) {
        colour = red * 255 / brightest << 16 | green * 255 / brightest << 8 |
          blue * 255 / brightest;
        if (!truecolor) colour = indexOf(colour);
      }
      if (load<i32>(known) == shade && looksSame(load<i32>(known, 4), colour, tolerance)) continue;
      store<i32>(known, shade);
      store<i32>(known, colour, 4);
      moveTo(row + y, column + x);
      setColours(colour, NO_COLOUR);
      writeEntry(shade);
    }
  }
  return <i32> (textEnd() - target);
}
