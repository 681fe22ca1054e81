/** Removing a device (SR-10): it reads nothing more and signs in no more, and the others go on. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RoomHandle } from "../../../lib/base/ids.ts";
import { Devices, removeDevice } from "../../../lib/client/devices/devices.ts";
import { removalsOf } from "../../../lib/crypto/mls/group_removals.ts";
import { makeRevocationList } from "../../../lib/crypto/statements/revocation.ts";
import { nameOf } from "../../kit/lost_phone.ts";
import { PASSWORD } from "../../kit/machine.ts";
import { givePassword } from "../../kit/passwords.ts";
import { until } from "../../kit/sudden_death.ts";
import { openTalk, type Pair, type TestClient, World } from "../../kit/test_client.ts";
import { found, say } from "../../kit/town.ts";

/** Alice has a desk and a phone and talks to bob; nothing waits. */
async function openHousehold(): Promise<Pair & { readonly phone: TestClient }> {
  const talk = await openTalk();
  const { world, alice, bob } = talk;
  await givePassword(alice);
  const phone = await (await world.device("alice", 0)).connect();
  await settle(phone, alice, bob);
  return { ...talk, phone };
}

async function settle(...clients: readonly TestClient[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const { client } of clients) await client.sync();
}

const deviceOf = ({ client }: TestClient) => client.profile.own.device;

async function remove(from: TestClient, gone: TestClient): Promise<void> {
  const handshake = await from.world.greet();
  await removeDevice(from.messenger, handshake, { device: deviceOf(gone), password: PASSWORD });
  await handshake.link.close();
}

/** The devices in the group that a client has with another account, or of a room. */
async function devicesIn(client: TestClient, peer: RoomHandle | TestClient): Promise<string[]> {
  const handle = typeof peer === "string" ? peer : peer.account;
  const open = client.messenger.conversations.openWith(handle);
  const group = open && await client.messenger.groups.load(open.conversation);
  return (group?.state.members ?? []).map(({ deviceId }) => deviceId).sort();
}

const ids = (...clients: readonly TestClient[]) => clients.map(deviceOf).sort();

/** A thief's copy of a profile that was unlocked. */
async function steal(world: World, victim: TestClient): Promise<TestClient> {
  await victim.disconnect();
  victim.keeper.close();
  const folder = await world.folder();
  for await (const { name } of Deno.readDir(victim.folder)) {
    await Deno.copyFile(join(victim.folder, name), join(folder, name));
  }
  await victim.restart();
  return await world.open(folder);
}

Deno.test("SR-10: a stolen copy of a removed device signs in no more and reads not one message more", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  const thief = await steal(world, phone);
  await remove(alice, phone);
  await settle(alice, bob);

  await assert.rejects(thief.connect(), { name: "Refusal", code: "device-removed" });
  await assert.rejects(phone.connect(), { name: "Refusal", code: "device-removed" });
  assert.deepEqual(await devicesIn(alice, bob), ids(alice, bob));
  assert.deepEqual(await devicesIn(bob, alice), ids(alice, bob));

  // Even with all that is said from now on: its keys open none of it.
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  assert(conversation !== undefined);
  const group = await thief.messenger.groups.load(conversation);
  const epoch = await bob.messenger.groups.load(conversation).then((now) => now?.state.epoch);
  assert(group !== undefined && epoch !== undefined && group.state.epoch < epoch);
  await alice.say(bob, "not for the thief");
  await bob.client.sync();
  await bob.say(alice, "nor this");
  await alice.client.sync();
  assert.deepEqual((await bob.received()).slice(-1), ["not for the thief"]);
  assert.deepEqual((await alice.received()).slice(-1), ["nor this"]);
  assert.equal((await thief.texts()).length, 0);
});

Deno.test("SR-10: a device that is connected when it is removed is sent away, and told why", async () => {
  await using home = await openHousehold();
  const { world, alice, phone } = home;
  const told: string[] = [];
  phone.client.listen((event) => {
    if (event.type === "dismissed") told.push(event.dismissal.code);
  });
  const receiving = phone.client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    await remove(alice, phone);
    while (!signal.aborted) await world.clock.advance(500);
    throw signal.reason;
  });
  await assert.rejects(receiving, { code: "device-removed" });
  assert.deepEqual(told, ["device-removed"]);
});

