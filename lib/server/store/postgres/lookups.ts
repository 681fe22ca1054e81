/** The calls that read by one statement, on PostgreSQL. */

import { type LookupName, LOOKUPS } from "../lookups.ts";
import type { Answer, Store } from "../store.ts";
import type { Statements } from "./database.ts";

/** Makes one of them. */
export async function lookUp<Name extends LookupName>(
  database: Statements,
  name: Name,
  ...args: Parameters<Store[Name]>
): Promise<Answer<Name>> {
  const { sql, values, answer } = LOOKUPS[name];
  return answer(await database.all({ sql, read: (row) => row }, ...values(...args)));
}
