// The body of a sixel picture, from palette indexes.
//
// A band is six rows. One pass over its columns appends a node (column, the six bits) to the list of each colour that
// the column holds; then the lists are written out. The cost grows with the pixels, and not with colours × width as in
// encoders that scan the band once for each colour.

import { LARGEST_DECIMAL, writeBlankRun, writeDecimal, writeRun } from "./decimal.as";

const BAND_ROWS: i32 = 6;
const WIDEST_PX: i32 = LARGEST_DECIMAL;

// A node: u32 next (address, 0 = last), u16 column, u8 bits, u8 further columns with the same bits. Eight bytes, read and
// written as one u64.
const NODE_BYTES: usize = 8;
const NEXT: usize = 0;
const COLUMN: usize = 4;
const BITS: usize = 6;
const NODES: usize = memory.data(4096 * 6 * 8, 8);
// Takes the links that must not be made.
const NOWHERE: usize = memory.data(8, 8);

// For each colour a node before its first one, in a column that no picture has; and the address of its last node.
const HEADS: usize = memory.data(1024 * 8, 8);
const LAST: usize = memory.data(1024 * 4, 8);
const NO_COLUMN: u64 = 0xffff;
// The colours of the band that are still to be written, in order of their first column.
const PENDING: usize = memory.data((1024 + 8) * 2, 8);
const MAX_FURTHER: u64 = 255;

const COLOUR: u8 = 0x23; // "#"
const CARRIAGE_RETURN: u8 = 0x24; // "$": back to the left edge of the same band
const NEXT_BAND: u8 = 0x2d; // "-"
const SIXEL_BASE: u8 = 0x3f; // six bits become one character from "?" on

/** The widest picture that `sixelBody` takes: a run may be as long as that. */
export function widestSixelPx(): i32 {
  return WIDEST_PX;
}

function headOf(colour: i32): usize {
  return HEADS + (<usize> colour << 3);
}

function firstNode(colour: i32): usize {
  return <usize> load<u32>(headOf(colour), NEXT);
}

/** Whether the pixels of eight bytes from there on all have the colour. */
function isRun<T>(from: usize, colour: i32): bool {
  const all = <u64> colour *
    (sizeof<T>() == 1 ? <u64> 0x0101010101010101 : <u64> 0x0001000100010001);
  return load<u64>(from) == all;
}

/** Whether the columns of eight bytes from `column` on are like the one before. */
function isFlat<T>(column: usize, widthPx: i32, rows: i32): bool {
  let pixel = column;
  for (let row = 0; row < rows; row++, pixel += <usize> widthPx * sizeof<T>()) {
    if (!isRun<T>(pixel, <i32> load<T>(pixel - sizeof<T>()))) return false;
  }
  return true;
}

/** Makes the nodes that end in column `x - 1` longer by `by`. False when one cannot be: then none is. */
function lengthen<T>(column: usize, widthPx: i32, rows: i32, x: i32, by: i32): bool {
  const rowBytes = <usize> widthPx * sizeof<T>();
  let pixel = column - sizeof<T>();
  for (let row = 0; row < rows; row++, pixel += rowBytes) {
    const word = load<u64>(<usize> load<u32>(LAST + (<usize> load<T>(pixel) << 2)));
    if ((word >> 56) + <u64> by > MAX_FURTHER) return false;
  }
  pixel = column - sizeof<T>();
  for (let row = 0; row < rows; row++, pixel += rowBytes) {
    const node = <usize> load<u32>(LAST + (<usize> load<T>(pixel) << 2));
    const word = load<u64>(node);
    const end = (<i32> (word >> 32) & 0xffff) + <i32> (word >> 56);
    // A colour of several rows has one node.
    if (end == x - 1) store<u64>(node, word + (<u64> by << 56));
  }
  return true;
}

/**
 * Builds the lists of one band. Returns how many colours it holds.
 *
 * No branch depends on single pixels: with film each would be a coin flip, and mispredicted branches were more than half of the
 * time. So each pixel writes a node, either a new one or, when its colour was seen in this column before, the last one of its
 * list again with one more bit. Only columns that are alike eight bytes long, as in text and drawings, are taken at once.
 */
