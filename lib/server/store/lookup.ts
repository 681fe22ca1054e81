/**
 * Calls that read by one statement, which is the same on every database: each is one row of `account_lookups.ts` or
 * `room_lookups.ts`, and an engine only runs it.
 */

import type { Row, SqlValue } from "../../storage/row.ts";
import type { Answer, CallName, Store } from "./store.ts";

/** A statement with parameters `$1`, … as SQLite and PostgreSQL understand it both, and what its rows say. */
interface Statement<T> {
  readonly sql: string;
  readonly answer: (rows: readonly Row[]) => T;
}

/** A call of the store by one statement. */
export interface Lookup<Name extends CallName> extends Statement<Answer<Name>> {
  readonly values: (...args: Parameters<Store[Name]>) => readonly SqlValue[];
  /** The tables are written in the best order, from the few rows of one account or room: SQLite is kept to it. */
  readonly isInOrder?: true;
}

/** Some of them. */
export type Lookups = { readonly [Name in CallName]?: Lookup<Name> };

/** Every row. */
export function all<T>(sql: string, read: (row: Row) => T): Statement<T[]> {
  return { sql, answer: (rows) => rows.map(read) };
}

/** The first row, or undefined. */
export function first<T>(sql: string, read: (row: Row) => T): Statement<T | undefined> {
  return { sql, answer: ([row]) => row === undefined ? undefined : read(row) };
}

/** Whether there is a row. */
export function has(sql: string): Statement<boolean> {
  return { sql, answer: (rows) => rows.length > 0 };
}
