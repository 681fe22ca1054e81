/**
 * `deno task soak`: runs the endurance programs of `tests/soak/` one after the other. Each ends by itself, with a code
 * other than 0 when something grew or was lost. SOAK_MINUTES says how long each may take.
 * `deno task soak NAME…` runs those whose file name contains a NAME.
 */

import { runPrograms } from "./programs.ts";

if (import.meta.main) {
  Deno.exit(await runPrograms({ folder: "tests/soak", ending: "_soak.ts", names: Deno.args }));
}
