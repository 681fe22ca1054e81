/** The verb receive --follow, whole, while time stands still: it is woken by what comes, and looks at nothing by itself. */

import { deepEqual, equal, match } from "node:assert/strict";
import { settle } from "../../kit/clock.ts";
import { EXIT } from "../../../lib/commands/exit_code.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";
import { runVerbOf } from "../../kit/verb_runs.ts";

const STOPPED = new DOMException("Stopped", "AbortError");

/** Until everything that was said to somebody was shown by whichever process. */
async function untilShown({ messenger: { history } }: TestClient, said: number): Promise<void> {
  while (history.lastPlace < said || (await history.unshown()).length > 0) await settle();
}

Deno.test("receive --follow shows what comes when it comes", async () => {
  await using talk = await openTalk();
  const { alice, bob, world } = talk;
  await alice.disconnect();
  const before = alice.messenger.history.lastPlace;
  const stop = new AbortController();
  const running = runVerbOf(alice, ["receive", "--follow"], { stop: stop.signal });
  await bob.say(alice, "one");
  await untilShown(alice, before + 1);
  await bob.say(alice, "two");
  await untilShown(alice, before + 2);
  const { pendingTimers } = world.clock;
  stop.abort(STOPPED);
  const run = await running;
  equal(run.exit, EXIT.interrupted);
  deepEqual([...run.data.matchAll(/one|two/g)].map(([word]) => word), ["one", "two"]);
  equal(world.clock.pendingTimers < pendingTimers, true);
});

Deno.test("receive --follow comes back when the connection ended, and says so", async () => {
  await using talk = await openTalk();
  const { alice, bob, world } = talk;
  await alice.disconnect();
  const before = alice.messenger.history.lastPlace;
  const stop = new AbortController();
  const running = runVerbOf(alice, ["receive", "--follow"], {
    stop: stop.signal,
    cutAfter: 12,
    comesBack: true,
    passTime: () => world.clock.advance(1_000),
  });
  for (let said = 1; said <= 8; said++) {
    await bob.say(alice, `text ${said}`);
    await untilShown(alice, before + said);
  }
  stop.abort(STOPPED);
  const run = await running;
  equal(run.wasCut, true);
  match(run.notes, /Trying again/);
  equal(run.data.match(/text \d/g)?.length, 8);
});
