/** Devices that were removed stay removed when the server was restored from a backup that knows nothing of it (SR-10, SR-58). */

import assert from "node:assert/strict";
import { removeDevice } from "../../../lib/client/devices/devices.ts";
import type { DeviceId } from "../../../lib/base/ids.ts";
import { makeRevocationList } from "../../../lib/crypto/statements/revocation.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import { nameOf } from "../../kit/lost_phone.ts";
import { PASSWORD } from "../../kit/machine.ts";
import { givePassword } from "../../kit/passwords.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { openSite, settle, type Site } from "./restore_site.ts";

const deviceOf = ({ client }: TestClient) => client.profile.own.device;

async function remove({ world, messenger }: TestClient, gone: TestClient): Promise<void> {
  const handshake = await world.greet();
  try {
    await removeDevice(messenger, handshake, { device: deviceOf(gone), password: PASSWORD });
  } finally {
    await handshake.link.close();
  }
}

async function listed({ world, account }: TestClient): Promise<readonly DeviceId[]> {
  const devices = await world.server.parts.store.listDevices(account);
  return devices.map(({ device }) => device).sort();
}

const ids = (...clients: readonly TestClient[]) => clients.map(deviceOf).sort();

async function devicesIn(client: TestClient, peer: TestClient): Promise<readonly DeviceId[]> {
  const open = client.messenger.conversations.openWith(peer.account);
  const group = open && await client.messenger.groups.load(open.conversation);
  return (group?.state.members ?? []).map(({ deviceId }) => deviceId).sort();
}

/** Alice has a phone when the server is backed up, and removes it afterwards; bob knows of it. */
async function openRemoved(): Promise<Site & { readonly phone: TestClient }> {
  const site = await openSite();
  const { world, alice, bob } = site;
  await givePassword(alice);
  const phone = await (await world.device("alice", 0)).connect();
  await settle(phone, alice, bob);
  await site.backUp();
  await phone.connect();
  await remove(alice, phone);
  await settle(alice, bob);
  await world.clock.advance(250);
  await bob.say(alice, "the phone is gone");
  await settle(bob, alice);
  await assert.rejects(phone.connect(), { code: "device-removed" });
  return { ...site, phone };
}

Deno.test("SR-10, SR-58: a restored server is told of a removed device by the first of the others to come back", async () => {
  await using site = await openRemoved();
  const { world, alice, bob, phone } = site;
  await site.restore();
  // The backup knows nothing of it.
  assert.deepEqual(await listed(alice), ids(alice, phone));
  await alice.connect();
  assert.deepEqual(await listed(alice), ids(alice));
  await assert.rejects(phone.connect(), { code: "device-removed" });
  await bob.connect();
  await settle(alice, bob, alice);
  await bob.say(alice, "after the restore");
  await settle(bob, alice, bob);
  assert.deepEqual((await alice.received()).slice(-1), ["after the restore"]);
  assert.deepEqual(await devicesIn(bob, alice), ids(alice, bob));
  // And once more, by what the restored server gave for it.
  await world.clock.advance(1000);
  await site.restore();
  await alice.connect();
  assert.deepEqual(await listed(alice), ids(alice));
});

Deno.test("SR-10, SR-58: after a restore a device is removed again by hand as well", async () => {
  await using site = await openRemoved();
  const { alice, phone } = site;
  await site.restore();
  await phone.connect();
  // As a device that learned of the removal before there were receipts.
  alice.client.profile.database.command("DELETE FROM taken_revocation").run();
  await alice.connect();
  assert.deepEqual(await listed(alice), ids(alice, phone));
  await remove(alice, phone);
  assert.deepEqual(await listed(alice), ids(alice));
  await assert.rejects(phone.connect(), { code: "device-removed" });
});

Deno.test("SR-10, SR-58: who knows of a removal writes to the devices that are left, before the server knows of it again", async () => {
  await using site = await openRemoved();
  const { alice, bob, phone } = site;
  await site.restore();
  // The phone was there last, so its key packages would be handed out first.
  await phone.connect();
  await phone.disconnect();
  await bob.connect();
  await settle(bob);
  await bob.client.write(alice.account, "for the desk alone");
  assert.deepEqual(await bob.client.flush(), []);
  assert.deepEqual(await devicesIn(bob, alice), ids(alice, bob));
  await alice.connect();
  await settle(alice, bob, alice);
  assert.deepEqual((await alice.received()).slice(-1), ["for the desk alone"]);
});

Deno.test("SR-10, SR-58: a thief with the removed device removes no other one at a restored server", async () => {
  await using site = await openRemoved();
  const { alice, phone } = site;
  await site.restore();
  await phone.connect();
  // It has the account's identity, and the account's list with the receipt for it is to be had by anyone.
  const { own } = phone.client.profile;
  const list = await makeRevocationList(own.identity, own.serverId, {
    accountId: own.account,
    sequence: 9,
    devices: [deviceOf(alice)],
  });
  const { link } = phone.client;
  const tries = [[list, new Uint8Array(0), new Uint8Array(0)], [list, list, new Uint8Array(32)]];
  for (const parts of tries) {
    const { sizes, payload } = joinSections(parts);
    await assert.rejects(link.ask("device.remove", { sizes }, payload), {
      code: "password-not-fresh",
    });
  }
  assert.deepEqual(await listed(alice), ids(alice, phone));
});

Deno.test("SR-10, SR-58: removals before and after a restore come together, whoever comes back first", async () => {
  await using site = await openSite();
  const { world, alice, bob } = site;
  await givePassword(alice);
  const [phone, tablet, laptop] = [
    await (await world.device("alice", 0)).connect(),
    await (await world.device("alice", 0)).connect(),
    await (await world.device("alice", 0)).connect(),
  ];
  await settle(phone, tablet, laptop, alice, bob);
  await site.backUp();
  await remove(alice, phone);
  await settle(alice, bob);
  await site.restore();
  // The laptop was away all the time, and removes another one under the same sequence.
  await laptop.connect();
  await remove(laptop, tablet);
  await alice.connect();
  assert.deepEqual(await listed(alice), ids(alice, laptop));
  await laptop.connect();
  await settle(laptop, alice);
  for (const gone of [phone, tablet]) {
    await assert.rejects(gone.connect(), { code: "device-removed" });
    for (const { messenger } of [alice, laptop]) {
      const about = nameOf(gone);
      assert(messenger.directory.revocations.isRevoked(about));
    }
  }
});
