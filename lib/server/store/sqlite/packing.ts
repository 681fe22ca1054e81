/**
 * Plain data with bytes in it, on its way between the server's thread and the store's Worker. JSON beside one buffer takes
 * half the time of a structured clone (measured for batches of 128 appends: 5.9 µs a call against 10.2 µs, both ways).
 */

import type { Bytes } from "../../../base/bytes.ts";

/** What is sent. */
export interface Packed {
  readonly json: string;
  /** All byte arrays one behind the other; undefined when nothing is marked. */
  readonly bytes: Bytes | undefined;
}

/** What JSON has no word for: a byte array, by its place in `Packed.bytes`, or undefined, by none. No field has this name. */
const MARK = "$bytes";
const UNDEFINED = { [MARK]: [] };

/** `value` is plain data: objects, lists, texts, numbers, truth values, null, undefined, byte arrays. */
export function pack(value: unknown): Packed {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let isMarked = false;
  const mark = (part: unknown): unknown => {
    if (part === undefined) {
      isMarked = true;
      return UNDEFINED;
    }
    if (typeof part !== "object" || part === null) return part;
    if (part instanceof Uint8Array) {
      isMarked = true;
      parts.push(part);
      sizeBytes += part.length;
      return { [MARK]: [sizeBytes - part.length, sizeBytes] };
    }
    if (Array.isArray(part)) return part.map(mark);
    const marked: Record<string, unknown> = {};
    // Not Object.entries: it makes a list for each field.
    for (const name in part) marked[name] = mark((part as Record<string, unknown>)[name]);
    return marked;
  };
  const json = JSON.stringify(mark(value));
  if (!isMarked) return { json, bytes: undefined };
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { json, bytes };
}

/**
 * What was packed. With `lend`, byte arrays are views of the one buffer, which stays as long as one of them does; else each
 * has its own.
 */
export function unpack({ json, bytes }: Packed, { lend }: { lend: boolean }): unknown {
  const value: unknown = JSON.parse(json);
  return bytes === undefined ? value : restore(value, { bytes, lend });
}

/** In place: the value was just parsed, and nobody else has it. */
function restore(value: unknown, source: { bytes: Bytes; lend: boolean }): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = restore(value[i], source);
    return value;
  }
  const fields = value as Record<string, unknown>;
  const range = fields[MARK];
  if (Array.isArray(range)) {
    const [from, to] = range;
    if (from === undefined) return undefined;
    return source.lend ? source.bytes.subarray(from, to) : source.bytes.slice(from, to);
  }
  for (const name in fields) {
    const field = fields[name];
    if (typeof field === "object") fields[name] = restore(field, source);
  }
  return fields;
}
