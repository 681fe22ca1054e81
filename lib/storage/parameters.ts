/**
 * Numbered parameters (`?1`), which let a statement use one value twice. `node:sqlite` of Deno 2.4.2 takes them for named
 * ones and binds nothing to them, so they are made plain ones here.
 */

import type { SqlValue } from "./row.ts";

/** A statement with plain parameters, and its values in their order. */
export interface Plain {
  readonly sql: string;
  readonly arrange: (values: readonly SqlValue[]) => readonly SqlValue[];
}

/** A statement has either kind of parameters. `?` and digits MUST NOT stand in a string literal of it. */
export function plainParameters(sql: string): Plain {
  const numbers = [...sql.matchAll(/\?(\d+)/g)].map(([, digits]) => Number(digits));
  if (numbers.length === 0) return { sql, arrange: (values) => values };
  return {
    sql: sql.replaceAll(/\?\d+/g, "?"),
    arrange: (values) => numbers.map((number) => values[number - 1]),
  };
}
