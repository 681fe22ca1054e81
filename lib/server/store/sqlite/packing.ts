/**
 * Plain data with bytes in it, on its way between the server's thread and the store's Worker. JSON beside one buffer takes
 * half the time of a structured clone (measured for batches of 128 appends: 5.9 µs a call against 10.2 µs, both ways).
 */

import { type Bytes, concatBytes } from "../../../base/bytes.ts";

/** What is sent. */
export interface Packed {
  readonly json: string;
  /** All byte arrays one behind the other; undefined when nothing is marked. */
  readonly bytes: Bytes | undefined;
}

/**
 * What JSON has no word for: a byte array, by its length, since they stand in `Packed.bytes` in the order in which they stand in
 * the text; or undefined, by none. No field has this name.
 */
const MARK = "$bytes";
const UNDEFINED = { [MARK]: [] };
const NO_BYTES: Bytes = new Uint8Array(0);

/** `value` is plain data: objects, lists, texts, numbers, truth values, null, undefined, byte arrays. */
export function pack(value: unknown): Packed {
  const parts: Uint8Array[] = [];
  const marked = mark(value, parts);
  const json = JSON.stringify(marked);
  return { json, bytes: marked === value ? undefined : concatBytes(...parts) };
}

/** The list of what was packed one by one. */
export function packList(items: readonly Packed[]): Packed {
  const json = `[${items.map((item) => item.json).join()}]`;
  const isMarked = items.some(({ bytes }) => bytes !== undefined);
  return {
    json,
    bytes: isMarked ? concatBytes(...items.map(({ bytes }) => bytes ?? NO_BYTES)) : undefined,
  };
}

/** The value itself where there is nothing to mark in it: most of it is copied by `JSON.stringify` alone. */
function mark(value: unknown, parts: Uint8Array[]): unknown {
  if (value === undefined) return UNDEFINED;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    parts.push(value);
    return { [MARK]: [value.length] };
  }
  if (Array.isArray(value)) return markList(value, parts);
  const fields = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  // Not Object.entries: it makes a list for each field.
  for (const name in fields) {
    const field = fields[name];
    const marked = mark(field, parts);
    if (marked !== field) (copy ??= { ...fields })[name] = marked;
  }
  return copy ?? value;
}

function markList(list: readonly unknown[], parts: Uint8Array[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const marked = mark(list[i], parts);
    if (marked !== list[i]) (copy ??= [...list])[i] = marked;
  }
  return copy ?? list;
}

/** Where the next byte array begins. */
interface Source {
  readonly bytes: Bytes;
  readonly lend: boolean;
  at: number;
}

/**
 * What was packed. With `lend`, byte arrays are views of the one buffer, which stays as long as one of them does; else each
 * has its own.
 */
export function unpack({ json, bytes }: Packed, { lend }: { lend: boolean }): unknown {
  const value: unknown = JSON.parse(json);
  return bytes === undefined ? value : restore(value, { bytes, lend, at: 0 });
}

/** In place: the value was just parsed, and nobody else has it. */
function restore(value: unknown, source: Source): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = restore(value[i], source);
    return value;
  }
  const fields = value as Record<string, unknown>;
  const marked = fields[MARK];
  if (Array.isArray(marked)) return marked.length === 0 ? undefined : nextBytes(marked[0], source);
  for (const name in fields) {
    const field = fields[name];
    if (typeof field === "object") fields[name] = restore(field, source);
  }
  return fields;
}

function nextBytes(sizeBytes: number, source: Source): Bytes {
  const from = source.at;
  source.at += sizeBytes;
  return source.lend ? source.bytes.subarray(from, source.at) : source.bytes.slice(from, source.at);
}
