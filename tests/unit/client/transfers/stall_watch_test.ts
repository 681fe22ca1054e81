import { equal } from "node:assert/strict";
import { STALL_MS, StallWatch } from "../../../../lib/client/transfers/stall_watch.ts";
import { FakeClock } from "../../../kit/clock.ts";

function watching(): { clock: FakeClock; watch: StallWatch; stalls: () => number } {
  const clock = new FakeClock();
  let count = 0;
  return { clock, watch: new StallWatch(clock, () => void count++), stalls: () => count };
}

Deno.test("stall watch calls once when nothing moves for so long after the last chunk", async () => {
  const { clock, watch, stalls } = watching();
  watch.moved(true);
  for (let i = 0; i < 5; i++) {
    await clock.advance(STALL_MS - 1);
    watch.moved(true);
  }
  await clock.advance(STALL_MS - 1);
  equal(stalls(), 0);
  await clock.advance(1);
  equal(stalls(), 1);
  await clock.advance(10 * STALL_MS);
  equal(stalls(), 1);
});

Deno.test("stall watch is silent while nothing is under way", async () => {
  const { clock, watch, stalls } = watching();
  watch.moved(true);
  watch.moved(false);
  await clock.advance(3 * STALL_MS);
  equal(stalls(), 0);
  watch.expect();
  await clock.advance(STALL_MS - 1);
  // It is expected already, and still nothing has moved.
  watch.expect();
  await clock.advance(1);
  equal(stalls(), 1);
});

Deno.test("stall watch sets no timer for each chunk, and leaves none", () => {
  const { clock, watch } = watching();
  for (let i = 0; i < 100; i++) watch.moved(true);
  equal(clock.pendingTimers, 1);
  watch[Symbol.dispose]();
  equal(clock.pendingTimers, 0);
});
