/** Messages that disappear: from when they are read, or sent; also while no program runs. */

import assert from "node:assert/strict";
import { encodeHex } from "../../../lib/base/bytes.ts";
import { exchange } from "../../kit/exchanging.ts";
import { openTalk, type TestClient, World } from "../../kit/test_client.ts";

const MINUTE = 60;

async function textOf({ messenger }: TestClient, id: string) {
  const entry = await messenger.history.text(id);
  assert(entry !== undefined, `no text ${id}`);
  return entry;
}

async function read({ client, messenger }: TestClient): Promise<void> {
  client.talk.markShown(await messenger.history.unshown());
}

Deno.test("a timer is shown as a line on both sides, and what is said carries it until it is off", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, MINUTE);
  await exchange(alice, bob);
  const lines = async (client: TestClient) =>
    (await client.entries()).filter(({ id }) => id === "timer").map(({ text }) => text);
  assert.deepEqual(await lines(alice), [
    "You set messages to disappear 1 minute after they are read",
  ]);
  assert.deepEqual(await lines(bob), [
    "alice set messages to disappear 1 minute after they are read",
  ]);
  const ids = [await alice.say(bob, "from alice"), await bob.say(alice, "from bob")];
  await exchange(alice, bob);
  await bob.client.talk.setTimer(alice.account, 0);
  await exchange(alice, bob);
  const stays = await alice.say(bob, "for good");
  await exchange(alice, bob);
  for (const client of [alice, bob]) {
    for (const id of ids) assert.equal((await textOf(client, id)).expireSeconds, MINUTE);
    assert.equal((await textOf(client, stays)).expireSeconds, undefined);
    assert.equal((await lines(client)).length, 2);
  }
});

Deno.test("of two who set a timer at once the same one counts on both sides", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, 10);
  await bob.client.talk.setTimer(alice.account, 20);
  await exchange(alice, bob);
  assert.equal(alice.client.talk.timerOf(bob.account), bob.client.talk.timerOf(alice.account));
});

Deno.test("a timer has its limits", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  for (const seconds of [4, 365 * 86_400 + 1, -1]) {
    await assert.rejects(alice.client.talk.setTimer(bob.account, seconds), { code: "bad-timer" });
  }
  for (const seconds of [5, 365 * 86_400, 0]) {
    await alice.client.talk.setTimer(bob.account, seconds);
  }
});

Deno.test("a message goes when its time is over since it was read, or sent: on each device by itself", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, MINUTE);
  await exchange(alice, bob);
  await read(bob);
  const id = await alice.say(bob, "vanishing canary");
  await exchange(bob, alice);
  await world.clock.advance(59_000);
  assert.equal((await alice.client.talk.refresh()).length, 0);
  await world.clock.advance(1_000);
  assert.equal((await alice.client.talk.refresh()).length, 1);
  assert.equal(await alice.messenger.history.text(id), undefined);
  // Bob has not read it yet: it waits.
  assert.deepEqual(bob.client.talk.unread().map(({ peer, unread }) => [peer, unread]), [[
    "alice",
    1,
  ]]);
  assert.equal((await bob.client.talk.refresh()).length, 0);
  await read(bob);
  await world.clock.advance(60_000);
  assert.equal((await bob.client.talk.refresh()).length, 1);
  for (const client of [alice, bob]) {
    assert.deepEqual(await client.messenger.history.search("vanishing"), []);
    assert.equal((await client.texts()).some((text) => text.includes("vanishing")), false);
  }
  assert.deepEqual(bob.client.talk.unread(), []);
});

Deno.test("what was to disappear while no program ran goes at the next start, without a connection", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, 5);
  await alice.say(bob, "gone at the next start");
  await exchange(bob);
  await read(bob);
  await world.clock.advance(6_000);
  for (const client of [alice, bob]) {
    await client.restart();
    assert.equal((await client.client.talk.refresh()).length, 1);
    assert.deepEqual(await client.messenger.history.search("gone"), []);
  }
});

Deno.test("an edit does not give a message more time, and nothing revives one that is gone", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, MINUTE);
  const id = await alice.say(bob, "short-lived");
  await exchange(bob, alice);
  await read(bob);
  await world.clock.advance(50_000);
  await alice.client.talk.change(await textOf(alice, id), { kind: "edit", text: "edited" });
  await exchange(alice, bob);
  await world.clock.advance(10_000);
  // A last edit and a reaction leave before alice's is erased, and come after bob's is.
  await alice.client.talk.change(await textOf(alice, id), { kind: "edit", text: "too late" });
  await alice.client.talk.react(await textOf(alice, id), "👍", { on: true });
  await alice.client.flush();
  assert.equal((await bob.client.talk.refresh()).length, 1);
  await exchange(bob);
  assert.equal(await bob.messenger.history.text(id), undefined);
  assert.deepEqual(await bob.messenger.history.search("late"), []);
  const rows = bob.client.profile.database.query(
    "SELECT count(*) AS n FROM change WHERE target = ?",
    (row) => row.integer("n"),
  );
  assert.equal(rows.first(id), 0);
});

