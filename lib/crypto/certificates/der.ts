/** DER, the encoding of certificates (X.690): writing elements and taking them apart. */

import {
  asBytes,
  ByteReader,
  type Bytes,
  concatBytes,
  decodeBase64,
  encodeBase64,
} from "../../base/bytes.ts";

/** Tags of what we read. */
export const TAG = { bitString: 0x03, integer: 0x02, sequence: 0x30, version: 0xa0 } as const;

/** These bytes. */
export function bytes(...values: number[]): Bytes {
  return Uint8Array.from(values);
}

/** DER: tag, length in its shortest form, value (X.690 §8.1, §10.1). */
export function tagged(tag: number, ...parts: readonly Bytes[]): Bytes {
  const value = concatBytes(...parts);
  const { length } = value;
  const head = length < 0x80
    ? bytes(tag, length)
    : length < 0x100
    ? bytes(tag, 0x81, length)
    : bytes(tag, 0x82, length >> 8, length & 0xff);
  return concatBytes(head, value);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Bytes[]): Bytes {
  return tagged(0x30, ...parts);
}

/** BIT STRING. `unused`: how many bits of the last byte do not count. */
export function bitString(unused: number, value: Bytes): Bytes {
  return tagged(0x03, bytes(unused), value);
}

/** INTEGER, a positive number: no zeros in front but the one that keeps it so (X.690 §8.3). */
export function integer(value: Bytes): Bytes {
  const from = value.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? bytes(0) : value.subarray(from);
  return tagged(0x02, digits[0] >= 0x80 ? concatBytes(bytes(0), digits) : asBytes(digits));
}

/**
 * The first element, which must have this tag, and a length of up to two bytes (X.690 §8.1): as a whole, its value, and what
 * follows it. Undefined for anything else.
 */
export function takeElement(
  bytes: Bytes,
  tag: number,
): { whole: Bytes; value: Bytes; rest: Bytes } | undefined {
  const reader = new ByteReader(bytes);
  const found = reader.u8();
  const length = readLength(reader);
  const value = reader.raw(length);
  if (reader.failed || found !== tag) return undefined;
  const end = bytes.length - reader.remaining;
  return { whole: bytes.slice(0, end), value, rest: bytes.slice(end) };
}

/** NaN, which cannot be read, for longer ones than certificates of servers have. */
function readLength(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 0x80) return first;
  if (first === 0x81) return reader.u8();
  return first === 0x82 ? reader.u16() : NaN;
}

// Certificates and keys as text (RFC 7468).

/** What the text says that it is. */
export type PemLabel = "CERTIFICATE" | "PRIVATE KEY";

/** 64 characters a line, a line end at the end. */
export function formatPem(label: PemLabel, der: Bytes): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** What a text of exactly one such thing holds; undefined for any other text. */
export function parsePem(label: PemLabel, text: string): Bytes | undefined {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const trimmed = text.trim();
  if (!trimmed.startsWith(begin) || !trimmed.endsWith(end)) return undefined;
  return decodeBase64(trimmed.slice(begin.length, -end.length).replaceAll(/\s/g, ""));
}
