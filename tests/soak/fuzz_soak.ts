/**
 * The decoders of packets and of MLS, by fuzzing that follows the coverage. Then packets of noise against whole servers, from
 * many seeds: no session may have a fault, and each server must serve the next one. Then lines of noise for all that reads lines.
 *
 *     deno task soak fuzz                          1,000,000 inputs, packets and lines each
 *     SOAK_INPUTS=20000 SOAK_PACKETS=20000 SOAK_LINES=5000 SOAK_SEED=7 deno task soak fuzz
 */

import { fuzzServer } from "../kit/fuzz.ts";
import { doorTarget, mlsTarget, packetTarget } from "../kit/fuzz_decoders.ts";
import { fuzzLines } from "../kit/fuzz_lines.ts";
import { guidedFuzz } from "../kit/guided_fuzz.ts";

const INPUTS = Number(Deno.env.get("SOAK_INPUTS") ?? 1_000_000);
const PACKETS = Number(Deno.env.get("SOAK_PACKETS") ?? 1_000_000);
const LINES = Number(Deno.env.get("SOAK_LINES") ?? 1_000_000);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? 1);
const PER_SERVER = 20_000;

if (import.meta.main) {
  // Two decoders. First of all: what has run before is not counted.
  for (const target of [await packetTarget(), await mlsTarget(), doorTarget()]) {
    const { kept, reached } = await guidedFuzz(target, { seed: SEED, runs: INPUTS / 2 });
    console.log(
      `seed ${SEED}: ${
        INPUTS / 2
      } inputs for ${target.name}, ${kept} kept, ${reached} characters of code reached, no fault`,
    );
  }
  for (let sent = 0; sent < PACKETS; sent += PER_SERVER) {
    const seed = SEED + sent / PER_SERVER;
    await fuzzServer(seed, Math.min(PER_SERVER, PACKETS - sent));
    console.log(`seed ${seed}: ${Math.min(sent + PER_SERVER, PACKETS)} packets, no fault`);
  }
  for (let read = 0; read < LINES; read += PER_SERVER) {
    const seed = SEED + read / PER_SERVER;
    await fuzzLines(seed, Math.min(PER_SERVER, LINES - read));
    console.log(`seed ${seed}: ${Math.min(read + PER_SERVER, LINES)} lines, no fault`);
  }
}
