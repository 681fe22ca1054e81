// The body of a sixel picture, from palette indexes.
//
// A band is six rows. One pass over its columns appends a node (column, the six bits) to the list of each colour that
// the column holds; then the lists are written out. The cost grows with the pixels, and not with colours × width as in
// encoders that scan the band once for each colour.

import { LARGEST_DECIMAL, writeBlankRun, writeDecimal, writeRun } from "./decimal.as";

const BAND_ROWS: i32 = 6;
const COLOURS: i32 = 256;
const WIDEST_PX: i32 = LARGEST_DECIMAL;

// A node: u32 next (address, 0 = last), u16 column, u8 bits. Eight bytes, read and written as one u64.
const NODE_BYTES: usize = 8;
const NEXT: usize = 0;
const COLUMN: usize = 4;
const BITS: usize = 6;
const NODES: usize = memory.data(4096 * 6 * 8, 8);
// Takes the links that must not be made.
const NOWHERE: usize = memory.data(8, 8);

// For each colour a node before its first one, in a column that no picture has; and the address of its last node.
const HEADS: usize = memory.data(256 * 8, 8);
const LAST: usize = memory.data(256 * 4, 8);
const NO_COLUMN: u64 = 0xffff;
// The colours of the band that are still to be written, in order of their first column.
const PENDING: usize = memory.data(256 + 8);

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

/**
 * Builds the lists of one band. Returns how many colours it holds.
 *
 * No branch depends on the picture: with dithered footage each would be a coin flip, and mispredicted branches were more
 * than half of the time. So each pixel writes a node, either a new one or, when its colour was seen in this column
 * before, the last one of its list again with one more bit.
 */
function collectBand(band: usize, widthPx: i32, rows: i32): i32 {
  for (let colour = 0; colour < COLOURS; colour++) {
    store<u64>(headOf(colour), NO_COLUMN << 32);
    store<u32>(LAST + (colour << 2), <u32> headOf(colour));
  }
  let free = NODES;
  let colours = 0;
  for (let x = 0; x < widthPx; x++) {
    let pixel = band + x;
    for (let row = 0; row < rows; row++, pixel += widthPx) {
      const colour = <i32> load<u8>(pixel);
      const last = <usize> load<u32>(LAST + (colour << 2));
      const lastNode = load<u64>(last);
      const isNew = (<i32> (lastNode >> 32) & 0xffff) != x;
      const oldBits = select<u64>(0, lastNode >> 48, isNew);
      const node = select<usize>(free, last, isNew);
      // A list's last node has next = 0, the new one and the one written again.
      store<u64>(node, (oldBits | (<u64> 1 << row)) << 48 | <u64> x << 32);
      store<u32>(select<usize>(last, NOWHERE, isNew), <u32> node, NEXT);
      store<u32>(LAST + (colour << 2), <u32> node);
      store<u8>(PENDING + colours, <u8> colour);
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
    const bits = <i32> (word >> 48);
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
    out++;
    column = start + 1;
  }
  reached = column;
  if (out - runStart > 3) {
    return writeRun(runStart, <i32> (out - runStart), SIXEL_BASE + <u8> runBits);
  }
  return out;
}

function firstColumn(position: i32): i32 {
  return <i32> load<u16>(firstNode(<i32> load<u8>(PENDING + position)), COLUMN);
}

/** The first of the pending colours from `begin` on whose list starts at `column` or later; `end` when there is none. */
function findFrom(begin: i32, end: i32, column: i32): i32 {
  // They are ordered, and most lists reach nearly to the right edge: looking from the end ends at once.
  let found = end;
  while (found > begin && firstColumn(found - 1) >= column) found--;
  return found;
}

/**
 * Writes the body (no introducer, no palette, no terminator) and returns its length. At most 7 bytes a pixel and 1,280 a
 * band: a node costs at most six for the gap before it and one for itself, a colour of a band five.
 */
export function sixelBody(indexes: usize, widthPx: i32, heightPx: i32, target: usize): i32 {
  let out = target;
  for (let top = 0; top < heightPx; top += BAND_ROWS) {
    let end = collectBand(indexes + top * widthPx, widthPx, min(BAND_ROWS, heightPx - top));
    let begin = 0;
    while (begin < end) {
      // One line: colours whose lists do not overlap follow each other without going back to the left edge.
      let column = 0;
      let next = begin;
      while (next < end) {
        const colour = <i32> load<u8>(PENDING + next);
        if (next == begin) {
          begin++;
        } else {
          end--;
          memory.copy(PENDING + next, PENDING + next + 1, end - next);
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
