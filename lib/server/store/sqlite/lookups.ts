/** The calls that read by one statement, on SQLite. */

import type { Database, Query } from "../../../storage/database.ts";
import type { Row } from "../../../storage/row.ts";
import { eachLookup, type LookupName, LOOKUPS } from "../lookups.ts";
import type { Answer, Store } from "../store.ts";

/** Makes one of them. */
export type LookUp = <Name extends LookupName>(
  name: Name,
  ...args: Parameters<Store[Name]>
) => Answer<Name>;

/** Prepares the statements. */
export function prepareLookups(database: Database): LookUp {
  const queries = eachLookup((name): Query<Row> =>
    database.query(textOf(LOOKUPS[name]), (row) => row)
  );
  return (name, ...args) => {
    const { values, answer } = LOOKUPS[name];
    return answer(queries[name].all(...values(...args)));
  };
}

/** CROSS JOIN keeps SQLite to the order as written (sqlite.org/optoverview.html §8). */
function textOf({ sql, isInOrder }: { readonly sql: string; readonly isInOrder?: true }): string {
  const text = sql.replaceAll("$", "?");
  return isInOrder ? text.replaceAll(/(?<!LEFT |CROSS )JOIN/g, "CROSS JOIN") : text;
}
