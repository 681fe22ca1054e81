// Pixels to palette indexes: one table look-up a pixel, with an ordered dither that stays in place from frame to frame.

// rgb555 -> palette index. The host fills it when the palette changes.
const INDEX_OF_COLOUR: usize = memory.data(32768);
// 8 rows of 8 signed offsets. The host fills it with a Bayer matrix of the wanted strength.
const DITHER: usize = memory.data(64);

export function indexTable(): usize {
  return INDEX_OF_COLOUR;
}

export function ditherTable(): usize {
  return DITHER;
}

// The part of a table index that one channel gives, for values from -128 to 382: clamped, five bits, at its place.
const CHANNEL_VALUES: i32 = 512;
const LOWEST_VALUE: i32 = -128;
const RED_PART: usize = memory.data(512 * 2, 8);
const GREEN_PART: usize = memory.data(512 * 2, 8);
const BLUE_PART: usize = memory.data(512 * 2, 8);

/** Fills the tables. Call once, before anything else. */
export function prepareQuantise(): void {
  for (let i = 0; i < CHANNEL_VALUES; i++) {
    const level = <u16> (min(max(i + LOWEST_VALUE, 0), 255) >> 3);
    store<u16>(RED_PART + (i << 1), level << 10);
    store<u16>(GREEN_PART + (i << 1), level << 5);
    store<u16>(BLUE_PART + (i << 1), level);
  }
}

function channelPart(part: usize, value: i32): u32 {
  return <u32> load<u16>(part + (value << 1));
}

/**
 * The dither belongs to the position on the screen and not to the frame: what does not move does not flicker.
 * `pixels` is RGB, `indexes` one byte a pixel.
 */
export function quantise(pixels: usize, widthPx: i32, heightPx: i32, indexes: usize): void {
  let source = pixels;
  let target = indexes;
  for (let y = 0; y < heightPx; y++) {
    const ditherRow = DITHER + ((y & 7) << 3);
    for (let x = 0; x < widthPx; x++) {
      const offset = <i32> load<i8>(ditherRow + (x & 7)) - LOWEST_VALUE;
      const colour = channelPart(RED_PART, <i32> load<u8>(source, 0) + offset) |
        channelPart(GREEN_PART, <i32> load<u8>(source, 1) + offset) |
        channelPart(BLUE_PART, <i32> load<u8>(source, 2) + offset);
      store<u8>(target, load<u8>(INDEX_OF_COLOUR + colour));
      source += 3;
      target++;
    }
  }
}