Deno.test("a message that is edited before it was read disappears as any other", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, 5);
  const id = await alice.say(bob, "short-lived");
  await exchange(bob);
  await alice.client.talk.change(await textOf(alice, id), { kind: "edit", text: "edited" });
  await exchange(alice, bob);
  await read(bob);
  await world.clock.advance(5_000);
  assert.equal((await bob.client.talk.refresh()).length, 1);
  assert.equal(await bob.messenger.history.text(id), undefined);
});

Deno.test("a receipt of a message that is gone changes nothing", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, 5);
  const id = await alice.say(bob, "short-lived");
  await world.clock.advance(5_000);
  assert.equal((await alice.client.talk.refresh()).length, 1);
  await exchange(bob, alice);
  assert.equal(alice.client.deliveryOf(id), "delivered");
  assert.deepEqual((await alice.notices()).filter((code) => code !== "timer"), []);
  const next = await alice.say(bob, "still here");
  await exchange(bob, alice);
  assert.equal(alice.client.deliveryOf(next), "delivered");
});

Deno.test("nothing of what is gone is left in the profile's files, not even sealed", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.client.talk.setTimer(bob.account, 5);
  await alice.say(bob, "short-lived");
  const { database } = alice.client.profile;
  const rows = database.query("SELECT sealed FROM message", (row) => row.bytes("sealed").slice());
  const before = rows.all();
  await world.clock.advance(5_000);
  await alice.client.talk.refresh();
  const after = new Set(rows.all().map(encodeHex));
  const erased = before.filter((sealed) => !after.has(encodeHex(sealed)));
  assert.equal(erased.length, 1);
  await alice.client.close();
  alice.keeper.close();
  for await (const { name, isFile } of Deno.readDir(alice.folder)) {
    if (!isFile) continue;
    const file = encodeHex(await Deno.readFile(`${alice.folder}/${name}`));
    for (const sealed of erased) assert.equal(file.includes(encodeHex(sealed)), false, name);
  }
});

Deno.test("in a room those in charge say when messages disappear, and newcomers keep to it", async () => {
  await using world = await World.open();
  const clients: TestClient[] = [];
  for (const [i, name] of ["alice", "bob", "carol"].entries()) {
    clients.push(await (await world.client(name, i)).connect());
  }
  const [alice, bob, carol] = clients;
  const guests = [await alice.client.findContact("bob")];
  const founding = { guests, forceNew: false, name: "ops", topic: "" };
  const { room } = await alice.client.rooms.found(founding);
  await exchange(...clients);
  await assert.rejects(bob.client.talk.setTimer(room, MINUTE), { code: "not-permitted" });
  await alice.client.talk.setTimer(room, MINUTE);
  await exchange(...clients);
  assert.equal(bob.client.talk.timerOf(room), MINUTE);
  const info = await alice.client.rooms.find(room);
  assert(info !== undefined);
  await alice.client.rooms.invite(info, await alice.client.findContact("carol"));
  const said = await alice.client.write(room, "said before carol came in");
  await exchange(...clients);
  await exchange(...clients);
  assert.equal(carol.client.talk.timerOf(room), MINUTE);
  assert.equal((await textOf(carol, said)).expireSeconds, MINUTE);
  const lines = (await bob.entries()).filter(({ id }) => id === "timer");
  assert.equal(lines.length, 1, "it is told to those who know it once");
});

Deno.test("what one said at one device disappears at one's other devices too", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const phone = await (await world.device("alice", 0)).connect();
  await exchange(phone, alice, bob);
  await alice.client.talk.setTimer(bob.account, MINUTE);
  await exchange(alice, bob, phone);
  const id = await alice.say(bob, "vanish");
  await exchange(alice, bob, phone);
  for (const one of [alice, bob, phone]) await read(one);
  assert.equal((await textOf(phone, id)).text, "vanish");
  await world.clock.advance(10 * MINUTE * 1000);
  for (const one of [alice, bob, phone]) {
    await one.client.talk.refresh();
    assert.equal(await one.messenger.history.text(id), undefined);
  }
});
