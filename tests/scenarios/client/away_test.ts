/** A device that was away for long: everything that waits is opened, however much it is, and costs no step but its own. */

import assert from "node:assert/strict";
import { openTalk } from "../../kit/test_client.ts";

const DAY_MS = 86_400_000;
/** 10,000 with SLOW=1. */
const TEXTS = Deno.env.get("SLOW") === "1" ? 10_000 : 300;
/** And the days between two of the times that the other side is there. */
const TIMES = 10;
const DAYS = 3;

Deno.test("SR-24: a device that was away for 30 days opens everything that waits", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await bob.disconnect();
  const said: string[] = [];
  for (let time = 1; time <= TIMES; time++) {
    await alice.connect();
    while (said.length < TEXTS * time / TIMES) {
      said.push(`day ${time * DAYS}, text ${said.length}`);
      await alice.client.write(bob.account, said[said.length - 1]);
    }
    await alice.client.sync();
    await alice.disconnect();
    await world.clock.advance(DAYS * DAY_MS);
  }
  bob.messenger.groups.forward.take = () => assert.fail("nothing is missing before any of them");
  await bob.connect();
  await bob.client.sync();
  assert.deepEqual((await bob.received()).slice(1), said);
  assert.deepEqual(await bob.notices(), []);
  assert.equal(bob.client.talk.unread().find(({ peer }) => peer === "alice")?.unread, TEXTS + 1);
});
