/** Messages between honest clients of an honest server. */

import assert from "node:assert/strict";
import { World } from "../../kit/test_client.ts";

Deno.test("a text arrives once, is confirmed, and the answer too", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const id = await alice.say(bob, "hi");
  assert.equal(alice.client.deliveryOf(id), "sent");
  await bob.client.sync();
  assert.deepEqual(await bob.texts(), ["alice: hi"]);
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "delivered");
  await bob.say(alice, "hello");
  await alice.client.sync();
  assert.deepEqual(await alice.texts(), ["alice: hi", "bob: hello"]);
  assert.deepEqual(await alice.notices(), []);
  assert.deepEqual(await bob.notices(), []);
});
