import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import {
  accountId,
  conversationId,
  deviceId,
  fingerprintOf,
  join,
  link,
  newAccount,
  newDevice,
  openPair,
  read,
  START_MS,
} from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";
import { openRoom, ROOM } from "./store_rooms_kit.ts";

const TOKEN = utf8("hash of a token");
const refusedWith = (code: string) => ({ name: "Refusal", code });

export const accountCases: Cases = {
  "store gives an account back as it was created": async (store) => {
    await join(store, "Alice", 1);
    assert.deepEqual(await store.findAccount(accountId("alice")), {
      account: "alice",
      name: "Alice",
      identity: fingerprintOf(1),
      rosterEntry: utf8("roster entry of Alice"),
      rotation: undefined,
      passwordRecord: "record of Alice",
      isImported: false,
      revocation: undefined,
      revocationSequence: 0,
      generation: 0,
      createdMs: START_MS,
      lastSeenMs: START_MS,
    });
    assert.deepEqual(
      await store.findRecoveryCopy(accountId("alice")),
      utf8("recovery copy of Alice"),
    );
    assert.equal(await store.findAccount(accountId("bob")), undefined);
    assert.equal(await store.findRecoveryCopy(accountId("bob")), undefined);
  },

  "store creates one account when two ask for a name at once": async (store) => {
    const results = await Promise.all([
      store.createAccount(newAccount("alice", 1)),
      store.createAccount(newAccount("Alice", 2)),
    ]);
    assert.deepEqual(results, ["created", "name-taken"]);
    assert.equal(await store.findDevice(accountId("alice"), deviceId(2)), undefined);
  },

  "SR-46: store refuses a name that looks like another": async (store) => {
    await join(store, "paul", 1);
    const lookAlike = { ...newAccount("pau1", 2), skeleton: newAccount("paul", 1).skeleton };
    assert.equal(await store.createAccount(lookAlike), "name-taken");
  },

  "SR-44: store uses a token up once when two accounts bring it at once": async (store) => {
    await store.addToken({ hash: TOKEN, uses: 1, expiresMs: START_MS + 1 });
    assert.equal(await store.checkToken({ hash: TOKEN, nowMs: START_MS }), true);
    const results = await Promise.all([
      store.createAccount(newAccount("alice", 1, TOKEN)),
      store.createAccount(newAccount("bob", 2, TOKEN)),
    ]);
    assert.deepEqual(results, ["created", "token-refused"]);
    assert.equal(await store.findAccount(accountId("bob")), undefined);
    assert.equal(await store.checkToken({ hash: TOKEN, nowMs: START_MS }), false);
  },

  "SR-44: store takes a token as often as it has uses": async (store) => {
    await store.addToken({ hash: TOKEN, uses: 2, expiresMs: START_MS + 1 });
    await store.addToken({ hash: TOKEN, uses: 9, expiresMs: START_MS + 1 });
    assert.equal(await store.createAccount(newAccount("alice", 1, TOKEN)), "created");
    assert.equal(await store.createAccount(newAccount("bob", 2, TOKEN)), "created");
    assert.equal(await store.createAccount(newAccount("carol", 3, TOKEN)), "token-refused");
  },

  "SR-44: store answers a wrong token alike for free and for taken names": async (store) => {
    await join(store, "alice", 1);
    assert.equal(await store.createAccount(newAccount("alice", 2, TOKEN)), "token-refused");
    assert.equal(await store.createAccount(newAccount("bob", 2, TOKEN)), "token-refused");
  },

  "SR-44: store refuses a token from the moment of its expiry": async (store) => {
    await store.addToken({ hash: TOKEN, uses: 1, expiresMs: START_MS });
    assert.equal(await store.checkToken({ hash: TOKEN, nowMs: START_MS - 1 }), true);
    assert.equal(await store.checkToken({ hash: TOKEN, nowMs: START_MS }), false);
    assert.equal(await store.createAccount(newAccount("alice", 1, TOKEN)), "token-refused");
  },

  "SR-44: store keeps token and name free when registration fails": async (store) => {
    await join(store, "alice", 1);
    await store.addToken({ hash: TOKEN, uses: 1, expiresMs: START_MS + 1 });
    assert.equal(await store.createAccount(newAccount("alice", 2, TOKEN)), "name-taken");
    await assert.rejects(
      store.createAccount(newAccount("bob", 1, TOKEN)),
      refusedWith("device-refused"),
    );
    assert.equal(await store.findAccount(accountId("bob")), undefined);
    assert.equal(await store.createAccount(newAccount("bob", 2, TOKEN)), "created");
  },

  "store lists accounts page by page in the order of their ids": async (store) => {
    for (const [i, name] of ["dora", "alice", "carol", "bob"].entries()) {
      await join(store, name, i + 1);
    }
    const first = await store.listAccounts({ limit: 3 });
    assert.deepEqual(first.accounts.map(({ account }) => account), ["alice", "bob", "carol"]);
    assert.equal(first.total, 4);
    const rest = await store.listAccounts({ after: accountId("carol"), limit: 3 });
    assert.deepEqual(rest.accounts.map(({ account }) => account), ["dora"]);
  },

  "SR-48: store shows an imported account to nobody before its owner's identity": async (store) => {
    const { account, name, skeleton, nowMs } = newAccount("alice", 1);
    const imported = { account, name, skeleton, nowMs, passwordRecord: "imported" };
    assert.equal(await store.importAccount(imported), "created");
    assert.equal(await store.importAccount(imported), "name-taken");
    assert.equal(await store.createAccount(newAccount("alice", 1)), "name-taken");
    await join(store, "bob", 2);
    const names = async (claimedOnly: boolean) => {
      const { accounts, total } = await store.listAccounts({ limit: 9, claimedOnly });
      return [accounts.map((one) => one.name), total];
    };
    assert.deepEqual([await names(true), await names(false)], [[["bob"], 1], [
      ["alice", "bob"],
      2,
    ]]);

    const { identity, rosterEntry, recoveryCopy, firstDevice: device } = newAccount("alice", 1);
    const next = { identity, rosterEntry, recoveryCopy, rotation: undefined, device, nowMs };
    await store.replaceIdentity({ account, ...next });
    assert.deepEqual(await names(true), [["alice", "bob"], 2]);
    assert.equal((await store.findAccount(account))?.isImported, true);
    await store.replacePassword({ account, passwordRecord: "own" });
    assert.equal((await store.findAccount(account))?.isImported, false);
  },

  "SR-47: store signs all other devices out when the password is replaced": async (store) => {
    const alice = await join(store, "alice", 1);
    const laptop = await link(store, alice, 2);
    const bob = await join(store, "bob", 3);
    await store.replacePassword({
      account: alice.account,
      passwordRecord: "new",
      keepDevice: laptop.device,
    });
    const signedIn = async ({ account, device }: typeof alice) =>
      (await store.findDevice(account, device))?.signedIn;
    assert.equal((await store.findAccount(alice.account))?.passwordRecord, "new");
    assert.deepEqual(
      [await signedIn(alice), await signedIn(laptop), await signedIn(bob)],
      [false, true, true],
    );
    await store.replacePassword({ account: alice.account, passwordRecord: "newer" });
    assert.equal(await signedIn(laptop), false);
  },

  "SR-06: store keeps the id of an account whose identity is replaced": async (store) => {
    const { account } = await join(store, "alice", 1);
    const next = {
      account,
      identity: fingerprintOf(100),
      rosterEntry: utf8("new entry"),
      recoveryCopy: utf8("new copy"),
      rotation: utf8("old signs new"),
      device: newDevice(2),
      nowMs: START_MS + 5,
    };
    await store.replaceIdentity(next);
    const found = await store.findAccount(account);
    assert.equal(found?.identity, fingerprintOf(100));
    assert.deepEqual(found?.rosterEntry, utf8("new entry"));
    assert.deepEqual(found?.rotation, utf8("old signs new"));
    assert.deepEqual(await store.findRecoveryCopy(account), utf8("new copy"));
    assert.equal(await store.createAccount(newAccount("alice", 3)), "name-taken");
    await store.replaceIdentity({ ...next, rotation: undefined, device: newDevice(4) });
    assert.equal((await store.findAccount(account))?.rotation, undefined);
  },

  "store removes all devices when an identity is replaced": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const { account, device } = bob.member;
    await store.publishKeyPackages({
      device,
      packages: [utf8("package")],
      lastResort: false,
      nowMs: START_MS,
    });
    const certificate = utf8("certificate 2");
    await store.replaceIdentity({
      account,
      identity: fingerprintOf(100),
      rosterEntry: utf8("e"),
      recoveryCopy: utf8("c"),
      rotation: undefined,
      device: newDevice(9),
      nowMs: START_MS,
    });
    assert.deepEqual((await store.listDevices(account)).map((one) => one.device), [deviceId(9)]);
    assert.equal(await store.findDevice(account, device), undefined);
    assert.equal(await store.takeKeyPackage(account), undefined);
    assert.deepEqual(await store.countKeyPackages(device), { oneTime: 0, lastResort: false });
    const opening = { ...alice.opening(conversationId(2), bob.member), replaces: conversation };
    assert.deepEqual(await store.openDirect(opening), { result: "unknown-device" });
    assert.equal(await store.countWaiting(device), 0);
    assert.deepEqual(await read(store, device, conversation), []);
    const commit = await store.commit(alice.commit(conversation, 1));
    assert.deepEqual(commit.result === "committed" && commit.recipients, []);
    await assert.rejects(
      store.append(bob.message(conversation, 1)),
      refusedWith("device-refused"),
    );
    // Others have yet to verify what it sent.
    assert.deepEqual(await store.findCertificate(fingerprintOf(2)), certificate);
  },

  "store refuses a removed device's id for a new device": async (store) => {
    const { account } = await join(store, "alice", 1);
    const next = {
      account,
      identity: fingerprintOf(100),
      rosterEntry: utf8("e"),
      recoveryCopy: utf8("c"),
      rotation: undefined,
      nowMs: START_MS,
    };
    await assert.rejects(
      store.replaceIdentity({ ...next, device: newDevice(1) }),
      refusedWith("device-refused"),
    );
    assert.equal((await store.findAccount(account))?.identity, fingerprintOf(1));
    await store.replaceIdentity({ ...next, device: newDevice(2) });
    await assert.rejects(
      store.addDevice({ account, device: newDevice(1), nowMs: START_MS }),
      refusedWith("device-refused"),
    );
  },

  "store remembers the latest moment an account and a device were seen": async (store) => {
    const { account, device } = await join(store, "alice", 1);
    await store.setLastSeen({ account, device, nowMs: START_MS + 10 });
    await store.setLastSeen({ account, device, nowMs: START_MS + 5 });
    assert.equal((await store.findAccount(account))?.lastSeenMs, START_MS + 10);
    await store.setLastSeen({ account, nowMs: START_MS + 20 });
    assert.equal((await store.findAccount(account))?.lastSeenMs, START_MS + 20);
    assert.equal((await store.findDevice(account, device))?.lastSeenMs, START_MS + 10);
  },

  "store refuses changes of an account that is not there": async (store) => {
    const account = accountId("zoe");
    const refused = refusedWith("unknown-account");
    await assert.rejects(store.replacePassword({ account, passwordRecord: "x" }), refused);
    await assert.rejects(
      store.addDevice({ account, device: newDevice(1), nowMs: START_MS }),
      refused,
    );
  },

  "store deletes no account whose rooms are others than those that were judged": async (store) => {
    const { alice, bob } = await openRoom(store);
    const { account } = alice.member;
    const ask = (versions: readonly number[], trial = false) =>
      store.deleteAccount({
        account,
        nowMs: START_MS,
        rooms: versions.map((version) => ({ conversation: ROOM, version })),
        trial,
      });
    for (const versions of [[], [1], [3]]) assert.equal(await ask(versions), "stale");
    assert.equal(await ask([2], true), "allowed");
    assert.notEqual(await store.findAccount(account), undefined);
    // Who is to go from a room anyway is in it no more.
    const order = { conversation: ROOM, version: 2, entry: utf8("goes") };
    await store.wantRemoval({ ...order, by: bob.member.account, account: bob.member.account });
    const goes = { account: bob.member.account, nowMs: START_MS };
    assert.equal(await store.deleteAccount({ ...goes, rooms: [] }), "deleted");
    assert.equal(await ask([2]), "deleted");
    assert.equal((await store.findAccount(account))?.passwordRecord, undefined);
  },
};
