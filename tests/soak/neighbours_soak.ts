/**
 * Two people talk on a server on real sockets while others hold connections and give nothing for them, more and more of them:
 * silent ones, slow readers, trickling senders. All of those must be removed, and each text must arrive in its turn.
 *
 *     deno task soak neighbours
 *     SOAK_NEIGHBOURS=60 SOAK_ROUNDS=10 deno task soak neighbours
 */

import { type Badness, Neighbourhood } from "../kit/bad_neighbours.ts";

/** Of each kind at once: one account has at most 64 connections. */
const EACH = Number(Deno.env.get("SOAK_NEIGHBOURS") ?? 60);
const ROUNDS = Number(Deno.env.get("SOAK_ROUNDS") ?? 5);
/** At most 32 strangers of one address are let in. */
const MOST_STRANGERS = 30;

const KINDS: readonly Badness[] = ["silent stranger", "trickling sender", "slow reader", "silent"];

if (import.meta.main) {
  await Deno.mkdir("tests/tmp", { recursive: true });
  for (const tls of ["auto", "off"] as const) {
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ dir: "tests/tmp", prefix: "neighbours-" }),
    );
    try {
      await using neighbourhood = await Neighbourhood.open(folder, tls);
      for (let round = 1; round <= ROUNDS; round++) {
        for (const kind of KINDS) {
          const count = kind === "silent stranger" ? Math.min(EACH, MOST_STRANGERS) : EACH;
          const seconds = await neighbourhood.endure(kind, count);
          console.log(`TLS ${tls}, round ${round}: ${count} x ${kind} gone after ${seconds} s`);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
