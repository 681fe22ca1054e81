/** Noise that is almost sense. Long runs: deno task soak fuzz. */

import { ok } from "node:assert/strict";
import { ADMIN_PROGRAM } from "../../../lib/admin/main.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { parseArgv } from "../../../lib/commands/commander_adapter.ts";
import { anyArgs, fuzzServer } from "../../kit/fuzz.ts";
import { seeded } from "../../kit/seeded.ts";

const SEED = parseInt(Deno.env.get("SEED") ?? "20251121");
const PACKETS = Number(Deno.env.get("FUZZ_PACKETS") ?? 2000);
const LINES = Number(Deno.env.get("FUZZ_LINES") ?? 200);

Deno.test(`${PACKETS} packets of noise leave a server without a fault, and it serves the next one`, async () => {
  console.log(`seed ${SEED}`);
  await fuzzServer(SEED, PACKETS);
});

Deno.test(`${LINES} command lines of noise are read or refused in words`, async () => {
  const draw = seeded(SEED);
  for (const program of [PROGRAM, ADMIN_PROGRAM]) {
    const rows = program.table.rows;
    const words = rows.flatMap(({ name, options }) => [
      ...name.split(" "),
      ...options.map(({ flag }) => flag),
    ]);
    for (let i = 0; i < LINES; i++) {
      const args = anyArgs(draw, words);
      const outcome = program === PROGRAM
        ? await parseArgv(PROGRAM, args)
        : await parseArgv(ADMIN_PROGRAM, args);
      if (outcome.kind === "usage") ok(outcome.message.length > 0, args.join(" "));
    }
  }
});
