// Decimal numbers and runs, ready made, so that the encoders only copy.

/** The largest number that `writeDecimal` and `writeBlankRun` know: also the widest sixel picture. */
export const LARGEST_DECIMAL: i32 = 4095;

// Each entry is 8 bytes: the text in the first seven, its length in the last.
const ENTRY_SHIFT: usize = 3;
const LENGTH_OFFSET: usize = 7;
const DECIMALS: usize = memory.data((4095 + 1) * 8, 8);
const BLANK_RUNS: usize = memory.data((4095 + 1) * 8, 8);

const BLANK_SIXEL: u8 = 0x3f; // "?": no pixel of the six
const REPEAT: u8 = 0x21; // "!": DEC STD 070, Graphics Repeat Introducer

/** Fills the tables. Call once, before anything else. */
export function prepareDecimals(): void {
  for (let value = 0; value <= LARGEST_DECIMAL; value++) {
    const digits = value >= 1000 ? 4 : value >= 100 ? 3 : value >= 10 ? 2 : 1;
    const decimal = DECIMALS + (<usize> value << ENTRY_SHIFT);
    const blank = BLANK_RUNS + (<usize> value << ENTRY_SHIFT);
    let rest = value;
    for (let position = digits - 1; position >= 0; position--) {
      const digit = <u8> (0x30 + rest % 10);
      store<u8>(decimal + position, digit);
      store<u8>(blank + 1 + position, digit);
      rest /= 10;
    }
    store<u8>(decimal, <u8> digits, LENGTH_OFFSET);
    if (value > 3) {
      store<u8>(blank, REPEAT);
      store<u8>(blank + 1 + digits, BLANK_SIXEL);
      store<u8>(blank, <u8> (digits + 2), LENGTH_OFFSET);
    } else {
      store<u8>(blank, BLANK_SIXEL, 0);
      store<u8>(blank, BLANK_SIXEL, 1);
      store<u8>(blank, BLANK_SIXEL, 2);
      store<u8>(blank, <u8> value, LENGTH_OFFSET);
    }
  }
}

/** Writes up to eight bytes at `out`, of which the ones after the returned address are scratch. */
export function writeDecimal(out: usize, value: i32): usize {
  const entry = load<u64>(DECIMALS + (<usize> value << ENTRY_SHIFT));
  store<u64>(out, entry);
  return out + <usize> (entry >> 56);
}

/** `count` empty columns, run-length coded from four on. Scratch as in `writeDecimal`. */
export function writeBlankRun(out: usize, count: i32): usize {
  const entry = load<u64>(BLANK_RUNS + (<usize> count << ENTRY_SHIFT));
  store<u64>(out, entry);
  return out + <usize> (entry >> 56);
}

/** `count` times the same column. Scratch as in `writeDecimal`. */
export function writeRun(out: usize, count: i32, sixel: u8): usize {
  if (count > 3) {
    store<u8>(out, REPEAT);
    out = writeDecimal(out + 1, count);
    store<u8>(out, sixel);
    return out + 1;
  }
  store<u8>(out, sixel, 0);
  store<u8>(out, sixel, 1);
  store<u8>(out, sixel, 2);
  return out + count;
}
