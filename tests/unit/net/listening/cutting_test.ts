import { deepEqual, equal } from "node:assert/strict";
import { CUT_BATCH, CutQueue } from "../../../../lib/net/listening/cutting.ts";
import { FakeClock } from "../../../kit/clock.ts";

function openQueue() {
  const clock = new FakeClock();
  const cuts: number[][] = [];
  const queue = new CutQueue(clock, (remotes) => cuts.push(remotes.map(({ port }) => port)));
  const add = (port: number) => queue.add({ host: "192.0.2.1", port });
  return { clock, cuts, queue, add };
}

Deno.test("cut queue cuts those of a moment together", async () => {
  const { clock, cuts, add } = openQueue();
  [1, 2, 3].forEach(add);
  deepEqual(cuts, []);
  await clock.advance(10);
  add(4);
  await clock.advance(10);
  deepEqual(cuts, [[1, 2, 3], [4]]);
  equal(clock.pendingTimers, 0);
});

Deno.test("cut queue does not wait when many are to be cut, and not at its end", () => {
  const { clock, cuts, queue, add } = openQueue();
  for (let i = 1; i < CUT_BATCH; i++) add(i);
  deepEqual(cuts, []);
  add(CUT_BATCH);
  deepEqual(cuts.map(({ length }) => length), [CUT_BATCH]);
  add(99);
  queue.flush();
  queue.flush();
  deepEqual(cuts.slice(1), [[99]]);
  equal(clock.pendingTimers, 0);
});
