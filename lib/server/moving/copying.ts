/** Copies the rows of one database into another, in steps that can be gone on with, and tells whether both are the same. */

import { encodeHex, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { Digest } from "../../storage/archive.ts";
import { keyOf, type MovedTable, type Numbers, type Values } from "./tables.ts";

/** Rows that are read and written at once: bodies are up to some 64 KiB. */
const PAGE = 100;

/** A database that is read. Nobody writes to it meanwhile, or it shows one moment. */
export interface RowSource {
  readonly tables: readonly MovedTable[];
  /** The rows behind `after`, by the key; all for undefined. */
  page(table: MovedTable, after: Values | undefined, limit: number): Promise<readonly Values[]>;
  numbers(): Promise<Numbers>;
}

/** One that is written: nobody else does. */
export interface RowTarget extends RowSource {
  /** The key of the last row; undefined without one. */
  lastKey(table: MovedTable): Promise<Values | undefined>;
  /** All of them or none. */
  append(table: MovedTable, rows: readonly Values[]): Promise<void>;
  /** From now on numbers go on behind these. */
  setNumbers(numbers: Numbers): Promise<void>;
}

/** What a table holds. */
export interface TableDigest {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 of all rows in the order of their key, in hexadecimal. */
  readonly sha256: string;
}

/** Each table of a database. */
export async function digestTables(source: RowSource): Promise<readonly TableDigest[]> {
  const digests: TableDigest[] = [];
  for (const table of source.tables) {
    const digest = new Digest();
    let rows = 0;
    for await (const page of pages(source, table, undefined)) {
      rows += page.length;
      for (const values of page) digest.add(utf8(`${JSON.stringify(values.map(spelled))}\n`));
    }
    digests.push({ table: table.name, rows, sha256: digest.finish() });
  }
  const numbers = JSON.stringify(await source.numbers());
  const digest = new Digest();
  digest.add(utf8(numbers));
  return [...digests, { table: "numbers", rows: 1, sha256: digest.finish() }];
}

function spelled(value: Values[number]): unknown {
  return value instanceof Uint8Array ? { hex: encodeHex(value) } : value;
}

/**
 * Copies what `to` has not yet. It begins each table behind the last row that is there: rows are only ever added in the order of
 * their keys. `told` is called with each table that is whole.
 */
export async function copyRows(
  from: RowSource,
  to: RowTarget,
  told: (table: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const table of from.tables) {
    for await (const page of pages(from, table, await to.lastKey(table))) {
      await to.append(table, page);
    }
    await told(table.name);
  }
  await to.setNumbers(await from.numbers());
}

async function* pages(
  source: RowSource,
  table: MovedTable,
  after: Values | undefined,
): AsyncGenerator<readonly Values[]> {
  for (;;) {
    const page = await source.page(table, after, PAGE);
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = keyOf(table, page[page.length - 1]);
  }
}

/** Throws StorageError `damaged` where they differ. */
export function requireSameTables(
  from: readonly TableDigest[],
  to: readonly TableDigest[],
): void {
  const different = from.find(({ table, rows, sha256 }, at) =>
    to[at]?.table !== table || to[at].rows !== rows || to[at].sha256 !== sha256
  );
  if (different === undefined && from.length === to.length) return;
  const table = different?.table ?? "?";
  throw new StorageError(
    "damaged",
    `Cannot move: table ${table} differs from that of the source, which may have run since the move was begun. ` +
      "Empty the target, and begin again",
  );
}
