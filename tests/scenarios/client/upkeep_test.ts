/** Keys are renewed and erased, key packages refilled (SR-29, SR-30), and what comes too early or too late (SR-24, SR-25). */

import assert from "node:assert/strict";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { openPair, openTalk, type TestClient } from "../../kit/test_client.ts";

const DAY_MS = 24 * 3600 * 1000;

function groupOf(client: TestClient, other: TestClient) {
  const conversation = client.messenger.conversations.openWith(other.account)?.conversation;
  assert(conversation !== undefined);
  return client.messenger.groups.load(conversation);
}

async function epochOf(client: TestClient, other: TestClient): Promise<number> {
  return (await groupOf(client, other))?.state.epoch ?? -1;
}

async function settle(...clients: TestClient[]): Promise<void> {
  for (let round = 0; round < 2; round++) for (const { client } of clients) await client.sync();
}

Deno.test("a device that was added commits at once", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await alice.say(bob, "hi");
  assert.equal(await epochOf(alice, bob), 1);
  await bob.client.sync();
  assert.equal(await epochOf(bob, alice), 2);
  await alice.client.sync();
  assert.equal(await epochOf(alice, bob), 2);
});

Deno.test("SR-29: each device gives the group new keys after seven days", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const epoch = await epochOf(alice, bob);
  world.clock.jumpWallClock(6 * DAY_MS);
  for (const client of [alice, bob]) await client.connect();
  await settle(alice, bob);
  assert.equal(await epochOf(alice, bob), epoch);
  world.clock.jumpWallClock(2 * DAY_MS);
  for (const client of [alice, bob]) await client.connect();
  await settle(alice, bob);
  assert.equal(await epochOf(alice, bob), epoch + 2);
  assert.equal(await epochOf(bob, alice), epoch + 2);
  await settle(alice, bob);
  assert.equal(await epochOf(alice, bob), epoch + 2);
  await alice.say(bob, "under new keys");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "under new keys");
});

Deno.test("SR-29: a device gives the group new keys after 1,000 messages of its own", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const epoch = await epochOf(alice, bob);
  const { database } = alice.client.profile;
  database.command("UPDATE mls_group SET sent_since = 998").run();
  await alice.say(bob, "the 999th");
  assert.equal(await epochOf(alice, bob), epoch);
  await alice.say(bob, "the 1,000th");
  assert.equal(await epochOf(alice, bob), epoch + 1);
  await alice.say(bob, "the first of the next");
  await settle(bob, alice);
  assert.deepEqual((await bob.received()).slice(-3), [
    "the 999th",
    "the 1,000th",
    "the first of the next",
  ]);
  assert.equal((await groupOf(alice, bob))?.sentSince, 1);
});

Deno.test("SR-29: what epochs sealed cannot be opened 14 days after their end", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const keptEpochs = async (client: TestClient, other: TestClient) => {
    const state = (await groupOf(client, other))?.state;
    const epochs = Array.from({ length: (state?.epoch ?? 0) + 1 }, (_, epoch) => epoch);
    return epochs.filter((epoch) => state?.transcriptHashOf(epoch) !== undefined);
  };
  const before = await keptEpochs(bob, alice);
  assert(before.length > 1);
  world.clock.jumpWallClock(13 * DAY_MS);
  await bob.connect();
  await bob.client.sync();
  const after = await keptEpochs(bob, alice);
  assert.equal(after.includes(before[before.length - 1]), true);
  world.clock.jumpWallClock(15 * DAY_MS);
  await bob.connect();
  await bob.client.sync();
  const present = await epochOf(bob, alice);
  const kept = await keptEpochs(bob, alice);
  // The epoch that ended on day 13 is older than 14 days now; only what ended since is left.
  assert.deepEqual(kept.filter((epoch) => epoch < present - 1), []);
  await alice.connect();
  await settle(alice, bob);
  await alice.say(bob, "still here");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "still here");
});

Deno.test("SR-29: no more than four ended epochs are kept, however young", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  for (let i = 0; i < 6; i++) {
    world.clock.jumpWallClock(8 * DAY_MS / 6);
    alice.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
    await alice.connect();
    await alice.client.sync();
  }
  const state = (await groupOf(alice, bob))?.state;
  assert(state !== undefined);
  assert.equal(state.transcriptHashOf(state.epoch - 5), undefined);
});

Deno.test("SR-30: key packages are filled up when fewer than 30 are left", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await alice.client.publishKeys();
  const count = async () => (await alice.client.link.ask("keys.count", {})).fields;
  assert.deepEqual(await count(), { oneTime: 100, lastResort: true });
  for (let i = 0; i < 71; i++) {
    await pair.world.server.parts.store.takeKeyPackage(alice.account);
  }
  assert.equal((await count()).oneTime, 29);
  await bob.say(alice, "hi");
  assert.equal((await count()).oneTime, 28);
  await alice.client.sync();
  // A batch at a time, so that nobody waits.
  assert.equal((await count()).oneTime, 53);
  await alice.client.publishKeys();
  assert.equal((await count()).oneTime, 53);
});

