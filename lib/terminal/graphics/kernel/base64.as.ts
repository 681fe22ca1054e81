// Base64 (RFC 4648 §4) and the chunks of the kitty graphics protocol.

// 12 bits -> two characters, so that three bytes take two look-ups.
const PAIRS: usize = memory.data(4096 * 2, 8);

/** Kitty takes at most 4,096 base64 characters in one command: 3,072 bytes. */
const CHUNK_BYTES: i32 = 3072;

const PADDING: u8 = 0x3d;

function character(sextet: i32): u8 {
  if (sextet < 26) return <u8> (0x41 + sextet);
  if (sextet < 52) return <u8> (0x61 + sextet - 26);
  if (sextet < 62) return <u8> (0x30 + sextet - 52);
  return sextet == 62 ? 0x2b : 0x2f;
}

/** Fills the table. Call once, before anything else. */
export function prepareBase64(): void {
  for (let i = 0; i < 4096; i++) {
    store<u8>(PAIRS + i * 2, character(i >> 6));
    store<u8>(PAIRS + i * 2 + 1, character(i & 63));
  }
}

function writeQuad(out: usize, triple: i32): void {
  const first = <u32> load<u16>(PAIRS + ((triple >> 12) << 1));
  const second = <u32> load<u16>(PAIRS + ((triple & 4095) << 1));
  store<u32>(out, first | (second << 16));
}

function writeBase64(out: usize, source: usize, sizeBytes: i32): usize {
  const rest = sizeBytes % 3;
  const end = source + sizeBytes - rest;
  while (source < end) {
    const triple = (<i32> load<u8>(source, 0) << 16) | (<i32> load<u8>(source, 1) << 8) |
      <i32> load<u8>(source, 2);
    writeQuad(out, triple);
    source += 3;
    out += 4;
  }
  if (rest == 0) return out;
  const second = rest == 2 ? <i32> load<u8>(source, 1) << 8 : 0;
  writeQuad(out, (<i32> load<u8>(source) << 16) | second);
  store<u8>(out, PADDING, 3);
  if (rest == 1) store<u8>(out, PADDING, 2);
  return out + 4;
}

/** Returns the number of characters: four for each three bytes begun. */
export function base64(source: usize, sizeBytes: i32, target: usize): i32 {
  return <i32> (writeBase64(target, source, sizeBytes) - target);
}

/**
 * Writes what follows the keys and the `;` of the first kitty command: its base64, its end, and all further commands,
 * which carry `m` only. Returns the length. The host writes the first command's own `m` key: 1 when `sizeBytes` is above
 * 3,072. Room needed: four for each three bytes, and 16 for each chunk.
 */
export function kittyChunks(source: usize, sizeBytes: i32, target: usize): i32 {
  let out = target;
  while (true) {
    const chunkBytes = min(sizeBytes, CHUNK_BYTES);
    out = writeBase64(out, source, chunkBytes);
    source += chunkBytes;
    sizeBytes -= chunkBytes;
    store<u16>(out, 0x5c1b); // ESC \
    out += 2;
    if (sizeBytes <= 0) return <i32> (out - target);
    store<u64>(out, 0x3b303d6d_475f1b); // ESC _ G m = 0 ;
    if (sizeBytes > CHUNK_BYTES) store<u8>(out, 0x31, 5);
    out += 7;
  }
}
