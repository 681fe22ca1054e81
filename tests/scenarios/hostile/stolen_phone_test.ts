/**
 * What a stolen phone does with the account's identity key before it is removed: it signs lists of removed devices, for which
 * no password is asked where groups carry them (SR-10, docs/removed-devices.md).
 */

import assert from "node:assert/strict";
import { newDeviceId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { REVOKED_DEVICES_MAX } from "../../../lib/protocol/limits.ts";
import {
  carry,
  conversationOf,
  deviceOf,
  forget,
  isIn,
  openHome,
  removePhone,
  signAway,
  withholding,
} from "../../kit/lost_phone.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { say, settle } from "../../kit/town.ts";

const FAR = Number.MAX_SAFE_INTEGER;

async function registeredOf({ world, account }: TestClient): Promise<readonly string[]> {
  return (await world.server.parts.store.listDevices(account)).map(({ device }) => device).sort();
}

const ids = (...clients: readonly TestClient[]) => clients.map(deviceOf).sort();

async function disputesAt(client: TestClient): Promise<readonly string[]> {
  return (await client.entries()).filter(({ id }) => id === "device-disputed")
    .map(({ text }) => text);
}

for (
  const [what, count, sequence] of [
    ["one made-up device and the last number there is", 1, FAR],
    ["as many made-up devices as a list has", REVOKED_DEVICES_MAX, 1],
    ["both", REVOKED_DEVICES_MAX, FAR],
  ] as const
) {
  Deno.test(`SR-10: a stolen phone keeps no device remove from working by a list of ${what}`, async () => {
    await using home = await openHome();
    const { alice, phone, bob, room } = home;
    const devices = Array.from({ length: count }, () => newDeviceId(systemRandom));
    const list = await signAway(phone, { sequence, devices });
    for (const peer of [bob.account, room]) await carry(phone, conversationOf(phone, peer), [list]);
    await settle(alice, bob);
    await removePhone(home);
    assert.deepEqual(await registeredOf(alice), ids(alice));
    for (const peer of [bob.account, room]) assert.equal(await isIn(alice, peer, phone), false);
    await assert.rejects(phone.connect(), { code: "device-removed" });
    // Nobody asks the owner about devices that nobody has seen.
    assert.deepEqual(await disputesAt(alice), []);
  });
}

Deno.test("SR-10: a stolen phone puts the desk out of conversations, not out of the account: it removes the phone, and comes back linked anew", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob, room } = home;
  const laptop = await (await world.device("alice", 0)).connect();
  await settle(laptop, alice, bob, phone);
  const list = await signAway(phone, { sequence: FAR, devices: [deviceOf(alice)] });
  for (const peer of [bob.account, room]) await carry(phone, conversationOf(phone, peer), [list]);
  // The desk reads it before the others put it out: what waits for a device that is out the server drops.
  await settle(alice, bob, laptop);
  for (const peer of [bob.account, room]) assert.equal(await isIn(laptop, peer, alice), false);
  // The laptop has a receipt of the server for nothing of it, and hands nothing in.
  await laptop.connect();
  assert.deepEqual(await registeredOf(alice), ids(alice, phone, laptop));
  await alice.connect();
  await settle(alice, laptop, alice);
  const shown = deviceOf(alice).slice(0, 8);
  assert.deepEqual(await disputesAt(laptop), [
    `A device of yours removed ${shown}. If that was not you, remove the device that did it (heliograph device list) and link ${shown} again`,
  ]);
  assert.deepEqual(await disputesAt(alice), [
    "A device of yours removed this one. If that was not you, remove the device that did it (heliograph device list) and link this one again",
  ]);
  await removePhone(home);
  await settle(laptop, bob, laptop);
  assert.deepEqual(await registeredOf(alice), ids(alice, laptop));
  const again = await (await world.device("alice", 0)).connect();
  await settle(again, laptop, bob, again);
  await say(bob, room, "welcome back");
  await settle(again, laptop);
  for (const client of [again, laptop]) {
    assert.equal((await client.received()).at(-1), "welcome back");
    assert.equal(await isIn(client, room, phone), false);
  }
});

Deno.test("SR-10: what a stolen phone signed is not brought back to a server with the account's own receipt", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob } = home;
  const [laptop, tablet] = [
    await (await world.device("alice", 0)).connect(),
    await (await world.device("alice", 0)).connect(),
  ];
  await settle(laptop, tablet, alice, bob, phone);
  // An earlier removal, so that there is a receipt.
  await removePhone({ ...home, phone: tablet });
  await settle(laptop, alice, bob, phone);
  const list = await signAway(phone, { sequence: FAR, devices: ids(alice, tablet) });
  await carry(phone, conversationOf(phone, bob.account), [list]);
  await settle(bob, laptop, alice);
  for (const client of [laptop, alice]) await client.connect();
  await settle(laptop, alice);
  assert.deepEqual(await registeredOf(alice), ids(alice, phone, laptop));
});

Deno.test("SR-10: a server that keeps the list from the laptop does not help the phone: what the group carries counts there", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob } = home;
  const laptop = await (await world.device("alice", 0)).connect();
  await settle(laptop, alice, bob, phone);
  await laptop.connect({ middle: withholding });
  await removePhone(home);
  await alice.disconnect();
  forget(world, phone);
  await settle(laptop, bob);
  const { revocations } = laptop.messenger.directory;
  const { account: accountId, identity: { key } } = laptop.client.profile.own;
  const about = { accountId, identity: key.fingerprint };
  assert(revocations.isRevoked({ ...about, deviceId: deviceOf(phone) }));
  assert.deepEqual(revocations.listOf(about), { sequence: 0, devices: [] });
  const shown = deviceOf(phone).slice(0, 8);
  assert.deepEqual((await disputesAt(laptop)).map((text) => text.includes(shown)), [true]);
});