Deno.test("SR-30: the private half of a one-time package is erased by the join that used it", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  const stored = () =>
    bob.client.profile.database.query(
      "SELECT count(*) AS n FROM key_package",
      (row) => row.integer("n"),
    ).first() ?? 0;
  const before = stored();
  await alice.say(bob, "hi");
  await bob.client.receiving(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    bob.client.listen((event) => event.type === "entry" && resolve());
    await promise;
    assert.equal(stored(), before - 1);
  });
});

Deno.test("SR-30: a last-resort package is replaced after its use, and every seven days", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const { store } = world.server.parts;
  const lastResort = () =>
    bob.client.profile.database.query(
      "SELECT reference FROM key_package WHERE last_resort = 1 AND replaced_ms IS NULL",
      (row) => row.text("reference"),
    ).all();
  const old = () =>
    bob.client.profile.database.query(
      "SELECT reference FROM key_package WHERE replaced_ms IS NOT NULL",
      (row) => row.text("reference"),
    ).all();
  const [first] = lastResort();
  while ((await store.takeKeyPackage(bob.account))?.lastResort === false);
  await alice.say(bob, "hi");
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["hi"]);
  const [second, ...others] = lastResort();
  assert.notEqual(second, first);
  assert.deepEqual(others, []);
  assert.deepEqual(old(), [first]);
  world.clock.jumpWallClock(7 * DAY_MS + 1);
  await bob.connect();
  await bob.client.sync();
  assert.notEqual(lastResort()[0], second);
  // The first has opened late Welcomes long enough.
  assert.deepEqual(old(), [second]);
});

Deno.test("a text that is too old for the group is sealed anew, and arrives in its order", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.connect({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "relay.send") alice.link?.cut();
        else pass(header, payload);
      },
    },
  });
  for (const text of ["one", "two"]) await alice.client.write(bob.account, text);
  await assert.rejects(alice.client.flush());
  // Bob commits more often than messages of an epoch are accepted after its end.
  for (let i = 0; i < 5; i++) {
    bob.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
    await bob.client.sync();
  }
  await alice.connect();
  await alice.client.write(bob.account, "three");
  const [held] = await alice.client.flush();
  assert.deepEqual(held, { peer: bob.account, error: undefined });
  await alice.client.sync();
  assert.deepEqual(await alice.client.flush(), []);
  await bob.client.sync();
  assert.deepEqual((await bob.received()).slice(1), ["one", "two", "three"]);
  assert.deepEqual(await bob.notices(), []);
  await alice.client.sync();
  const undelivered = alice.client.profile.database.query(
    "SELECT count(*) AS n FROM delivery WHERE state <> 'delivered'",
    (row) => row.integer("n"),
  ).first();
  assert.equal(undelivered, 0);
});

Deno.test("a commit that lost its epoch is dropped, and its device commits later", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const epoch = await epochOf(alice, bob);
  for (const { client } of [alice, bob]) {
    client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  }
  await Promise.all([alice.client.sync(), bob.client.sync()]);
  await settle(alice, bob);
  assert.equal(await epochOf(alice, bob), await epochOf(bob, alice));
  assert.equal(await epochOf(alice, bob), epoch + 2);
  for (const client of [alice, bob]) {
    assert.equal((await groupOf(client, client === alice ? bob : alice))?.pending, undefined);
    assert.deepEqual(client.messenger.outbox.after(0, 9), []);
  }
  await alice.say(bob, "agreed");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "agreed");
});

Deno.test("an answer to a send that was lost is asked for again with the same bytes", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const sent: Uint8Array[] = [];
  let isCut = false;
  const middle: Hooks = {
    up({ header, payload }, pass) {
      if (header.kind === "relay.send") sent.push(payload);
      pass(header, payload);
    },
    down({ header, payload }, pass) {
      if (header.kind === "relay.sent" && !isCut) {
        isCut = true;
        alice.link?.cut();
      } else pass(header, payload);
    },
  };
  await alice.connect({ middle });
  const id = await alice.client.write(bob.account, "once");
  await assert.rejects(alice.client.flush(), { name: "TransportError" });
  assert.equal(alice.client.deliveryOf(id), "sealed");
  await alice.connect({ middle });
  await alice.client.flush();
  assert.equal(alice.client.deliveryOf(id), "sent");
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[0], sent[1]);
  await bob.client.sync();
  assert.deepEqual((await bob.received()).slice(1), ["once"]);
});
