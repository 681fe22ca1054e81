/** WebAssembly whose memory has an end: what a foreign file makes a decoder ask for beyond it, the decoder does not get (SR-67a). */

import { ByteWriter, concatBytes, decodeBase64 } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";

/** One page of memory. */
const PAGE_BYTES = 65_536;
const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
/** Of the memory type: it has a greatest size. */
const HAS_MAXIMUM = 1;

/** Compiles it so that its own memory never grows beyond so many bytes. Throws `Bug` for what is no module with one memory. */
export function compileCapped(base64: string, maxBytes: number): WebAssembly.Module {
  const bytes = decodeBase64(base64);
  if (bytes === undefined) throw new Bug("Cannot load decoder: its text is not base64");
  return new WebAssembly.Module(capMemory(bytes, Math.floor(maxBytes / PAGE_BYTES)));
}

/** The module with another greatest size of its memory (WebAssembly core specification, §5.5.8). */
function capMemory(wasm: Uint8Array, maxPages: number): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES;
  while (at < wasm.length) {
    const start = at;
    const id = wasm[at];
    const size = readLeb(wasm, at + 1);
    const end = size.next + size.value;
    if (id === MEMORY_SECTION) {
      const count = readLeb(wasm, size.next);
      const least = readLeb(wasm, count.next + 1);
      if (count.value !== 1 || wasm[count.next] > HAS_MAXIMUM || least.value > maxPages) break;
      const body = concatBytes(
        Uint8Array.of(1, HAS_MAXIMUM),
        writeLeb(least.value),
        writeLeb(maxPages),
      );
      return concatBytes(
        wasm.subarray(0, start),
        Uint8Array.of(MEMORY_SECTION),
        writeLeb(body.length),
        body,
        wasm.subarray(end),
      );
    }
    at = end;
  }
  throw new Bug("Cannot load decoder: its memory cannot be capped");
}

/** Unsigned LEB128 (§5.2.2). */
function readLeb(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let next = from;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[next++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, next };
  }
}

function writeLeb(value: number): Uint8Array {
  const writer = new ByteWriter();
  let rest = value;
  while (rest >= 0x80) {
    writer.raw(Uint8Array.of(rest & 0x7f | 0x80));
    rest >>>= 7;
  }
  return writer.raw(Uint8Array.of(rest)).finish();
}
