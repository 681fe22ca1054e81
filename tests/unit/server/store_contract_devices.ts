import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { AccountId, DeviceId } from "../../../lib/base/ids.ts";
import { DEVICES_MAX } from "../../../lib/protocol/limits.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import {
  accountId,
  deviceId,
  fingerprintOf,
  join,
  link,
  newDevice,
  openPair,
  START_MS,
} from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

const refused = { name: "Refusal", code: "device-refused" };

function publish(store: Store, device: DeviceId, texts: readonly string[], lastResort = false) {
  return store.publishKeyPackages({
    device,
    packages: texts.map(utf8),
    lastResort,
    nowMs: START_MS,
  });
}

async function take(store: Store, name: string): Promise<string | undefined> {
  const taken = await store.takeKeyPackage(accountId(name));
  if (taken === undefined) return undefined;
  const text = new TextDecoder().decode(taken.keyPackage);
  return taken.lastResort ? `${text} (last resort)` : text;
}

/** As the first list of the account, or the one after the last. */
async function removeDevices(
  store: Store,
  account: AccountId,
  { sequence, devices }: { sequence: number; devices: readonly DeviceId[] },
) {
  const present = (await store.findAccount(account))?.revocationSequence ?? 0;
  const revocation = utf8(`list ${sequence}`);
  return await store.removeDevices({ account, devices, revocation, present, sequence });
}

