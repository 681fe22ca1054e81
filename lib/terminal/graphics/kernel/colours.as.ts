// deno-fmt-ignore-file -- the formatter drops `@inline`, and a call a pixel costs more than the choice

// Pixels to the colours of an adaptive palette: the nearest one by a table that is filled on use, or the one of a
// neighbour when that is nearly as good.

// Indexes are of the type `T`: u8 for up to 255 colours, u16 for up to 1,023, which few terminals have and which cost more.

/**
 * rgb666 -> palette index. With five bits a channel white is looked up as 252, which costs flat pictures 3 dB. The greatest index
 * means: not looked up yet.
 */
const INDEX_OF_CELL: usize = memory.data(1 << 19, 16);
const MAX_COLOURS: i32 = 1024;
/** What the host writes: R, G, B, 0 for each colour. */
const PALETTE: usize = memory.data(1024 * 4, 16);
// The same as pairs (r, g) and (b, 0) of i16: one dot product gives the squares of four colours.
const RED_GREEN: usize = memory.data(1024 * 4, 16);
const BLUE: usize = memory.data(1024 * 4, 16);
// The same as r, g, b, 0 in i16.
const CHANNELS: usize = memory.data(1024 * 8, 16);
/** For each colour how many samples took it, and the sums of their channels, in i32. */
const SUMS: usize = memory.data(1024 * 16, 16);
/** Further from any pixel than each real colour is, and its square fits. */
const FAR_AWAY: i16 = 4000;
const BAND_ROWS: i32 = 6;

let colours: i32 = 0;

/** Whether indexes are u16. */
export function isWide(): bool {
  return colours > 255;
}


@inline
function unknown<T>(): i32 {
  return (1 << 8 * sizeof<T>()) - 1;
}

export function paletteColours(): usize {
  return PALETTE;
}

export function colourSums(): usize {
  return SUMS;
}

/** Takes the `count` colours that the host wrote. Only the cells that appear are looked up again. */
export function setPalette(count: i32): void {
  colours = count;
  for (let i = 0; i < MAX_COLOURS; i++) {
    const colour = load<u32>(PALETTE + (i << 2));
    const red = <i16> (colour & 255);
    const green = <i16> (colour >> 8 & 255);
    const blue = <i16> (colour >> 16 & 255);
    const isUsed = i < count;
    store<i16>(RED_GREEN + (i << 2), isUsed ? red : FAR_AWAY, 0);
    store<i16>(RED_GREEN + (i << 2), isUsed ? green : FAR_AWAY, 2);
    store<i16>(BLUE + (i << 2), isUsed ? blue : FAR_AWAY, 0);
    store<i16>(BLUE + (i << 2), 0, 2);
    store<u64>(CHANNELS + (i << 3), <u64> red | <u64> green << 16 | <u64> blue << 32);
  }
  memory.fill(INDEX_OF_CELL, 255, isWide() ? 1 << 19 : 1 << 18);
}

/** The index of the nearest colour. Four at a time. */
function nearest(red: i32, green: i32, blue: i32): i32 {
  const redGreen = i32x4.splat(red | green << 16);
  const blueOnly = i32x4.splat(blue);
  let smallest = i32x4.splat(i32.MAX_VALUE);
  let found = i32x4.splat(0);
  let at = i32x4(0, 1, 2, 3);
  const end = <usize> ((colours + 3) & ~3) << 2;
  for (let offset: usize = 0; offset < end; offset += 16) {
    const off = i16x8.sub(v128.load(RED_GREEN + offset), redGreen);
    const blueOff = i16x8.sub(v128.load(BLUE + offset), blueOnly);
    const squares = i32x4.add(i32x4.dot_i16x8_s(off, off), i32x4.dot_i16x8_s(blueOff, blueOff));
    const isLess = i32x4.lt_s(squares, smallest);
    smallest = v128.bitselect(squares, smallest, isLess);
    found = v128.bitselect(at, found, isLess);
    at = i32x4.add(at, i32x4.splat(4));
  }
  let least = i32x4.extract_lane(smallest, 0);
  let index = i32x4.extract_lane(found, 0);
  if (i32x4.extract_lane(smallest, 1) < least) {
    least = i32x4.extract_lane(smallest, 1);
    index = i32x4.extract_lane(found, 1);
  }
  if (i32x4.extract_lane(smallest, 2) < least) {
    least = i32x4.extract_lane(smallest, 2);
    index = i32x4.extract_lane(found, 2);
  }
  return i32x4.extract_lane(smallest, 3) < least ? i32x4.extract_lane(found, 3) : index;
}



@inline
function cellOf<T>(colour: u32): usize {
  const cell = (colour & 0xfc) << 10 | (colour >> 4 & 0xfc0) | (colour >> 18 & 63);
  return INDEX_OF_CELL + (<usize> cell << (sizeof<T>() - 1));
}

/** Looks a cell up by its middle. */
function fillCell<T>(colour: u32): i32 {
  const index = nearest(
    <i32> (colour & 0xfc) + 2,
    <i32> (colour >> 8 & 0xfc) + 2,
    <i32> (colour >> 16 & 0xfc) + 2,
  );
  store<T>(cellOf<T>(colour), <T> index);
  return index;
}



@inline
function indexOf<T>(colour: u32): i32 {
  const index = <i32> load<T>(cellOf<T>(colour));
  return index == unknown<T>() ? fillCell<T>(colour) : index;
}

function channelsOf(colour: u32): v128 {
  return i16x8.extend_low_i8x16_u(i32x4.splat(colour & 0xffffff));
}

/**
 * The squared distance of a pixel from its colour, of all three channels, as the mean of every `step`-th pixel. Leaves in
 * `SUMS` what each colour took. Reads four bytes for a pixel, as `chooseColours` does: leave one after the last.
 */
