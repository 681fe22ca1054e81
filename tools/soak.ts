/**
 * `deno task soak`: runs the endurance programs of `tests/soak/` one after the other. Each ends by itself, with a code
 * other than 0 when something was lost or grew. What makes one longer is told in its first lines.
 * `deno task soak NAME…` runs those whose file name contains a NAME. One that hangs is ended after SOAK_MINUTES, 60 when
 * it is not set.
 */

import { runPrograms } from "./programs.ts";

const MINUTE_MS = 60_000;

if (import.meta.main) {
  const minutes = Number(Deno.env.get("SOAK_MINUTES") ?? 60);
  const choice = { folder: "tests/soak", ending: "_soak.ts", names: Deno.args };
  Deno.exit(await runPrograms({ ...choice, limitMs: minutes * MINUTE_MS }));
}
