/** Messages between honest clients of an honest server. */

import assert from "node:assert/strict";
import { openPair, World } from "../../kit/test_client.ts";

Deno.test("a text arrives once, is confirmed, and the answer too", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
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

Deno.test("SR-27: a text is sent when the server has it, delivered only by a sealed receipt", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  const id = await alice.say(bob, "hi");
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
  await bob.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
  await alice.client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    assert.equal(await alice.client.waitDelivered(id, { timeoutMs: 1000, signal }), true);
  });
});

Deno.test("waiting for a delivery ends when the time is over", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const id = await alice.say(bob, "hi");
  const waiting = alice.client.waitDelivered(id, {
    timeoutMs: 1000,
    signal: new AbortController().signal,
  });
  await world.clock.advance(2000);
  assert.equal(await waiting, false);
});

Deno.test("what is written without a connection goes out in its order when there is one", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await alice.say(bob, "zero");
  await bob.client.sync();
  await alice.disconnect();
  for (const text of ["one", "two", "three"]) await alice.client.write(bob.account, text);
  await assert.rejects(alice.client.flush(), { name: "TransportError", code: "offline" });
  await alice.connect();
  assert.deepEqual(await alice.client.flush(), []);
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["zero", "one", "two", "three"]);
});

Deno.test("what is sent while the other is away waits in the mailbox, in its order", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await bob.disconnect();
  for (const text of ["one", "two", "three"]) await alice.say(bob, text);
  await bob.connect();
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["one", "two", "three"]);
});

Deno.test("a text to someone without a device stays written down, with the reason", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await world.client("bob", 1);
  await alice.client.findContact("bob");
  await alice.client.write(bob.account, "hi");
  const held = await alice.client.flush();
  assert.equal(held.length, 1);
  assert.equal(held[0].error?.code, "no-device");
  await bob.connect();
  assert.deepEqual(await alice.client.flush(), []);
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["hi"]);
});

Deno.test("an account that nobody has is said to be unknown", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  await assert.rejects(alice.client.findContact("zoe"), { code: "unknown-account" });
});

Deno.test("a text that is empty or too long is refused before it is written down", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await assert.rejects(alice.client.write(bob.account, ""), { code: "text-empty" });
  const most = "a".repeat(60 * 1024);
  await assert.rejects(alice.client.write(bob.account, most + "b"), { code: "text-too-long" });
  await alice.say(bob, most);
  await bob.client.sync();
  assert.deepEqual(await bob.received(), [most]);
});

Deno.test("SR-19: of two who begin at once the first wins, and the loser's text goes into the winner's conversation", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  // Both prepare before either asks for the slot.
  await alice.client.findContact("bob");
  await bob.client.findContact("alice");
  await alice.client.write(bob.account, "from alice");
  await bob.client.write(alice.account, "from bob");
  await Promise.all([alice.client.flush(), bob.client.flush()]);
  for (const client of [alice, bob, alice, bob]) {
    await client.client.sync();
    await client.client.flush();
  }
  assert.deepEqual(await alice.received(), ["from bob"]);
  assert.deepEqual(await bob.received(), ["from alice"]);
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  assert.equal(bob.messenger.conversations.openWith(alice.account)?.conversation, conversation);
  assert.deepEqual([await alice.notices(), await bob.notices()], [[], []]);
  const losers = [alice, bob].filter(({ messenger }) =>
    messenger.profile.database.query(
      "SELECT state FROM conversation WHERE state = 'closed'",
      (row) => row.text("state"),
    ).first() !== undefined
  );
  assert.equal(losers.length, 1);
});

Deno.test("a hundred texts arrive in their order, and are confirmed in a few receipts", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await alice.say(bob, "first");
  await bob.client.sync();
  const texts = Array.from({ length: 100 }, (_, i) => `text ${i}`);
  for (const text of texts) await alice.client.write(bob.account, text);
  await alice.client.flush();
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["first", ...texts]);
  await alice.client.sync();
  const { database } = alice.client.profile;
  const undelivered = database.query(
    "SELECT count(*) AS n FROM delivery WHERE state <> 'delivered'",
    (row) => row.integer("n"),
  ).first();
  assert.equal(undelivered, 0);
});

Deno.test("events tell of entries and deliveries as they happen", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  const events: string[] = [];
  const stop = alice.client.listen((event) =>
    events.push(event.type === "delivery" ? event.state : event.type)
  );
  await alice.say(bob, "hi");
  await bob.client.sync();
  await alice.client.sync();
  await bob.say(alice, "hello");
  await alice.client.sync();
  assert.deepEqual(events, ["sent", "delivered", "entry"]);
  stop();
  await bob.say(alice, "again");
  await alice.client.sync();
  assert.equal(events.length, 3);
});
