/** Numbers that somebody asks "after" which: given out so that a lower one is never seen after a higher one. */

import { Bug } from "../../../base/errors.ts";
import { query, type Statements, type Transaction } from "./database.ts";

type Counted = "audit" | "broadcast";

/** The next one. Nobody else gets one until this transaction ends, so it is taken last. */
export async function nextNumber(transaction: Transaction, of: Counted): Promise<number> {
  const value = await transaction.first(COUNT_UP, of);
  if (value === undefined) throw new Bug(`Cannot count: there is no counter ${of}`);
  return value;
}

/** The last one that was given out; 0 for none. */
export async function lastNumber(database: Statements, of: Counted): Promise<number> {
  return await database.integer("SELECT value FROM counter WHERE name = $1", of) ?? 0;
}

const COUNT_UP = query(
  "UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value",
  (row) => row.integer("value"),
);