Deno.test("SR-10: a device that finds itself on its account's list ends, though the server lets it in", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  await remove(alice, phone);
  await settle(alice, bob);
  const database = new DatabaseSync(join(world.server.folder, "server.db"));
  database.prepare("UPDATE device SET removed = 0, signed_in = 1 WHERE device = ?")
    .run(deviceOf(phone));
  database.close();
  await assert.rejects(phone.connect(), { name: "Refusal", code: "device-removed" });
  // It knows now, whatever the server says later.
  assert(phone.messenger.directory.revocations.isRevoked(nameOf(phone)));
});

Deno.test("SR-10: a device that was away at the time removes it when it comes back", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  const laptop = await (await world.device("alice", 0)).connect();
  await settle(laptop, alice, bob, phone);
  await laptop.disconnect();
  // The server is told, and then the device that told it is gone for good.
  await remove(alice, phone);
  await alice.disconnect();
  await laptop.connect();
  await settle(laptop, bob);
  for (const client of [laptop, bob]) {
    const peer = client === bob ? alice : bob;
    assert.deepEqual(await devicesIn(client, peer), ids(alice, laptop, bob));
  }
  const lines = (await bob.entries()).map(({ text }) => text);
  assert(lines.includes("A device of alice was removed from this conversation"));
});

Deno.test("SR-10: a device that is online learns of it at once, and removes it from rooms too", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  await givePassword(alice);
  const bob = await (await world.client("bob", 1)).connect();
  const guests = [await alice.client.findContact("bob")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  assert.equal(founded.result, "created");
  const { room } = founded;
  const laptop = await (await world.device("alice", 0)).connect();
  const phone = await (await world.device("alice", 0)).connect();
  await settle(alice, bob, laptop, phone);
  assert.deepEqual(await devicesIn(bob, room), ids(alice, bob, laptop, phone));

  await laptop.client.receiving(async (caughtUp) => {
    await caughtUp;
    await remove(alice, phone);
    // The announcement is joined with others for 250 ms.
    while ((await devicesIn(laptop, room)).includes(deviceOf(phone))) {
      await world.clock.advance(250);
    }
  });
  await settle(alice, bob);
  for (const client of [alice, bob, laptop]) {
    assert.deepEqual(await devicesIn(client, room), ids(alice, bob, laptop));
  }
});

Deno.test("SR-08: each further device makes a line in rooms as well", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const guests = [await alice.client.findContact("bob")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  assert.equal(founded.result, "created");
  await settle(alice, bob);
  const phone = await (await world.device("alice", 0)).connect();
  await settle(phone, alice, bob);
  const lines = (await bob.entries()).filter(({ peer }) => peer === founded.room)
    .map(({ text }) => text);
  assert(lines.includes("A device of alice joined by itself"), lines.join("\n"));
});

Deno.test("SR-10, SR-12: nothing is said to a device whose removal is known, before it is out", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  // Alice's devices are all gone before one could change the group.
  await remove(alice, phone);
  await alice.disconnect();
  await world.clock.advance(250);
  await bob.connect();
  await bob.say(alice, "for the desk alone");
  assert.deepEqual(await devicesIn(bob, alice), ids(alice, bob));
  await alice.connect();
  await alice.client.sync();
  assert.deepEqual((await alice.received()).slice(-1), ["for the desk alone"]);
});

Deno.test("SR-10: whatever the server hands out, nobody begins a conversation with a removed device", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  await givePassword(alice);
  const phone = await (await world.device("alice", 0)).connect();
  const { store } = world.server.parts;
  const stale = await store.takeKeyPackage(alice.account);
  assert(stale !== undefined && stale.device === deviceOf(phone));
  await remove(alice, phone);
  const bob = await world.client("bob", 1);
  await bob.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind !== "keys.package") return pass(header, payload);
        const { device, certificate, keyPackage } = stale;
        const sizes = [keyPackage.length, certificate.length];
        pass({ ...header, device, sizes }, new Uint8Array([...keyPackage, ...certificate]));
      },
    },
  });
  await bob.client.findContact("alice");
  await bob.client.write(alice.account, "hello?");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "bad-directory");
});