export const deviceCases: Cases = {
  "store gives a device back as it was added": async (store) => {
    const alice = await join(store, "alice", 1);
    await store.addDevice({ account: alice.account, device: newDevice(2), nowMs: START_MS + 3 });
    assert.deepEqual(await store.findDevice(alice.account, deviceId(2)), {
      account: alice.account,
      device: deviceId(2),
      certificate: utf8("certificate 2"),
      certificateHash: fingerprintOf(2),
      sealedName: undefined,
      signedIn: true,
      createdMs: START_MS + 3,
      lastSeenMs: START_MS + 3,
    });
    const listed = await store.listDevices(alice.account);
    assert.deepEqual(listed.map(({ device }) => device), [deviceId(1), deviceId(2)]);
    assert.deepEqual(await store.findCertificate(fingerprintOf(2)), utf8("certificate 2"));
    assert.equal(await store.findCertificate(fingerprintOf(3)), undefined);
  },

  "store keeps what a device is called until it is removed": async (store) => {
    const { account, device } = await join(store, "alice", 1);
    await store.nameDevice({ device, name: utf8("sealed") });
    assert.deepEqual((await store.findDevice(account, device))?.sealedName, utf8("sealed"));
    await removeDevices(store, account, { sequence: 1, devices: [device] });
    assert.equal((await store.findRemovedDevice(account, device))?.sealedName, undefined);
    await assert.rejects(store.nameDevice({ device, name: utf8("again") }), refused);
  },

  "SR-10: store removes the devices of a list with their key packages and mailboxes": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    const laptop = await link(store, bob.member, 3);
    await publish(store, bob.member.device, ["one"]);
    await store.append(alice.message(conversation, 1));
    const { account, device } = bob.member;
    const removed = await removeDevices(store, account, { sequence: 1, devices: [device] });
    assert.equal(removed, "removed");
    assert.equal(await store.findDevice(account, device), undefined);
    assert.equal((await store.findRemovedDevice(account, device))?.device, device);
    assert.equal(await store.findRemovedDevice(account, laptop.device), undefined);
    assert.equal(await take(store, "bob"), undefined);
    assert.equal(await store.countWaiting(device), 0);
    const later = await store.append(alice.message(conversation, 1));
    assert(later.result === "appended");
    assert.deepEqual(later.recipients, []);
    const found = await store.findAccount(account);
    assert.deepEqual([found?.revocation, found?.revocationSequence], [utf8("list 1"), 1]);
  },

  "SR-10: store takes a list of removed devices only after the one that it follows": async (
    store,
  ) => {
    const { account, device } = await join(store, "alice", 1);
    const other = await link(store, { account, device }, 2);
    await removeDevices(store, account, { sequence: 4, devices: [other.device] });
    const devices = [device];
    const late = { account, devices, revocation: utf8("late"), present: 0, sequence: 5 };
    assert.equal(await store.removeDevices(late), "stale");
    assert.equal((await store.findDevice(account, device))?.device, device);
    assert.equal(await store.removeDevices({ ...late, present: 4 }), "removed");
    assert.equal(await store.findDevice(account, device), undefined);
  },

  "store forgets the list of removed devices with the identity that signed it": async (store) => {
    const { account, device } = await join(store, "alice", 1);
    await removeDevices(store, account, { sequence: 1, devices: [device] });
    await store.replaceIdentity({
      account,
      identity: fingerprintOf(9),
      rosterEntry: utf8("entry"),
      recoveryCopy: utf8("copy"),
      rotation: undefined,
      device: newDevice(9),
      nowMs: START_MS,
    });
    const found = await store.findAccount(account);
    assert.deepEqual([found?.revocation, found?.revocationSequence], [undefined, 0]);
  },

  "store takes 32 devices of an account, and no more": async (store) => {
    const alice = await join(store, "alice", 1);
    for (let n = 2; n <= DEVICES_MAX; n++) await link(store, alice, n);
    await assert.rejects(link(store, alice, DEVICES_MAX + 1), {
      name: "Refusal",
      code: "too-many",
    });
    await removeDevices(store, alice.account, { sequence: 1, devices: [alice.device] });
    await link(store, alice, DEVICES_MAX + 1);
  },

  "store knows a device that is added again": async (store) => {
    const alice = await join(store, "alice", 1);
    const again = { account: alice.account, device: newDevice(1), nowMs: START_MS };
    assert.equal(await store.addDevice(again), "known");
    assert.equal((await store.listDevices(alice.account)).length, 1);
  },

  "SR-03: store refuses a device id or certificate that another account has": async (store) => {
    await join(store, "alice", 1);
    const { account } = await join(store, "bob", 2);
    await assert.rejects(
      store.addDevice({ account, device: newDevice(1), nowMs: START_MS }),
      refused,
    );
    const sameId = { ...newDevice(3), device: deviceId(1) };
    await assert.rejects(store.addDevice({ account, device: sameId, nowMs: START_MS }), refused);
    const sameCertificate = { ...newDevice(1), device: deviceId(3) };
    await assert.rejects(
      store.addDevice({ account, device: sameCertificate, nowMs: START_MS }),
      refused,
    );
    assert.equal((await store.listDevices(account)).length, 1);
  },

  "store finds a device only under its own account": async (store) => {
    await join(store, "alice", 1);
    await join(store, "bob", 2);
    assert.equal(await store.findDevice(accountId("bob"), deviceId(1)), undefined);
  },

  "SR-47: store remembers that a device signed out, and in again": async (store) => {
    const alice = await join(store, "alice", 1);
    const bob = await join(store, "bob", 2);
    await store.setSignedIn({ ...alice, signedIn: false });
    assert.equal((await store.findDevice(alice.account, alice.device))?.signedIn, false);
    await store.setSignedIn({ account: bob.account, device: alice.device, signedIn: true });
    assert.equal((await store.findDevice(alice.account, alice.device))?.signedIn, false);
    await store.setSignedIn({ ...alice, signedIn: true });
    assert.equal((await store.findDevice(alice.account, alice.device))?.signedIn, true);
  },

  "SR-30: store hands each one-time key package out once, then the last resort": async (store) => {
    const { device } = await join(store, "alice", 1);
    assert.equal(await publish(store, device, ["one", "two"]), 2);
    assert.equal(await publish(store, device, ["last"], true), 2);
    assert.deepEqual(await store.countKeyPackages(device), { oneTime: 2, lastResort: true });
    const taken = await Promise.all([1, 2, 3, 4].map(() => take(store, "alice")));
    const last = "last (last resort)";
    assert.deepEqual(taken, ["one", "two", last, last]);
    assert.deepEqual(await store.countKeyPackages(device), { oneTime: 0, lastResort: true });
  },

  "SR-30: store keeps the newest 100 one-time key packages": async (store) => {
    const { device } = await join(store, "alice", 1);
    const texts = Array.from({ length: 100 }, (_, i) => `package ${i}`);
    assert.equal(await publish(store, device, texts), 100);
    assert.equal(await publish(store, device, ["package 100"]), 100);
    assert.equal(await take(store, "alice"), "package 1");
  },

  "SR-30: store replaces the last-resort key package": async (store) => {
    const { device } = await join(store, "alice", 1);
    await publish(store, device, ["old"], true);
    await publish(store, device, ["new"], true);
    await publish(store, device, [], true);
    assert.equal(await take(store, "alice"), "new (last resort)");
  },

  "store takes the packages before a last-resort one as one-time ones": async (store) => {
    const { device } = await join(store, "alice", 1);
    assert.equal(await publish(store, device, ["one", "two", "last"], true), 2);
    const taken = await Promise.all([1, 2, 3].map(() => take(store, "alice")));
    assert.deepEqual(taken, ["one", "two", "last (last resort)"]);
  },

  "store takes a key package of the device seen last that has any": async (store) => {
    const phone = await join(store, "alice", 1);
    const laptop = await link(store, phone, 2);
    const tablet = await link(store, phone, 3);
    await publish(store, phone.device, ["phone"]);
    await publish(store, laptop.device, ["laptop"]);
    await store.setLastSeen({ ...laptop, nowMs: START_MS + 1 });
    await store.setLastSeen({ ...tablet, nowMs: START_MS + 2 });
    const taken = await store.takeKeyPackage(phone.account);
    assert.equal(taken?.device, laptop.device);
    assert.deepEqual(taken?.certificate, utf8("certificate 2"));
    assert.equal(await take(store, "alice"), "phone");
    assert.equal(await take(store, "alice"), undefined);
    assert.equal(await take(store, "zoe"), undefined);
  },

  "store refuses key packages of a device that is not there": async (store) => {
    await assert.rejects(publish(store, deviceId(7), ["x"]), refused);
    assert.deepEqual(await store.countKeyPackages(deviceId(7)), { oneTime: 0, lastResort: false });
  },

  "SR-03: store adds no device of an identity that the account had before": async (store) => {
    const alice = await join(store, "alice", 1);
    const identity = (await store.findAccount(alice.account))?.identity;
    const adding = { account: alice.account, nowMs: START_MS };
    const other = fingerprintOf(99);
    await assert.rejects(store.addDevice({ ...adding, device: newDevice(2), identity: other }), {
      code: "device-refused",
    });
    assert(identity !== undefined);
    assert.equal(await store.addDevice({ ...adding, device: newDevice(2), identity }), "added");
  },
};
