/** A device that is removed while it has no leaf in a group: the group learns of it all the same, by one commit (SR-10, docs/removed-devices.md). */

import assert from "node:assert/strict";
import { removeDevice } from "../../../lib/client/devices/devices.ts";
import {
  askToComeIn,
  comeInAnyhow,
  deviceOf,
  forget,
  groupOf,
  type Home,
  isIn,
  nameOf,
  openHome,
  removePhone,
  transcriptOf,
} from "../../kit/lost_phone.ts";
import { PASSWORD } from "../../kit/machine.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { found, say, settle } from "../../kit/town.ts";

/** Bob has founded another room while the phone was off. */
async function openOther(home: Home) {
  const { world, alice, phone, bob } = home;
  await phone.disconnect();
  const carol = await (await world.client("carol", 2)).connect();
  const other = await found(bob, [alice, carol]);
  await settle(bob, alice, carol, bob, alice);
  for (const client of [alice, bob, carol]) assert.equal(await isIn(client, other, phone), false);
  return { carol, other };
}

const epochOf = async (client: TestClient, peer: Parameters<typeof groupOf>[1]) =>
  (await groupOf(client, peer)).state.epoch;

Deno.test("SR-10: a removed device does not walk into a room that it was not in at the time, though the server forgets", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob } = home;
  const { carol, other } = await openOther(home);
  await removePhone(home);
  await settle(alice, carol, bob);
  const before = await transcriptOf(bob, other);
  await alice.disconnect();
  forget(world, phone);
  await phone.connect();
  await assert.rejects(askToComeIn(phone, bob, other), { code: "device-removed" });
  await comeInAnyhow(phone, bob, other);
  await settle(bob, carol);
  for (const client of [bob, carol]) {
    assert.equal(await transcriptOf(client, other), before);
    assert.equal(await isIn(client, other, phone), false);
  }
  await bob.client.write(other, "SECRET after the removal");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "out-of-step");
});

Deno.test("SR-10: of each removal a group gets one commit, by a device of the account, whichever comes first", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob, room } = home;
  const laptop = await (await world.device("alice", 0)).connect();
  await settle(laptop, alice, bob, phone);
  const { carol, other } = await openOther(home);
  await settle(laptop, alice, bob, carol);
  const peers = [other, room] as const;
  const before = await Promise.all(peers.map((peer) => epochOf(alice, peer)));
  await laptop.disconnect();
  await removePhone(home);
  await laptop.connect();
  await settle(alice, laptop, bob, carol);
  await say(bob, other, "all is well");
  await say(alice, other, "indeed");
  await settle(laptop, carol, bob, alice, laptop);
  const after = await Promise.all(peers.map((peer) => epochOf(alice, peer)));
  assert.deepEqual(after, before.map((epoch) => epoch + 1));
  assert.deepEqual((await carol.received()).slice(-2), ["all is well", "indeed"]);
});

Deno.test("SR-10: nobody commits because of the list of somebody else whose device is not in", async () => {
  await using home = await openHome();
  const { world, alice, bob, phone } = home;
  const { carol, other } = await openOther(home);
  const before = await epochOf(bob, other);
  const handshake = await world.greet();
  await removeDevice(alice.messenger, handshake, { device: deviceOf(phone), password: PASSWORD });
  await handshake.link.close();
  await alice.disconnect();
  await bob.connect();
  await bob.say(alice, "are you there?");
  assert(bob.messenger.directory.revocations.isRevoked(nameOf(phone)));
  await say(bob, other, "hello");
  await settle(bob, carol, bob);
  assert.equal(await epochOf(carol, other), before);
  await alice.connect();
  await settle(alice, bob, carol, alice);
  assert.equal(await epochOf(carol, other), before + 1);
});