Deno.test("SR-10: no device comes off the list of removed ones by an older list, or by none", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  const { own } = alice.client.profile;
  const laptop = await world.device("alice", 0);
  const old = await makeRevocationList(own.identity, own.serverId, {
    accountId: own.account,
    sequence: 1,
    devices: [deviceOf(laptop)],
  });
  await remove(alice, phone);
  await remove(alice, laptop);
  await bob.connect();
  await bob.say(alice, "both are gone");
  for (const offered of [old, new Uint8Array(0)]) {
    await bob.connect({
      middle: {
        down({ header, payload }, pass) {
          if (header.kind !== "keys.account-found") return pass(header, payload);
          const [entry, rotation] = header.sizes as number[];
          const kept = payload.subarray(0, entry + rotation);
          const sizes = [entry, rotation, offered.length, 0];
          pass({ ...header, sizes }, new Uint8Array([...kept, ...offered]));
        },
      },
    });
    await bob.say(alice, "am I alone with you?");
    for (const gone of [phone, laptop]) {
      const about = nameOf(gone);
      assert(bob.messenger.directory.revocations.isRevoked(about));
    }
    assert.deepEqual(await devicesIn(bob, alice), ids(alice, bob));
  }
});

Deno.test("SR-10: two devices that remove others at the same moment both do", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  const [laptop, tablet] = [await world.device("alice", 0), await world.device("alice", 0)];
  await Promise.all([laptop.connect(), tablet.connect()]);
  await settle(laptop, tablet, alice, bob, phone);
  await Promise.all([remove(alice, phone), remove(laptop, tablet)]);
  await settle(alice, laptop, bob);
  await settle(alice, laptop, bob);
  for (const client of [alice, laptop]) {
    assert.deepEqual(await devicesIn(client, bob), ids(alice, laptop, bob));
  }
  assert.deepEqual(await devicesIn(bob, alice), ids(alice, laptop, bob));
});

Deno.test("SR-10: a device that dies at any write while it removes another one goes on where it was", async () => {
  for (let at = 1, isDead = true; isDead && at < 40; at += 3) {
    await using home = await openHousehold();
    const { alice, bob, phone } = home;
    isDead = await until(alice, { moment: "write", at }, async () => {
      await remove(alice, phone);
      await alice.client.sync();
    });
    await alice.world.clock.advance(11_000);
    await alice.restart();
    await alice.connect();
    await remove(alice, phone);
    await settle(alice, bob);
    assert.deepEqual(await devicesIn(bob, alice), ids(alice, bob), `died at write ${at}`);
    await alice.say(bob, "still here");
    await bob.client.sync();
    assert.deepEqual((await bob.received()).slice(-1), ["still here"]);
  }
});

Deno.test("devices are listed with their names, which the server cannot read, and those of others without", async () => {
  await using home = await openHousehold();
  const { world, alice, bob, phone } = home;
  await new Devices(phone.messenger, phone.client.link).nameThis("pocket");
  const own = await new Devices(alice.messenger, alice.client.link).own();
  assert.deepEqual(own.map(({ device, isThis, name }) => [device, isThis, name]), [
    [deviceOf(alice), true, undefined],
    [deviceOf(phone), false, "pocket"],
  ]);
  assert(own.every(({ fingerprint, createdMs, isOnline }) => fingerprint && createdMs && isOnline));
  const stored = await world.server.parts.store.findDevice(alice.account, deviceOf(phone));
  assert.equal(new TextDecoder().decode(stored?.sealedName).includes("pocket"), false);
  const contact = await bob.client.findContact("alice");
  const foreign = await new Devices(bob.messenger, bob.client.link).of(contact);
  assert.deepEqual(
    foreign.map(({ device, fingerprint }) => [device, fingerprint]),
    own.map(({ device, fingerprint }) => [device, fingerprint]),
  );
  assert(foreign.every(({ name, createdMs, lastSeenMs }) => !name && !createdMs && !lastSeenMs));
});

