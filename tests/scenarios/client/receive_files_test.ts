/** The verb file receive, whole: what a script is told when it is stopped. */

import { equal } from "node:assert/strict";
import { join } from "node:path";
import { systemRandom } from "../../../lib/base/random.ts";
import { EXIT } from "../../../lib/commands/exit_code.ts";
import { openSenders } from "../../kit/file_senders.ts";
import { runVerbOf } from "../../kit/verb_runs.ts";

/** Looks that the verb takes before it is stopped. */
const LOOKS = 20;

Deno.test("file receive --wait that is stopped before anything came does not end as if it had", async () => {
  await using scene = await openSenders();
  const { bob, pair } = scene;
  await bob.test.disconnect();
  for (const args of [["--wait"], ["--follow"], ["--wait", "--accept-from", "alice"]]) {
    const stop = new AbortController();
    let looks = 0;
    const run = await runVerbOf(bob.test, ["file", "receive", ...args], {
      stop: stop.signal,
      async passTime() {
        await pair.world.clock.advance(250);
        if (++looks === LOOKS) stop.abort(new DOMException("Stopped", "AbortError"));
      },
    });
    equal(run.exit, EXIT.interrupted, run.notes);
  }
});

Deno.test("file receive --wait ends with 0 when what it waited for is there", async () => {
  await using scene = await openSenders();
  const { alice, bob, folder, pair } = scene;
  await scene.write("letter", systemRandom.bytes(1000));
  await bob.test.disconnect();
  alice.work();
  await scene.offer("letter");
  const to = join(folder, "in");
  const run = await runVerbOf(
    bob.test,
    ["file", "receive", "--wait", "--accept-from", "alice", "--to", to],
    { passTime: () => pair.world.clock.advance(20) },
  );
  equal(run.exit, EXIT.done, run.notes);
  equal((await Deno.readFile(join(to, "letter"))).length, 1000);
});
