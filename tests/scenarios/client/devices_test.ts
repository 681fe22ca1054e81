/** Several devices of one account (SR-03, SR-04, SR-17). */

import assert from "node:assert/strict";
import { openTalk, World } from "../../kit/test_client.ts";

Deno.test("SR-17: a second device joins by itself, and sees new texts of both sides from then on", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const phone = await (await world.device("alice", 0)).connect();
  await phone.client.sync();
  assert.deepEqual(await phone.texts(), []);
  await alice.client.sync();
  await bob.client.sync();
  await alice.say(bob, "from the desk");
  await bob.client.sync();
  await bob.say(alice, "to both");
  for (const device of [alice, phone]) await device.client.sync();
  assert.deepEqual(await phone.texts(), ["alice: from the desk", "bob: to both"]);
  assert.deepEqual((await phone.entries()).map(({ own, peer }) => [own, peer]), [
    [true, "bob"],
    [false, "bob"],
  ]);
  await phone.say(bob, "from the phone");
  for (const device of [alice, bob]) await device.client.sync();
  assert.equal((await bob.received()).at(-1), "from the phone");
  assert.equal((await alice.texts()).at(-1), "alice: from the phone");
});

Deno.test("SR-08: a contact's new device makes a line in the conversation", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const phone = await (await world.device("alice", 0)).connect();
  await phone.client.sync();
  for (const device of [alice, bob]) await device.client.sync();
  const lines = async (device: typeof bob) =>
    (await device.entries()).filter(({ id }) => id === "members-changed").map(({ text }) => text);
  assert.deepEqual(await lines(bob), ["A device of alice joined by itself"]);
  assert.deepEqual(await lines(alice), ["Another device of your account joined this conversation"]);
});

Deno.test("a receipt by any device of the other side delivers; one by a device of one's own does not", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const phone = await (await world.device("alice", 0)).connect();
  await phone.client.sync();
  for (const device of [alice, bob]) await device.client.sync();
  const id = await alice.say(bob, "who has it?");
  await phone.client.sync();
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
  await bob.client.sync();
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "delivered");
});

Deno.test("a conversation that reached another device first is joined by this one when it is needed", async () => {
  await using world = await World.open();
  const bob = await (await world.client("bob", 1)).connect();
  const alice = await (await world.client("alice", 0)).connect();
  const phone = await world.device("alice", 0);
  await bob.say(alice, "to one device");
  await alice.client.sync();
  await phone.connect();
  // Without receiving first.
  await phone.say(bob, "from the other one");
  for (const device of [alice, bob]) await device.client.sync();
  assert.deepEqual(await bob.received(), ["from the other one"]);
  assert.equal((await alice.texts()).at(-1), "alice: from the other one");
});

Deno.test("two devices that join at the same moment both get in", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const devices = await Promise.all([world.device("alice", 0), world.device("bob", 1)]);
  await Promise.all(devices.map((device) => device.connect()));
  await Promise.all(devices.map((device) => device.client.sync()));
  for (const device of [alice, bob, ...devices]) await device.client.sync();
  await alice.say(bob, "all of you");
  for (const device of [bob, ...devices]) await device.client.sync();
  for (const device of [bob, ...devices]) {
    assert.equal((await device.texts()).at(-1), "alice: all of you");
  }
});

Deno.test("an answer to a join that was lost is made good by joining once more", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const phone = await world.device("alice", 0);
  await phone.connect({
    middle: {
      down({ header, payload }, pass) {
        // The join is accepted, and the connection breaks before the device learns of it.
        if (header.kind === "relay.committed") phone.link?.cut();
        else pass(header, payload);
      },
    },
  });
  await assert.rejects(phone.client.sync(), { name: "TransportError" });
  assert.equal(phone.stateWith(bob), undefined);
  await phone.restart();
  await phone.connect();
  await phone.client.sync();
  assert.equal(phone.stateWith(bob), "active");
  for (const device of [alice, bob]) await device.client.sync();
  await bob.say(alice, "do you all hear me?");
  for (const device of [alice, phone]) await device.client.sync();
  assert.equal((await phone.received()).at(-1), "do you all hear me?");
  await phone.say(bob, "loud and clear");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "loud and clear");
  assert.equal(bob.stateWith(alice), "active");
});
