/**
 * A removed device that is known here while the signed list that names it is not: nobody would follow a commit that removes
 * it. The list is asked for, and whoever writes is told (SR-10, SR-12, docs/removed-devices.md).
 */

import assert from "node:assert/strict";
import { removeDevice } from "../../../lib/client/devices/devices.ts";
import {
  askToComeIn,
  deviceOf,
  groupOf,
  isIn,
  nameOf,
  signAway,
  withholding,
} from "../../kit/lost_phone.ts";
import { PASSWORD } from "../../kit/machine.ts";
import { givePassword } from "../../kit/passwords.ts";
import { type TestClient, World } from "../../kit/test_client.ts";
import { found, say, settle } from "../../kit/town.ts";

/** Bob and carol know each other from alice's room alone; carol has removed her phone, and none of her devices is there. */
async function openRoom() {
  const world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const carol = await (await world.client("carol", 2)).connect();
  await givePassword(carol);
  const room = await found(alice, [bob, carol]);
  const phone = await (await world.device("carol", 2)).connect();
  await settle(bob, carol, phone, alice, bob, carol, phone);
  await bob.disconnect();
  const handshake = await world.greet();
  await removeDevice(carol.messenger, handshake, { device: deviceOf(phone), password: PASSWORD });
  await handshake.link.close();
  await carol.disconnect();
  // As a profile has it from the time when it kept the devices alone.
  const { accountId, identity, deviceId } = nameOf(phone);
  const { database } = bob.client.profile;
  database.command("INSERT INTO removed_device VALUES (?, ?, ?, 1, 0, 0, 0)")
    .run(accountId, identity, deviceId);
  database.command("INSERT OR REPLACE INTO mark VALUES ('removals', 1)").run();
  const dispose = () => world[Symbol.asyncDispose]();
  return { world, alice, bob, carol, phone, room, [Symbol.asyncDispose]: dispose };
}

Deno.test("SR-10: who knows of a removed device without a list that names it asks the server for that, and removes it", async () => {
  await using scene = await openRoom();
  const { alice, bob, phone, room } = scene;
  await bob.connect();
  await say(bob, room, "for the desk alone");
  await settle(bob, alice);
  for (const client of [alice, bob]) assert.equal(await isIn(client, room, phone), false);
  assert.equal((await alice.received()).at(-1), "for the desk alone");
});

Deno.test("SR-10, SR-12: when no list is to be had, whoever writes is told at each try why nothing leaves", async () => {
  await using scene = await openRoom();
  const { bob, phone, room } = scene;
  await bob.connect({ middle: withholding });
  const id = await bob.client.write(room, "SECRET after the removal");
  for (let attempt = 1; attempt <= 2; attempt++) {
    const [held, ...more] = await bob.client.flush();
    assert.deepEqual([held?.error?.code, more.length], ["removed-device", 0]);
  }
  assert.equal(bob.client.deliveryOf(id), "queued");
  assert(await isIn(bob, room, phone));
});

Deno.test("SR-10: of two lists the one with the lower number is carried as well, when it alone names a device", async () => {
  await using scene = await openRoom();
  const { bob, carol, alice, phone, room } = scene;
  const tablet = await scene.world.device("carol", 2);
  const lists = [
    await signAway(carol, { sequence: 1000, devices: [deviceOf(tablet)] }),
    await signAway(carol, { sequence: 1, devices: [deviceOf(phone)] }),
  ];
  const { revocations } = bob.messenger.directory;
  revocations.learn(lists, (await groupOf(bob, room)).state.members);
  // No server says anything: what is known here is enough.
  await bob.connect({ middle: withholding });
  await say(bob, room, "for the desk alone");
  await settle(bob, alice);
  for (const client of [alice, bob]) assert.equal(await isIn(client, room, phone), false);
  assert.equal((await alice.received()).at(-1), "for the desk alone");
  await comesNotIn(tablet, alice, room);
});

Deno.test("SR-10: a list by an identity that the account has nowhere else does not hide the real one", async () => {
  await using scene = await openRoom();
  const { bob, carol, alice, phone, room } = scene;
  const { revocations } = bob.messenger.directory;
  const real = await signAway(carol, { sequence: 1, devices: [deviceOf(phone)] });
  revocations.learn([real], []);
  // Of another room, where a server and its helper call mallory carol.
  const madeUp = { ...real, identity: nameOf(alice).identity, sequence: 9, devices: [] };
  revocations.learn([madeUp], []);
  await bob.connect({ middle: withholding });
  await say(bob, room, "for the desk alone");
  await settle(bob, alice);
  assert.equal(await isIn(alice, room, phone), false);
});

async function comesNotIn(
  device: TestClient,
  witness: TestClient,
  room: Parameters<typeof isIn>[1],
) {
  await assert.rejects(askToComeIn(await device.connect(), witness, room), {
    code: "device-removed",
  });
}
