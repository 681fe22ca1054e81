/**
 * Many messages in one sealed record. Opening 100,000 single records to search them would take seconds; blocks of 256 take
 * a tenth of a second. A block has two parts that are sealed apart: the rows, and their folded text, which alone is opened
 * for a search and is scanned without being parsed. Plaintexts in and out; `sealed_record` seals them.
 */

import {
  ByteReader,
  type Bytes,
  ByteWriter,
  concatBytes,
  decodeUtf8,
  utf8,
} from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";

/** Rows that wait as single records are made a block when there are so many. */
export const HISTORY_BLOCK_ROWS = 256;

/** One message as it is stored. */
export interface HistoryRow {
  /** Whatever the caller stores for a message. */
  readonly content: Bytes;
  /** What people search in; may be empty. */
  readonly text: string;
}

/** The two parts of a block, both still plain. */
export interface HistoryBlock {
  readonly rows: Bytes;
  readonly search: Bytes;
}

const FORMAT = 1;
const FORMAT_BYTES = new ByteWriter().u16(FORMAT).finish();
/** Between the texts of two rows. Folded text has none. */
const SEPARATOR = "\0";

/**
 * Text as it is compared: no case, no accents on Latin, Greek and Cyrillic letters, compatibility forms as plain ones.
 * The needle of a search MUST be folded too.
 */
export function foldForSearch(text: string): string {
  // The usual message needs none of the rest, and the block is built of hundreds.
  // deno-lint-ignore no-control-regex
  if (/^[\x01-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replaceAll(/[\u0300-\u036f]/g, "").toLowerCase().replaceAll(
    "ς",
    "σ",
  )
    .normalize("NFC").replaceAll(SEPARATOR, " ");
}

/** Makes a block of rows, in their order. */
export function encodeHistoryBlock(rows: readonly HistoryRow[]): HistoryBlock {
  const writer = new ByteWriter().raw(FORMAT_BYTES).u32(rows.length);
  for (const row of rows) writer.blob(row.content);
  const text = rows.map((row) => foldForSearch(row.text)).join(SEPARATOR);
  return { rows: writer.finish(), search: concatBytes(FORMAT_BYTES, utf8(text)) };
}

function checkFormat(bytes: Bytes): void {
  const format = new ByteReader(bytes.subarray(0, 2)).u16();
  if (format > FORMAT) {
    throw new StorageError(
      "newer-format",
      `Cannot read history: it has format ${format}, but this program knows only up to ${FORMAT}`,
    );
  }
  if (format !== FORMAT) throw damaged();
}

function damaged(): StorageError {
  return new StorageError("damaged", "Cannot read history: a block is damaged");
}

/** The contents of a block's rows, in order. Throws `StorageError` `damaged` or `newer-format`. */
export function decodeHistoryRows(rows: Bytes): Bytes[] {
  checkFormat(rows);
  const reader = new ByteReader(rows);
  reader.u16();
  const count = reader.u32();
  const contents: Bytes[] = [];
  // Each row takes four bytes at least: a hostile count ends with the bytes.
  for (let i = 0; i < count && !reader.failed; i++) contents.push(reader.blob());
  if (!reader.done) throw damaged();
  return contents;
}

/**
 * Which rows of a block contain `needle`, folded by `foldForSearch`, in rising order. Throws `StorageError`. An empty needle
 * is in none.
 */
export function searchHistoryBlock(search: Bytes, needle: string): number[] {
  checkFormat(search);
  const text = decodeUtf8(search.subarray(2));
  if (text === undefined) throw damaged();
  const hits: number[] = [];
  if (needle === "" || needle.includes(SEPARATOR)) return hits;
  let row = 0;
  let rowEnd = endOfRow(text, 0);
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, rowEnd)) {
    while (rowEnd < at) {
      rowEnd = endOfRow(text, rowEnd + 1);
      row++;
    }
    hits.push(row);
  }
  return hits;
}

function endOfRow(text: string, from: number): number {
  const end = text.indexOf(SEPARATOR, from);
  return end < 0 ? text.length : end;
}
