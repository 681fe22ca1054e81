/**
 * People talk in rooms and to each other at four nodes of one server, over real PostgreSQL and NATS, while nodes are killed,
 * stopped and cut off, NATS and PostgreSQL die, fill up and fail over, and clocks differ, all drawn from a seed. In the end what
 * was acknowledged was shown once and in its order to whom it was for, nobody has read what was said while they were out, and
 * everybody and the store agree.
 *
 *     deno task soak nodes                   200 faults, 30 people
 *     SOAK_FAULTS=20 SOAK_PEOPLE=8 SOAK_SEED=7 deno task soak nodes
 *     SOAK_KINDS="failed over,disk" deno task soak nodes        only kinds whose names have one of these in them
 *
 * What this machine has not is left out, and named.
 */

import { type Fault, FAULTS } from "../kit/node_faults/faults.ts";
import { runThroughFaults } from "../kit/node_faults/run.ts";
import { hasNats } from "../kit/nats.ts";
import { hasPostgres } from "../kit/postgres.ts";
import { seeded } from "../kit/seeded.ts";

const COUNT = Number(Deno.env.get("SOAK_FAULTS") ?? 200);
const PEOPLE = Number(Deno.env.get("SOAK_PEOPLE") ?? 30);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? 1);
const HOLD_MS = Number(Deno.env.get("SOAK_HOLD_MS") ?? 10_000);
const PAUSE_MS = Number(Deno.env.get("SOAK_PAUSE_MS") ?? 30_000);
const KINDS = Deno.env.get("SOAK_KINDS")?.split(",") ?? [""];
const NODES = 4;
/** Between two faults, at most. */
const TEXTS = Number(Deno.env.get("SOAK_TEXTS") ?? 60);

/** Each kind as often as the others, in an order that is drawn. */
function drawFaults(kinds: readonly Fault[]): Fault[] {
  const draw = seeded(SEED);
  const left = Array.from({ length: COUNT }, (_, i) => kinds[i % kinds.length]);
  return Array.from({ length: COUNT }, () => left.splice(draw(left.length), 1)[0]);
}

if (import.meta.main) {
  if (!hasPostgres() || !hasNats()) {
    console.log("skipped: this machine has no PostgreSQL, or no NATS");
    Deno.exit(0);
  }
  const chosen = FAULTS.filter(({ name }) => KINDS.some((kind) => name.includes(kind)));
  const kinds = chosen.filter(({ name, missing }) => {
    const what = missing?.();
    if (what !== undefined) console.log(`skipped: ${name}, which needs ${what}`);
    return what === undefined;
  });
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ dir: "tests/tmp", prefix: "nodes-" }),
  );
  const startedMs = performance.now();
  const seconds = () => ((performance.now() - startedMs) / 1000).toFixed(0);
  try {
    const { counts, acknowledged, wrong } = await runThroughFaults(folder, {
      ...{ seed: SEED, nodes: NODES, people: PEOPLE, faults: drawFaults(kinds) },
      ...{ holdMs: HOLD_MS, pauseMs: PAUSE_MS, textsPerFault: TEXTS },
      tell: (line) => console.log(`${seconds()} s: ${line}`),
    });
    for (const one of wrong.slice(0, 100)) console.log(one);
    console.log(
      `seed ${SEED}: ${COUNT} faults of ${kinds.length} kinds, ${PEOPLE} people, ${acknowledged} of ${counts.texts} texts acknowledged, ${counts.invited} invited, ${counts.removed} removed, ${counts.left} left, ${counts.restarts} restarts: ${
        wrong.length === 0 ? "nothing" : `${wrong.length} things`
      } wrong, ${seconds()} s`,
    );
    if (wrong.length > 0) Deno.exitCode = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
