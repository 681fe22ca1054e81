/** Those who hold connections and give nothing for them are removed, and nobody else notices. More of them: deno task soak neighbours. */

import assert from "node:assert/strict";
import { DROP_AFTER_SILENCE_MS, HANDSHAKE_DEADLINE_MS } from "../../../lib/protocol/limits.ts";
import { type Badness, Neighbourhood } from "../../kit/bad_neighbours.ts";
import { scratch } from "../server/server_process.ts";

/** The longest that each may stay; what kernels hold back of a slow reader's answers comes first. */
const DEADLINES_MS: Readonly<Record<Badness, number>> = {
  "silent stranger": HANDSHAKE_DEADLINE_MS,
  "trickling sender": 10_000,
  "slow reader": 60_000,
  "silent": DROP_AFTER_SILENCE_MS,
};
/** Timers turn once a second, and the farewell of who is told why is waited for. */
const LATE_SECONDS = 12;

for (const tls of ["auto", "off"] as const) {
  for (const badness of Object.keys(DEADLINES_MS) as Badness[]) {
    Deno.test(`each ${badness} is removed under people who talk, ${tls === "auto" ? "over TLS" : "over plain TCP"}`, async () => {
      await using place = await scratch();
      await using neighbourhood = await Neighbourhood.open(place.folder, tls);
      const seconds = await neighbourhood.endure(badness, 3);
      const most = DEADLINES_MS[badness] / 1000 + LATE_SECONDS;
      assert(seconds > 1 && seconds <= most, `${seconds} s`);
      // With its descriptor, even that of who did not read (decision 0048).
      assert.equal(neighbourhood.placesHeld, 0);
    });
  }
}
