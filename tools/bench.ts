/**
 * `deno task bench`: runs the measurements of `tests/bench/` one after the other and prints what they print.
 * `deno task bench NAME…` runs those whose file name contains a NAME.
 */

import { runPrograms } from "./programs.ts";

/** Of one program. A slow machine needs a third of it. */
const LIMIT_MS = 600_000;

if (import.meta.main) {
  const choice = { folder: "tests/bench", ending: "_bench.ts", names: Deno.args };
  Deno.exit(await runPrograms({ ...choice, limitMs: LIMIT_MS }));
}
