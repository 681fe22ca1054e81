/**
 * `deno task scale [FILE]`: the tables of `docs/scale.md`. FILE: JSON of the assumptions that are to be others, in the form of
 * `assumptions.json`.
 */

import { ASSUMPTIONS, changedBy } from "./assumptions.ts";
import { checkTable, costTable, filledTable, planTable } from "./tables.ts";

if (import.meta.main) {
  const [file] = Deno.args;
  try {
    const assumptions = file === undefined
      ? ASSUMPTIONS
      : changedBy(JSON.parse(await Deno.readTextFile(file)));
    for (const make of [costTable, checkTable, planTable, filledTable]) {
      console.log(`${make(assumptions)}\n`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