function collectBand<T>(band: usize, widthPx: i32, rows: i32, palette: i32): i32 {
  for (let colour = 0; colour < palette; colour++) {
    store<u64>(headOf(colour), NO_COLUMN << 32);
    store<u32>(LAST + (colour << 2), <u32> headOf(colour));
  }
  const step = <i32> (8 / sizeof<T>());
  let free = NODES;
  let colours = 0;
  for (let x = 0; x < widthPx; x++) {
    const column = band + <usize> x * sizeof<T>();
    if (
      x > 0 && x + step <= widthPx && isFlat<T>(column, widthPx, rows) &&
      lengthen<T>(column, widthPx, rows, x, step)
    ) {
      x += step - 1;
      continue;
    }
    let pixel = column;
    for (let row = 0; row < rows; row++, pixel += <usize> widthPx * sizeof<T>()) {
      const colour = <i32> load<T>(pixel);
      const last = <usize> load<u32>(LAST + (colour << 2));
      const lastNode = load<u64>(last);
      const isNew = (<i32> (lastNode >> 32) & 0xffff) != x;
      const oldBits = select<u64>(0, lastNode >> 48, isNew);
      const node = select<usize>(free, last, isNew);
      // A list's last node has next = 0, the new one and the one written again.
      store<u64>(node, (oldBits | (<u64> 1 << row)) << 48 | <u64> x << 32);
      store<u32>(select<usize>(last, NOWHERE, isNew), <u32> node, NEXT);
      store<u32>(LAST + (colour << 2), <u32> node);
      store<u16>(PENDING + (colours << 1), <u16> colour);
      colours += <i32> ((lastNode >> 32) == NO_COLUMN);
      free += select<usize>(NODE_BYTES, 0, isNew);
    }
  }
  return colours;
}

/**
 * Writes one colour's list from `column` on. Returns the new end; the column after the list is left in `reached`.
 * Columns are written one by one, and four or more equal ones are then replaced by a repeat.
 */
let reached: i32 = 0;
function writeColour(out: usize, node: usize, column: i32): usize {
  let runStart = out;
  let runBits: i32 = -1;
  while (node != 0) {
    const word = load<u64>(node);
    const start = <i32> (word >> 32) & 0xffff;
    const bits = <i32> (word >> 48) & 255;
    const further = <usize> (word >> 56);
    node = <usize> <u32> word;
    if (start != column || bits != runBits) {
      if (out - runStart > 3) {
        out = writeRun(runStart, <i32> (out - runStart), SIXEL_BASE + <u8> runBits);
      }
      out = writeBlankRun(out, start - column);
      runStart = out;
      runBits = bits;
    }
    store<u8>(out, SIXEL_BASE + <u8> bits);
    if (further > 0) memory.fill(out + 1, SIXEL_BASE + <u8> bits, further);
    out += 1 + further;
    column = start + 1 + <i32> further;
  }
  reached = column;
  if (out - runStart > 3) {
    return writeRun(runStart, <i32> (out - runStart), SIXEL_BASE + <u8> runBits);
  }
  return out;
}

function firstColumn(position: i32): i32 {
  return <i32> load<u16>(firstNode(<i32> load<u16>(PENDING + (position << 1))), COLUMN);
}

/** The first of the pending colours from `begin` on whose list starts at `column` or later; `end` when there is none. */
function findFrom(begin: i32, end: i32, column: i32): i32 {
  // They are ordered, and most lists reach nearly to the right edge: looking from the end ends at once.
  let found = end;
  while (found > begin && firstColumn(found - 1) >= column) found--;
  return found;
}

/**
 * Writes the body (no introducer, no palette, no terminator) and returns its length. At most 7 bytes a pixel and 6,144
 * a band: a node costs at most six for the gap before it and one for itself, a colour of a band six. `wide`: indexes are u16.
 */
export function sixelBody(
  indexes: usize,
  widthPx: i32,
  heightPx: i32,
  wide: bool,
  target: usize,
): i32 {
  return wide
    ? bodyOf<u16>(indexes, widthPx, heightPx, 1024, target)
    : bodyOf<u8>(indexes, widthPx, heightPx, 256, target);
}

function bodyOf<T>(indexes: usize, widthPx: i32, heightPx: i32, palette: i32, target: usize): i32 {
  let out = target;
  for (let top = 0; top < heightPx; top += BAND_ROWS) {
    const band = indexes + <usize> (top * widthPx) * sizeof<T>();
    let end = collectBand<T>(band, widthPx, min(BAND_ROWS, heightPx - top), palette);
    let begin = 0;
    while (begin < end) {
      // One line: colours whose lists do not overlap follow each other without going back to the left edge.
      let column = 0;
      let next = begin;
      while (next < end) {
        const colour = <i32> load<u16>(PENDING + (next << 1));
        if (next == begin) {
          begin++;
        } else {
          end--;
          memory.copy(PENDING + (next << 1), PENDING + (next << 1) + 2, <usize> (end - next) << 1);
        }
        store<u8>(out, COLOUR);
        out = writeColour(writeDecimal(out + 1, colour), firstNode(colour), column);
        column = reached;
        next = findFrom(begin, end, column);
      }
      store<u8>(out, begin < end ? CARRIAGE_RETURN : NEXT_BAND);
      out++;
    }
  }
  return <i32> (out - target);
}
