/** What the store's writes are judged by when somebody else has what they name: another account, device or conversation. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { type BroadcastId, parseBroadcastId } from "../../../lib/base/ids.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import type { Cases } from "./store_contract.ts";
import {
  accountId,
  conversationId,
  deviceId,
  fingerprintOf,
  join,
  link,
  newDevice,
  openPair,
  read,
  START_MS,
  Writer,
} from "./store_kit.ts";
import { newRoom, ROOM } from "./store_rooms_kit.ts";

const refusedWith = (code: string) => ({ name: "Refusal", code });

function broadcastId(n: number): BroadcastId {
  const id = parseBroadcastId(n.toString(16).padStart(32, "0"));
  assert(id !== undefined);
  return id;
}

function giveToken(store: Store, { account, device }: Member) {
  return store.setBotToken({
    ...{ account, device, hash: new Uint8Array(32), scopes: ["send"] },
    ...{ createdMs: START_MS, expiresMs: START_MS + 1 },
  });
}

export const strangerCases: Cases = {
  "SR-06: store changes nothing of an account that was deleted": async (store) => {
    const { account } = await join(store, "alice", 1);
    await join(store, "bob", 2);
    await store.deleteAccount({ account, nowMs: START_MS });
    const gone = refusedWith("unknown-account");
    await assert.rejects(store.replacePassword({ account, passwordRecord: "x" }), gone);
    const device = newDevice(5);
    await assert.rejects(store.addDevice({ account, device, nowMs: START_MS }), gone);
    const identity = {
      identity: fingerprintOf(5),
      rosterEntry: utf8("x"),
      recoveryCopy: utf8("x"),
    };
    await assert.rejects(
      store.replaceIdentity({ account, ...identity, rotation: undefined, device, nowMs: START_MS }),
      gone,
    );
    await assert.rejects(store.deleteAccount({ account, nowMs: START_MS }), gone);
    const page = { account, page: "people", version: "1".repeat(32), body: utf8("x") } as const;
    await assert.rejects(store.writePage({ ...page, follows: undefined }), gone);
  },

  "store deletes no account whose server nobody else owns": async (store) => {
    const { account } = await join(store, "alice", 1);
    const other = await join(store, "bob", 2);
    const owner = { by: "operator", role: "owner", nowMs: START_MS } as const;
    await store.grantRole({ ...owner, account });
    const asked = { account, nowMs: START_MS };
    assert.equal(await store.deleteAccount({ ...asked, trial: true }), "last-owner");
    assert.equal(await store.deleteAccount(asked), "last-owner");
    await store.grantRole({ ...owner, account: other.account });
    assert.equal(await store.deleteAccount(asked), "deleted");
  },

  "store counts no room that is closed among those of an account to delete": async (store) => {
    const alice = await join(store, "alice", 1);
    const { account } = alice;
    await store.createRoom(newRoom(alice, []));
    assert.equal(await store.closeRoom({ conversation: ROOM, account }), true);
    assert.equal(await store.deleteAccount({ account, nowMs: START_MS, rooms: [] }), "deleted");
  },

  "store tells of a Welcome until its device has it, and of open conversations alone": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    const welcomes = async () => {
      const list = await store.listConversations(bob.member);
      return list.map(({ peer, welcome }) => `${peer} ${welcome}`);
    };
    const enter = async () => {
      const entered = await store.enter({ ...bob.member, nowMs: START_MS });
      return entered.result === "entered" && entered.peers;
    };
    assert.deepEqual(await welcomes(), ["alice true"]);
    await store.acknowledge({ device: bob.member.device, conversation, seq: 1 });
    assert.deepEqual(await welcomes(), ["alice false"]);
    await store.append(alice.message(conversation, 1));
    assert.deepEqual(await welcomes(), ["alice false"]);
    assert.deepEqual(await enter(), ["alice"]);
    await store.deleteAccount({ account: alice.member.account, nowMs: START_MS });
    const carol = new Writer(await join(store, "carol", 3));
    await store.openDirect(carol.opening(conversationId(2), bob.member));
    const again = { ...carol.opening(conversationId(3), bob.member), replaces: conversationId(2) };
    await store.openDirect(again);
    assert.deepEqual(await enter(), ["alice", "carol"]);
    assert.deepEqual(await welcomes(), ["alice false", "carol true"]);
  },

  "store writes one page of an account and leaves its others": async (store) => {
    const { account } = await join(store, "alice", 1);
    const first = { version: "1".repeat(32), follows: undefined, body: utf8("first") };
    for (const page of ["people", "read"] as const) {
      await store.writePage({ account, page, ...first });
    }
    const next = { version: "2".repeat(32), follows: first.version, body: utf8("next") };
    assert.equal(await store.writePage({ account, page: "people", ...next }), true);
    assert.equal((await store.readPage({ account, page: "read" }))?.version, first.version);
    assert.equal((await store.readPage({ account, page: "people" }))?.version, next.version);
  },

  "SR-48: store gives a bot's token to a device of its account alone, while it is there": async (
    store,
  ) => {
    const alice = await join(store, "alice", 1);
    const bob = await join(store, "bob", 2);
    const second = await link(store, bob, 3);
    const no = refusedWith("device-refused");
    await assert.rejects(giveToken(store, { ...alice, device: bob.device }), no);
    await assert.rejects(giveToken(store, { ...alice, device: deviceId(9) }), no);
    await giveToken(store, bob);
    await giveToken(store, second);
    // Another one in its place.
    await giveToken(store, second);
    assert.equal(await store.findBotToken(alice.device), undefined);
    assert.equal((await store.findBotToken(second.device))?.device, second.device);
    assert.equal(await store.removeBotToken(second.device), true);
    assert.equal(await store.removeBotToken(second.device), false);
    assert.notEqual(await store.findBotToken(bob.device), undefined);
    const list = { revocation: utf8("list"), present: 0, sequence: 1 };
    await store.removeDevices({ account: bob.account, devices: [bob.device], ...list });
    assert.equal(await store.findBotToken(bob.device), undefined);
    await assert.rejects(giveToken(store, bob), no);
  },

  "store knows a device again by its id and its certificate both": async (store) => {
    const { account } = await join(store, "alice", 1);
    const add = (device: number, certificate: number) =>
      store.addDevice({
        ...{ account, nowMs: START_MS },
        device: { ...newDevice(device), certificateHash: fingerprintOf(certificate) },
      });
    assert.equal(await add(1, 1), "known");
    await assert.rejects(add(1, 5), refusedWith("device-refused"));
    await assert.rejects(add(5, 1), refusedWith("device-refused"));
  },

  "SR-10: store removes, signs in and notes as seen the devices of the one account alone": async (
    store,
  ) => {
    const alice = await join(store, "alice", 1);
    const own = await link(store, alice, 3);
    const bob = await join(store, "bob", 2);
    await store.setSignedIn({ ...own, signedIn: false });
    assert.equal((await store.findDevice(alice.account, alice.device))?.signedIn, true);
    await store.setLastSeen({ ...own, nowMs: START_MS + 5 });
    assert.equal((await store.findDevice(alice.account, alice.device))?.lastSeenMs, START_MS);
    await store.setLastSeen({ ...bob, account: alice.account, nowMs: START_MS + 5 });
    assert.equal((await store.findDevice(bob.account, bob.device))?.lastSeenMs, START_MS);
    const list = { revocation: utf8("list"), present: 0, sequence: 1 };
    const devices = [own.device, bob.device];
    await store.removeDevices({ account: alice.account, devices, ...list });
    assert.notEqual(await store.findDevice(bob.account, bob.device), undefined);
    await store.setSignedIn({ ...own, signedIn: true });
    assert.equal((await store.findRemovedDevice(own.account, own.device))?.signedIn, false);
  },

  "SR-47: store lets nobody in by the name of no account": async (store) => {
    await join(store, "alice", 1);
    const nobody = { account: accountId("bob"), nowMs: START_MS };
    assert.deepEqual(await store.enter(nobody), { result: "not-signed-in" });
  },

  "SR-24: what a device says in one conversation passes over nothing in another": async (store) => {
    const { alice, conversation } = await openPair(store);
    const carol = new Writer(await join(store, "carol", 3));
    const other = conversationId(2);
    await store.openDirect(alice.opening(other, carol.member));
    await store.append(carol.message(other, 1));
    assert.equal(await store.countWaiting(alice.member.device), 1);
    await store.commit(alice.commit(conversation, 1));
    assert.equal(await store.countWaiting(alice.member.device), 1);
  },

  "SR-53: store keeps a Welcome for its device, however far all others are": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const added = await link(store, bob.member, 3);
    await store.acknowledge({ device: bob.member.device, conversation, seq: 1 });
    await store.commit({
      ...alice.commit(conversation, 1),
      ...{ added: [added], welcome: utf8("welcome too") },
    });
    await store.append(alice.message(conversation, 2));
    await store.acknowledge({ device: bob.member.device, conversation, seq: 100 });
    assert.deepEqual(await read(store, added.device, conversation), [
      "welcome:welcome too",
      "message:sealed",
    ]);
  },

  "SR-60: store tells who has said a broadcast before, whoever else is there": async (store) => {
    await join(store, "alice", 1);
    const { account } = await join(store, "bob", 2);
    const said = { account, id: broadcastId(1), statement: utf8("hello"), nowMs: START_MS };
    const first = await store.addBroadcast(said);
    assert.deepEqual(await store.addBroadcast(said), { ...first, isNew: false });
    await assert.rejects(
      store.addBroadcast({ ...said, account: accountId("alice") }),
      refusedWith("bad-message"),
    );
  },

  "SR-17: store adds no device that was removed, nor one of an account of another conversation":
    async (store) => {
      const { alice, bob, conversation } = await openPair(store);
      const carol = await join(store, "carol", 3);
      const gone = await link(store, bob.member, 4);
      await store.openDirect(alice.opening(conversationId(2), carol));
      const list = { revocation: utf8("list"), present: 0, sequence: 1 };
      await store.removeDevices({ account: bob.member.account, devices: [gone.device], ...list });
      for (const added of [carol, gone]) {
        const commit = { ...alice.commit(conversation, 1), added: [added], welcome: utf8("w") };
        await assert.rejects(store.commit(commit), refusedWith("no-device"));
      }
    },

  "SR-35: store takes off the list whom a commit names by account and device both": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    await join(store, "carol", 3);
    const wrong = { account: accountId("carol"), device: bob.member.device };
    await store.commit({ ...alice.commit(conversation, 1), removed: [wrong] });
    const said = await store.append(alice.message(conversation, 2));
    assert.deepEqual("recipients" in said && said.recipients, [bob.member]);
  },

  "store names those of the one conversation as who gets a message or a commit": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const carol = await join(store, "carol", 3);
    await store.openDirect(alice.opening(conversationId(2), carol));
    const said = await store.append(alice.message(conversation, 1));
    assert.deepEqual("recipients" in said && said.recipients, [bob.member]);
    const committed = await store.commit(alice.commit(conversation, 1));
    assert.deepEqual("recipients" in committed && committed.recipients, [bob.member]);
  },
};
