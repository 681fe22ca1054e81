import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import {
  accountId,
  conversationId,
  deviceId,
  join,
  link,
  openPair,
  read,
  Writer,
} from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

export const conversationCases: Cases = {
  "SR-19: store gives the slot to the first of two who open a conversation at once": async (
    store,
  ) => {
    const alice = new Writer(await join(store, "alice", 1));
    const bob = new Writer(await join(store, "bob", 2));
    const results = await Promise.all([
      store.openDirect(alice.opening(conversationId(1), bob.member)),
      store.openDirect(bob.opening(conversationId(2), alice.member)),
    ]);
    assert.deepEqual(results, [
      { result: "opened", seq: 1 },
      { result: "taken", conversation: conversationId(1) },
    ]);
    assert.deepEqual(await read(store, deviceId(2), conversationId(1)), ["welcome:welcome"]);
    assert.equal(await store.countWaiting(deviceId(1)), 0);
  },

  "store delivers a Welcome to the added device alone": async (store) => {
    const alice = new Writer(await join(store, "alice", 1));
    const bob = await join(store, "bob", 2);
    await link(store, bob, 3);
    const opening = alice.opening(conversationId(1), bob);
    await store.openDirect(opening);
    const page = await store.fetch({
      device: bob.device,
      conversation: conversationId(1),
      afterSeq: 0,
      limit: 10,
      maxBytes: 1000,
    });
    assert.deepEqual(page, [{
      conversation: conversationId(1),
      seq: 1,
      envelope: opening.envelope,
      type: "welcome",
      epoch: 1,
      ...alice.member,
      atMs: opening.nowMs,
      place: undefined,
      body: utf8("welcome"),
    }]);
    assert.deepEqual(await store.listWaiting(deviceId(3)), []);
    assert.deepEqual(await store.listWaiting(deviceId(1)), []);
  },

  "store gives the first answer again when an opening is resent": async (store) => {
    const alice = new Writer(await join(store, "alice", 1));
    const bob = new Writer(await join(store, "bob", 2));
    const opening = alice.opening(conversationId(1), bob.member);
    const known = { result: "known", seq: 1 };
    assert.deepEqual(await store.openDirect(opening), { result: "opened", seq: 1 });
    assert.deepEqual(await store.openDirect(opening), known);
    assert.equal(await store.countWaiting(deviceId(2)), 1);
    const next = { ...bob.opening(conversationId(2), alice.member), replaces: conversationId(1) };
    await store.openDirect(next);
    assert.deepEqual(await store.openDirect(opening), known);
  },

  "store opens no conversation with a device that the peer has not": async (store) => {
    const alice = new Writer(await join(store, "alice", 1));
    const bob = await join(store, "bob", 2);
    await join(store, "carol", 3);
    const wrong = [
      { account: bob.account, device: deviceId(3) },
      { account: accountId("zoe"), device: deviceId(2) },
      { account: bob.account, device: deviceId(9) },
    ];
    for (const peer of wrong) {
      const opening = alice.opening(conversationId(1), peer);
      assert.deepEqual(await store.openDirect(opening), { result: "unknown-device" });
    }
    assert.deepEqual(await store.listConversations(alice.member), []);
  },

  "SR-19: store replaces the present conversation and no other": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const next = conversationId(2);
    const replacing = { ...bob.opening(next, alice.member), replaces: conversation };
    assert.deepEqual(await store.openDirect(replacing), { result: "opened", seq: 1 });
    const late = { ...alice.opening(conversationId(3), bob.member), replaces: conversation };
    assert.deepEqual(await store.openDirect(late), { result: "taken", conversation: next });
    assert.deepEqual(
      (await store.listConversations(alice.member)).map((one) => one.conversation),
      [next],
    );
  },

  "store refuses to replace a conversation that two accounts never had": async (store) => {
    const alice = new Writer(await join(store, "alice", 1));
    const bob = await join(store, "bob", 2);
    const opening = { ...alice.opening(conversationId(1), bob), replaces: conversationId(9) };
    await assert.rejects(store.openDirect(opening), { code: "unknown-conversation" });
  },

  "SR-18: store refuses a conversation id that was used before": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const carol = new Writer(await join(store, "carol", 3));
    await assert.rejects(store.openDirect(carol.opening(conversation, alice.member)), {
      code: "bad-message",
    });
    const replacing = { ...bob.opening(conversation, alice.member), replaces: conversation };
    await assert.rejects(store.openDirect(replacing), { code: "bad-message" });
    assert.equal((await store.listConversations(alice.member)).length, 1);
  },

  "store delivers what waits in a closed conversation and takes nothing more for it": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    await store.append(alice.message(conversation, 1, "before"));
    const next = { ...alice.opening(conversationId(2), bob.member), replaces: conversation };
    await store.openDirect(next);
    const { device, account } = bob.member;
    assert.deepEqual(await read(store, device, conversation), [
      "welcome:welcome",
      "message:before",
    ]);
    assert.equal((await store.append(bob.message(conversation, 1))).result, "not-member");
    assert.equal((await store.commit(bob.commit(conversation, 1))).result, "not-member");
    assert.equal(await store.findGroup({ conversation, account }), undefined);
    await store.acknowledge({ device, conversation, seq: 2 });
    assert.equal(await store.countWaiting(device), 1);
  },

  "store lists conversations with peer, epoch and whether the device is in": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const tablet = await link(store, bob.member, 3);
    await store.commit(alice.commit(conversation, 1));
    const carol = new Writer(await join(store, "carol", 4));
    await store.openDirect(carol.opening(conversationId(2), bob.member));
    const summary = { conversation, epoch: 2 };
    assert.deepEqual(await store.listConversations(alice.member), [
      { ...summary, peer: "bob", member: true, welcome: false },
    ]);
    assert.deepEqual(await store.listConversations(tablet), [
      { ...summary, peer: "alice", member: false, welcome: false },
      { conversation: conversationId(2), peer: "carol", epoch: 1, member: false, welcome: false },
    ]);
    const welcomes = async () =>
      (await store.listConversations(bob.member)).map(({ welcome }) => welcome);
    assert.deepEqual(await welcomes(), [true, true]);
    await store.acknowledge({ device: bob.member.device, conversation, seq: 1 });
    assert.deepEqual(await welcomes(), [false, true]);
  },

  "store shows a group to the accounts of its conversation only": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const { account } = await join(store, "carol", 3);
    assert.deepEqual(await store.findGroup({ conversation, account: bob.member.account }), {
      epoch: 1,
      groupInfo: utf8("group info of 1"),
    });
    assert.equal(await store.findGroup({ conversation, account }), undefined);
    await store.commit(alice.commit(conversation, 1));
    const winner = (who: typeof account) =>
      store.findWinner({ conversation, account: who, epoch: 1 });
    assert.notEqual(await winner(alice.member.account), undefined);
    assert.equal(await winner(account), undefined);
  },
};
