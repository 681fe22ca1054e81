/** Transfers that wait for a person: nobody looks after them again and again. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { openSenders } from "../../kit/file_senders.ts";

Deno.test("files that wait for an answer, or are paused, wake nobody more often than no files do", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair: { world: { clock } } } = scene;
  const ranIn = async (ms: number) => {
    // What has just happened settles first.
    await clock.advance(10_000);
    const before = clock.ran;
    await clock.advance(ms);
    return clock.ran - before;
  };
  await alice.test.disconnect();
  await bob.test.disconnect();
  await Promise.all([alice.back(), bob.back()]);
  const idle = await ranIn(60_000);
  await scene.write("big", systemRandom.bytes(100_000));
  await scene.offer("big");
  await scene.until(async () => (await bob.client.transfers.waiting()).length > 0);
  // What is held is tried again every 10 s, and a task looks at its stall.
  const some = idle + 60;
  const waiting = await ranIn(60_000);
  assert.ok(waiting <= some, `${waiting} timers while it waits, ${idle} before`);
  await bob.client.transfers.accept(
    (await bob.client.transfers.waiting())[0],
    scene.folder + "/in",
  );
  await bob.client.transfers.pause((await bob.transfers())[0]);
  const paused = await ranIn(60_000);
  assert.ok(paused <= some, `${paused} timers while it is paused, ${idle} before`);
  await bob.client.transfers.resume((await bob.transfers())[0]);
  await scene.until(async () => (await alice.states())[0] === "done");
});
