/**
 * Four people write to each other over TCP; the server program is killed with `kill -9` again and again, and connections are
 * cut. In the end what was acknowledged must be shown to whom it was for, once, and in the order in which it was said.
 *
 *     deno task soak crash                   100 kills
 *     SOAK_KILLS=1000 SOAK_SEED=7 deno task soak crash
 */

import { deepEqual } from "node:assert/strict";
import { talkThroughCrashes } from "../kit/crash_talk.ts";
import { checkHistory } from "../kit/history_checker.ts";

const KILLS = Number(Deno.env.get("SOAK_KILLS") ?? 100);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? 1);

/** An error while another one ends everything hides it: both are told, the first one first. */
function reasons(error: unknown): unknown[] {
  if (!(error instanceof SuppressedError)) return [error];
  return [...reasons(error.suppressed), ...reasons(error.error)];
}

if (import.meta.main) {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ dir: "tests/tmp", prefix: "crash-" }),
  );
  try {
    const startedMs = performance.now();
    const plan = { seed: SEED, kills: KILLS, textsPerKill: 60 };
    const { events, kills, cuts, acknowledged } = await talkThroughCrashes(folder, plan);
    deepEqual(checkHistory(events, (to) => [to]), []);
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(
      `seed ${SEED}: ${kills} kills, ${cuts} cuts, ${acknowledged} acknowledged: none lost, doubled or reordered, ${
        seconds.toFixed(0)
      } s`,
    );
  } catch (error) {
    throw new AggregateError(reasons(error), `seed ${SEED}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