export function codedError(pixels: usize, count: i32, step: i32): f64 {
  return isWide() ? codedErrorOf<u16>(pixels, count, step) : codedErrorOf<u8>(pixels, count, step);
}

function codedErrorOf<T>(pixels: usize, count: i32, step: i32): f64 {
  memory.fill(SUMS, 0, <usize> colours << 4);
  let squares: i64 = 0;
  let samples = 0;
  for (let at = 0; at < count; at += step, samples++) {
    const colour = load<u32>(pixels + at * 3);
    const index = indexOf<T>(colour);
    const off = i16x8.sub(v128.load64_zero(CHANNELS + (index << 3)), channelsOf(colour));
    const dots = i32x4.dot_i16x8_s(off, off);
    squares += i32x4.extract_lane(dots, 0) + i32x4.extract_lane(dots, 1);
    const sums = SUMS + (index << 4);
    const sample = i32x4(
      1,
      <i32> (colour & 255),
      <i32> (colour >> 8 & 255),
      <i32> (colour >> 16 & 255),
    );
    v128.store(sums, i32x4.add(v128.load(sums), sample));
  }
  return <f64> squares / <f64> samples;
}

let price: i32 = 0;
let leftPrice: i32 = 0;


@inline
function squaredOff(index: i32, channels: v128): i32 {
  const off = i16x8.sub(v128.load64_zero(CHANNELS + (index << 3)), channels);
  const squares = i32x4.dot_i16x8_s(off, off);
  return i32x4.extract_lane(squares, 0) + i32x4.extract_lane(squares, 1);
}

/** Chooses for one pixel. `back` is 1, in the first column 0; `abovePrice` is 0, in the first row of a band `price`. */

@inline
function choose<T>(pixel: usize, target: usize, above: i32, back: usize, abovePrice: i32): i32 {
  const colour = load<u32>(pixel);
  const leftIndex = <i32> load<T>(target - back * sizeof<T>());
  // On flat pictures most pixels are like the one to the left; on others hardly one is. Both are foreseen by the processor.
  if (back != 0 && above == leftIndex && ((colour ^ load<u32>(pixel - 3)) & 0xffffff) == 0) {
    store<T>(target, <T> leftIndex);
    return leftIndex;
  }
  const own = indexOf<T>(colour);
  const left = select<i32>(leftIndex, own, back != 0);
  const channels = channelsOf(colour);
  const ownCost = squaredOff(own, channels) + price;
  const leftCost = squaredOff(left, channels) + leftPrice;
  const isLeft = leftCost < ownCost;
  const besides = select<i32>(leftCost, ownCost, isLeft);
  const beside = select<i32>(left, own, isLeft);
  const chosen = select<i32>(above, beside, squaredOff(above, channels) + abovePrice <= besides);
  store<T>(target, <T> chosen);
  return chosen;
}

/**
 * Chooses a colour for each pixel, by its squared error and by what it costs to write: one that the column of a band has
 * already is free, one that the column before had costs a third of `colourPrice`, any other `colourPrice`. Column by column
 * within a band.
 */
export function chooseColours(
  pixels: usize,
  widthPx: i32,
  heightPx: i32,
  indexes: usize,
  colourPrice: i32,
): void {
  if (isWide()) chooseOf<u16>(pixels, widthPx, heightPx, indexes, colourPrice);
  else chooseOf<u8>(pixels, widthPx, heightPx, indexes, colourPrice);
}

function chooseOf<T>(
  pixels: usize,
  widthPx: i32,
  heightPx: i32,
  indexes: usize,
  colourPrice: i32,
): void {
  price = colourPrice;
  leftPrice = colourPrice / 3;
  const rowBytes = widthPx * 3;
  let top = 0;
  // Each pixel waits for the one above it. Two bands at once, which know nothing of each other, fill the waiting.
  for (; top + 2 * BAND_ROWS <= heightPx; top += 2 * BAND_ROWS) {
    for (let x = 0; x < widthPx; x++) {
      let pixel = pixels + top * rowBytes + x * 3;
      let target = indexes + <usize> (top * widthPx + x) * sizeof<T>();
      const nextPixels = <usize> (BAND_ROWS * rowBytes);
      const nextTargets = <usize> (BAND_ROWS * widthPx) * sizeof<T>();
      const back = <usize> (x > 0);
      let above = choose<T>(pixel, target, indexOf<T>(load<u32>(pixel)), back, price);
      let nextAbove = choose<T>(
        pixel + nextPixels,
        target + nextTargets,
        indexOf<T>(load<u32>(pixel + nextPixels)),
        back,
        price,
      );
      for (let row = 1; row < BAND_ROWS; row++) {
        pixel += rowBytes;
        target += <usize> widthPx * sizeof<T>();
        above = choose<T>(pixel, target, above, back, 0);
        nextAbove = choose<T>(pixel + nextPixels, target + nextTargets, nextAbove, back, 0);
      }
    }
  }
  for (; top < heightPx; top += BAND_ROWS) {
    const rows = min(BAND_ROWS, heightPx - top);
    for (let x = 0; x < widthPx; x++) {
      let pixel = pixels + top * rowBytes + x * 3;
      let target = indexes + <usize> (top * widthPx + x) * sizeof<T>();
      const back = <usize> (x > 0);
      let above = choose<T>(pixel, target, indexOf<T>(load<u32>(pixel)), back, price);
      for (let row = 1; row < rows; row++) {
        pixel += rowBytes;
        target += <usize> widthPx * sizeof<T>();
        above = choose<T>(pixel, target, above, back, 0);
      }
    }
  }
}
