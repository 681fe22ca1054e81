/** Reading a row that SQLite returned: columns are unknown until they are asked for by type. */

import type { Bytes } from "../base/bytes.ts";
import { asBytes } from "../base/bytes.ts";
import { StorageError } from "../base/errors.ts";

/** What may be bound to a `?` of a statement. Integers beyond 2^53 are never stored. */
export type SqlValue = string | number | Uint8Array | null;

/**
 * One row. Each reader throws `StorageError` `damaged` when the column is missing or of another type: the file was changed
 * by something else, since our tables are STRICT.
 */
export class Row {
  readonly #columns: Readonly<Record<string, unknown>>;

  constructor(columns: Readonly<Record<string, unknown>>) {
    this.#columns = columns;
  }

  /** Of a statement that asks for one column. */
  get onlyColumn(): string {
    return Object.keys(this.#columns)[0] ?? "";
  }

  text(column: string): string {
    return this.optionalText(column) ?? this.#damaged(column);
  }

  optionalText(column: string): string | undefined {
    const value = this.#columns[column];
    return typeof value === "string" ? value : this.#absent(column, value);
  }

  integer(column: string): number {
    return this.optionalInteger(column) ?? this.#damaged(column);
  }

  optionalInteger(column: string): number | undefined {
    const value = this.#columns[column];
    return Number.isSafeInteger(value) ? Number(value) : this.#absent(column, value);
  }

  bytes(column: string): Bytes {
    return this.optionalBytes(column) ?? this.#damaged(column);
  }

  optionalBytes(column: string): Bytes | undefined {
    const value = this.#columns[column];
    return value instanceof Uint8Array ? asBytes(value) : this.#absent(column, value);
  }

  boolean(column: string): boolean {
    return this.integer(column) !== 0;
  }

  #absent(column: string, value: unknown): undefined {
    if (value !== null) this.#damaged(column);
    return undefined;
  }

  #damaged(column: string): never {
    throw new StorageError(
      "damaged",
      `Cannot read column ${column}: it has another type than expected`,
    );
  }
}
