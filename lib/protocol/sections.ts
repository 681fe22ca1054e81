/** Several binary parts in one payload: their lengths stand in the header field `sizes`. */

import { type Bytes, concatBytes } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { count, list } from "./schema.ts";

/** The `sizes` field of a message whose payload has up to `maxSections` parts. */
export const sizes = (maxSections: number) => list(count(), maxSections);

/** Joins parts to a payload and tells their lengths. */
export function joinSections(parts: readonly Uint8Array[]): { sizes: number[]; payload: Bytes } {
  return { sizes: parts.map((part) => part.length), payload: concatBytes(...parts) };
}

/**
 * Cuts a payload by the sender's lengths. Throws ProtocolError `bad-message` when they do not add up, or when
 * `expected` is given and there are not exactly that many parts.
 */
export function splitSections(
  payload: Bytes,
  lengths: readonly number[],
  expected?: number,
): Bytes[] {
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (sum !== payload.length || (expected !== undefined && lengths.length !== expected)) {
    throw new ProtocolError(
      "bad-message",
      `Cannot read payload: ${lengths.length} parts of ${sum} bytes are announced, there are ${payload.length} bytes`,
    );
  }
  let offset = 0;
  return lengths.map((length) => payload.subarray(offset, offset += length));
}
