/** Noise that is almost sense. Long runs: deno task soak fuzz. */

import { fuzzServer } from "../../kit/fuzz.ts";
import { fuzzLines } from "../../kit/fuzz_lines.ts";

const SEED = parseInt(Deno.env.get("SEED") ?? "20251121");
const PACKETS = Number(Deno.env.get("FUZZ_PACKETS") ?? 2000);
const LINES = Number(Deno.env.get("FUZZ_LINES") ?? 5000);

Deno.test(`${PACKETS} packets of noise leave a server without a fault, and it serves the next one`, async () => {
  console.log(`seed ${SEED}`);
  await fuzzServer(SEED, PACKETS);
});

Deno.test(`${LINES} command lines of noise are read or refused in words, by all that read lines`, async () => {
  await fuzzLines(SEED, LINES);
});
