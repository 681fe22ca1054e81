/**
 * `deno task bench`: runs the measurements of `tests/bench/` one after the other and prints what they print.
 * `deno task bench NAME…` runs those whose file name contains a NAME.
 */

import { runPrograms } from "./programs.ts";

if (import.meta.main) {
  Deno.exit(await runPrograms({ folder: "tests/bench", ending: "_bench.ts", names: Deno.args }));
}