Deno.test("SR-10, SR-12: in a room nothing is said to a removed device of somebody whom one never met, and anybody puts it out", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const carol = await (await world.client("carol", 2)).connect();
  await givePassword(carol);
  const room = await found(alice, [bob, carol]);
  // Carol is looked for in all rooms, by their ids: one of those that she is not in comes first.
  const idOf = (one: RoomHandle) => alice.messenger.conversations.openWith(one)?.conversation ?? "";
  while (idOf(await found(alice, [bob], { forceNew: true })) > idOf(room)) {
    await world.clock.advance(180_000); // Then the server lets an account found one more, in ms.
  }
  const phone = await (await world.device("carol", 2)).connect();
  await settle(bob, carol, phone, alice, bob, carol, phone);
  assert.equal(await bob.messenger.contacts.find(carol.account), undefined);
  assert.deepEqual(await devicesIn(bob, room), ids(alice, bob, carol, phone));
  // Carol's devices are all gone before one could change the group; bob is online and hears of it.
  await bob.client.receiving(async (caughtUp) => {
    await caughtUp;
    await remove(carol, phone);
    await carol.disconnect();
    const about = nameOf(phone);
    while (!bob.messenger.directory.revocations.isRevoked(about)) await world.clock.advance(250);
  });
  await say(bob, room, "for the desk alone");
  assert.deepEqual(await devicesIn(bob, room), ids(alice, bob, carol));
  await carol.connect();
  await settle(carol, alice);
  for (const client of [alice, carol]) {
    assert.deepEqual(await devicesIn(client, room), ids(alice, bob, carol));
    assert.equal((await client.received()).at(-1), "for the desk alone");
  }
});

Deno.test("SR-10: after an update the lists that a profile knows are carried by its groups", async () => {
  await using home = await openHousehold();
  const { alice, bob, phone } = home;
  await remove(alice, phone);
  await settle(alice, bob);
  // As a program of before left it.
  for (const { client } of [alice, bob]) {
    client.profile.database.command("DELETE FROM removal_list").run();
  }
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  assert(conversation !== undefined);
  await alice.connect();
  await bob.connect();
  await bob.say(alice, "good morning");
  for (const { account, messenger } of [alice, bob]) {
    const [signed] = messenger.directory.revocations.signedOf(nameOf(alice));
    assert(signed !== undefined, account);
    const list = await messenger.directory.verifier.readRemovals(signed);
    assert.deepEqual(list?.devices, [deviceOf(phone)]);
    const group = await messenger.groups.load(conversation);
    assert(group !== undefined);
    const carried = await removalsOf(group.state, messenger.directory.verifier);
    assert.deepEqual(carried.map(({ devices }) => devices), [[deviceOf(phone)]]);
  }
});

Deno.test("SR-10, SR-31: after an update the account's own list is the one that the server took, whatever groups brought before", async () => {
  await using home = await openHousehold();
  const { world, alice, phone } = home;
  const tablet = await world.device("alice", 0);
  await remove(alice, phone);
  // A profile of before had one pot: what a group's list named stood beside what the server had.
  const { database } = alice.client.profile;
  database.command("DELETE FROM removal_list").run();
  database.command("UPDATE removed_device SET handed_out = 0, sequence = ?")
    .run(Number.MAX_SAFE_INTEGER);
  const { accountId, identity, deviceId } = nameOf(alice);
  database.command("INSERT INTO removed_device VALUES (?, ?, ?, 7, 0, 0, 0)")
    .run(accountId, identity, deviceId);
  // Also from a server that does not say that it has one.
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        pass("revocations" in header ? { ...header, revocations: 0 } : header, payload);
      },
    },
  });
  const { revocations } = alice.messenger.directory;
  assert.deepEqual(revocations.listOf(nameOf(alice)), { sequence: 1, devices: [deviceOf(phone)] });
  await remove(alice, tablet);
  assert.equal(revocations.listOf(nameOf(alice)).sequence, 2);
});
