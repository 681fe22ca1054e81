/** Bytes: the one binary type of the house, and the small pure operations on it. */

import { Bug } from "./errors.ts";

/** Binary data. Never a string, never a view of shared memory (WebCrypto refuses those). */
export type Bytes = Uint8Array<ArrayBuffer>;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of a text. A lone surrogate becomes U+FFFD. */
export function utf8(text: string): Bytes {
  return utf8Encoder.encode(text);
}

/** Strict UTF-8. Returns undefined when the bytes are not UTF-8; they come from outside, so that is expected. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8Decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Gives `bytes` the house type. Copies only when it is a view of shared memory. */
export function asBytes(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer
    // The check above proves the type argument; TypeScript does not narrow generics by it.
    ? bytes as Bytes
    : new Uint8Array(bytes);
}

/** One new array with all parts after one another. */
export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  return join(parts);
}

/**
 * Gives the memory of `bytes` back now: the collector lets large arrays lie that come from another thread. Whoever has them has
 * nothing afterwards; views of them are empty.
 */
export function freeBytes({ buffer }: Uint8Array): void {
  // What is shared with another thread cannot be given away.
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function join(parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Equality in a time that depends on the length only. Use it for everything secret (SR-47). */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i] ^ right[i];
  return difference === 0;
}

/** Lexical order: negative, zero or positive. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return left.length - right.length;
}

const HEX_DIGITS: readonly string[] = Array.from(
  { length: 256 },
  (_, value) => value.toString(16).padStart(2, "0"),
);

/** Lower-case hexadecimal digits, two for each byte. */
export function encodeHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX_DIGITS[byte];
  return text;
}

/** Returns undefined when `text` is not an even number of hexadecimal digits. */
export function decodeHex(text: string): Bytes | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Standard base64 with padding (RFC 4648 §4). `Uint8Array.toBase64` is missing in Deno 2.4.2. */
export function encodeBase64(bytes: Uint8Array): string {
  // 32 KiB at a time: `String.fromCharCode(...bytes)` overflows the stack for large arrays.
  const chunkBytes = 0x8000;
  let binary = "";
  for (let i = 0; i < bytes.length; i += chunkBytes) {
    binary += String.fromCharCode(...bytes.subarray(i, i + chunkBytes));
  }
  return btoa(binary);
}

/** Returns undefined when `text` is not canonical base64: one value has exactly one spelling. */
export function decodeBase64(text: string): Bytes | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  // Never throws for what passed above; spare bits that are set are found by encoding again.
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return encodeBase64(bytes) === text ? bytes : undefined;
}

/**
 * Writes length-prefixed fields in big-endian order: the one layout of every signed statement and stored record.
 * `field` writes a u16 length and the bytes, so no two different lists of fields give the same bytes. A number that
 * does not fit is a `Bug`: cut short it would be another statement.
 */
export class ByteWriter {
  #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u16(value: number): this {
    return this.#uint(value, 2);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  /** A whole number up to 2^53 - 1 in eight bytes. */
  u64(value: number): this {
    return this.#uint(value, 8);
  }

  /** The bytes as they are. They are copied by `finish`, so they must not change before. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  /** u16 length, then the bytes. At most 65,535 of them. */
  field(bytes: Uint8Array): this {
    if (bytes.length > 0xffff) {
      throw new Bug(`Cannot write field: ${bytes.length} bytes, limit is 65,535`);
    }
    return this.u16(bytes.length).raw(bytes);
  }

  text(value: string): this {
    return this.field(utf8(value));
  }

  /** u32 length, then the bytes: for blobs that may pass 64 KiB. */
  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  finish(): Bytes {
    // Not by spreading: there may be more parts than a call takes arguments.
    return join(this.#parts);
  }

  #uint(value: number, lengthBytes: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * lengthBytes)) {
      throw new Bug(`Cannot write number: ${value} is not a whole number of ${lengthBytes} bytes`);
    }
    const bytes = new Uint8Array(lengthBytes);
    // By division, because the operators on bits know 32 of them.
    for (let rest = value, i = lengthBytes - 1; i >= 0; i--, rest = Math.floor(rest / 256)) {
      bytes[i] = rest % 256;
    }
    return this.raw(bytes);
  }
}

/**
 * Reads what `ByteWriter` wrote, from an untrusted source. Reading past the end gives zeroes and empty fields and sets
 * `failed`; callers check `done` once at the end instead of after each field.
 */
export class ByteReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #offset = 0;
  #failed = false;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** True when every byte was read and no read went past the end. */
  get done(): boolean {
    return !this.#failed && this.#offset === this.#bytes.length;
  }

  /** True when a read went past the end, or read what cannot be: then everything read is worthless. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Bytes that are still to be read. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at];
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at);
  }

  u64(): number {
    const at = this.#take(8);
    if (at < 0) return 0;
    const value = this.#view.getBigUint64(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      this.#failed = true;
      return 0;
    }
    return Number(value);
  }

  /** A copy, so that the caller may keep it while the source buffer is reused. */
  raw(length: number): Bytes {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(0) : this.#bytes.slice(at, at + length);
  }

  field(): Bytes {
    return this.raw(this.u16());
  }

  text(): string {
    const text = decodeUtf8(this.field());
    if (text === undefined) this.#failed = true;
    return text ?? "";
  }

  blob(): Bytes {
    return this.raw(this.u32());
  }

  #take(length: number): number {
    // Written so that a length that is no number fails too.
    if (this.#failed || !(length >= 0 && length <= this.remaining)) {
      this.#failed = true;
      return -1;
    }
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}

/** Writes all of `bytes` to what may take a part of them at once. */
export async function writeAll<Memory extends ArrayBufferLike>(
  to: { write(bytes: Uint8Array<Memory>): Promise<number> },
  bytes: Uint8Array<Memory>,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
