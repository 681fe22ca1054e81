/**
 * Packets of noise against whole servers, from many seeds: no session may have a fault, and each server must serve the next one.
 * Then lines of noise for all that reads lines.
 *
 *     deno task soak fuzz                          1,000,000 packets and 1,000,000 lines
 *     SOAK_PACKETS=20000 SOAK_LINES=5000 SOAK_SEED=7 deno task soak fuzz
 */

import { fuzzServer } from "../kit/fuzz.ts";
import { fuzzLines } from "../kit/fuzz_lines.ts";

const PACKETS = Number(Deno.env.get("SOAK_PACKETS") ?? 1_000_000);
const LINES = Number(Deno.env.get("SOAK_LINES") ?? 1_000_000);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? 1);
const PER_SERVER = 20_000;

if (import.meta.main) {
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
