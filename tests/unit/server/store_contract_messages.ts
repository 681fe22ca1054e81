import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import {
  conversationId,
  deviceId,
  join,
  link,
  newDevice,
  openPair,
  read,
  START_MS,
  Writer,
} from "./store_kit.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../lib/relay/log_rules.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Cases } from "./store_contract.ts";

const sealed = (sizeBytes: number) => new Uint8Array(sizeBytes - ENVELOPE_OVERHEAD_BYTES);

/** Alice's conversations with Bob (1) and Carol (2), nothing waiting. */
async function openTwo(store: Store) {
  const { alice, bob } = await openPair(store);
  const carol = new Writer(await join(store, "carol", 3));
  await store.openDirect(carol.opening(conversationId(2), alice.member));
  for (const [device, n] of [[1, 2], [2, 1]]) {
    await store.acknowledge({
      device: deviceId(device),
      conversation: conversationId(n),
      seq: 1,
    });
  }
  return { alice, bob, carol };
}

export const messageCases: Cases = {
  "store appends messages in order for all members but the sender": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const tablet = new Writer(await link(store, bob.member, 3));
    await store.commit({ ...tablet.commit(conversation, 1), joins: true });
    const first = store.append({ ...alice.message(conversation, 2, "one"), nowMs: START_MS + 7 });
    const second = store.append(bob.message(conversation, 2, "two"));
    assert.deepEqual(await first, {
      result: "appended",
      seq: 3,
      atMs: START_MS + 7,
      place: undefined,
      listVersion: 3,
      recipients: [bob.member, tablet.member],
    });
    assert.deepEqual(await second, {
      result: "appended",
      seq: 4,
      atMs: START_MS,
      place: undefined,
      listVersion: 3,
      recipients: [alice.member, tablet.member],
    });
    assert.deepEqual(await read(store, deviceId(1), conversation), [
      "commit:commit of 1",
      "message:two",
    ]);
    assert.deepEqual(await read(store, deviceId(3), conversation), ["message:one", "message:two"]);
  },

  "SR-20: store gives the first answer again when a message is resent": async (store) => {
    const { alice, conversation } = await openPair(store);
    const message = alice.message(conversation, 1, "once");
    const [first, again] = await Promise.all([store.append(message), store.append(message)]);
    assert(first.result === "appended");
    const expected = { result: "known", seq: first.seq, atMs: first.atMs, place: undefined };
    assert.deepEqual(again, expected);
    for (let epoch = 1; epoch < 6; epoch++) await store.commit(alice.commit(conversation, epoch));
    assert.deepEqual(await store.append({ ...message, nowMs: START_MS + 9 }), expected);
    const texts = await read(store, deviceId(2), conversation);
    assert.equal(texts.filter((text) => text === "message:once").length, 1);
  },

  "store tells who gets a message when the caller does not know, and not otherwise": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    const say = async (knownList?: number) => {
      const message = alice.message(conversation, 1);
      const said = await store.append(
        knownList === undefined ? message : { ...message, knownList },
      );
      assert(said.result === "appended");
      return said;
    };
    const { listVersion, recipients } = await say();
    assert(listVersion !== undefined);
    assert.deepEqual(recipients, [bob.member]);
    assert.deepEqual((await say(listVersion)).recipients, undefined);
    assert.deepEqual((await say(listVersion - 1)).recipients, [bob.member]);
    const tablet = new Writer(await link(store, bob.member, 3));
    await store.commit({ ...tablet.commit(conversation, 1), joins: true });
    const joined = await say(listVersion);
    assert.deepEqual(joined.recipients, [bob.member, tablet.member]);
    await store.commit({ ...alice.commit(conversation, 2), removed: [tablet.member] });
    assert.deepEqual((await say(joined.listVersion)).recipients, [bob.member]);
  },

  "SR-23: store refuses an outbox number that was used for another envelope": async (store) => {
    const { alice, conversation } = await openPair(store);
    const message = alice.message(conversation, 1);
    await store.append(message);
    const restored = { ...alice.message(conversation, 1), number: message.number };
    await assert.rejects(store.append(restored), { name: "Refusal", code: "bad-message" });
    const elsewhere = { ...message, conversation: conversationId(9) };
    await assert.rejects(store.append(elsewhere), { name: "Refusal", code: "bad-message" });
    const asCommit = { ...alice.commit(conversation, 1), ...message };
    await assert.rejects(store.commit(asCommit), { name: "Refusal", code: "bad-message" });
    assert.equal(await store.countWaiting(deviceId(2)), 2);
  },

  "SR-23: store tells the highest outbox number of a device": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    assert.equal(await store.highestNumber(deviceId(2)), 0);
    await store.append({ ...bob.message(conversation, 1), number: 70 });
    await store.append({ ...bob.message(conversation, 1), number: 50 });
    assert.equal(await store.highestNumber(deviceId(2)), 70);
    assert.equal(await store.highestNumber(deviceId(1)), 1);
    await store.commit({ ...alice.commit(conversation, 1), number: 90 });
    assert.equal(await store.highestNumber(deviceId(1)), 90);
    assert.equal(await store.highestNumber(deviceId(9)), 0);
  },

  "store refuses an envelope id that is in the conversation, and nothing else": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const message = alice.message(conversation, 1, "one");
    const copy = { ...bob.message(conversation, 1, "copy"), envelope: message.envelope };
    const [first, second, third] = await Promise.allSettled([
      store.append(message),
      store.append(copy),
      store.append(bob.message(conversation, 1, "three")),
    ]);
    assert.equal(first.status === "fulfilled" && first.value.result, "appended");
    assert.equal(second.status === "rejected" && second.reason.code, "envelope-known");
    assert(third.status === "fulfilled" && third.value.result === "appended");
    assert.equal(third.value.seq, 3);
    assert.equal(await store.countWaiting(deviceId(1)), 1);
  },

  "SR-53: store takes no message from outside the conversation": async (store) => {
    const { bob, conversation } = await openPair(store);
    const carol = new Writer(await join(store, "carol", 3));
    const tablet = new Writer(await link(store, bob.member, 4));
    for (const stranger of [carol, tablet]) {
      const outcome = await store.append(stranger.message(conversation, 1));
      assert.deepEqual(outcome, { result: "not-member" });
    }
    assert.equal((await store.append(bob.message(conversationId(9), 1))).result, "not-member");
    const liar = { ...carol.message(conversation, 1), account: bob.member.account };
    await assert.rejects(store.append(liar), { code: "device-refused" });
  },

  "store takes messages of the present epoch and of the three before it": async (store) => {
    const { alice, conversation } = await openPair(store);
    for (let epoch = 1; epoch < 6; epoch++) await store.commit(alice.commit(conversation, epoch));
    for (const epoch of [3, 6]) {
      assert.equal((await store.append(alice.message(conversation, epoch))).result, "appended");
    }
    for (const epoch of [2, 7]) {
      const outcome = await store.append(alice.message(conversation, epoch));
      assert.deepEqual(outcome, { result: "stale-epoch", epoch: 6 });
    }
  },

  "SR-54: store refuses a sender whose share of a mailbox is full, until it is emptied": async (
    store,
  ) => {
    const { alice } = await openTwo(store);
    const limits = { perDeviceBytes: 10_000, perSenderBytes: 1000 };
    const message = (sizeBytes: number) => ({
      ...alice.message(conversationId(1), 1),
      body: sealed(sizeBytes),
      limits,
    });
    assert.equal((await store.append(message(600))).result, "appended");
    const tooMuch = message(401);
    assert.deepEqual(await store.append(tooMuch), { result: "quota-exceeded" });
    assert.equal((await store.append(message(400))).result, "appended");
    await store.acknowledge({ device: deviceId(2), conversation: conversationId(1), seq: 2 });
    // The refused one was not remembered, and is judged again.
    assert.equal((await store.append(tooMuch)).result, "appended");
  },

  "SR-54: store refuses all senders when a mailbox is full over all conversations": async (
    store,
  ) => {
    const { bob, carol } = await openTwo(store);
    const limits = { perDeviceBytes: 1000, perSenderBytes: 1000 };
    const send = (from: Writer, n: number, sizeBytes: number) =>
      store.append({
        ...from.message(conversationId(n), 1),
        body: sealed(sizeBytes),
        limits,
      });
    assert.equal((await send(bob, 1, 700)).result, "appended");
    assert.equal((await send(carol, 2, 301)).result, "quota-exceeded");
    assert.equal((await send(carol, 2, 300)).result, "appended");
    assert.equal((await send(bob, 1, 256)).result, "quota-exceeded");
    await store.acknowledge({ device: deviceId(1), conversation: conversationId(2), seq: 2 });
    assert.equal((await send(bob, 1, 256)).result, "appended");
  },

  "SR-54: store leaves other senders their share of a mailbox": async (store) => {
    const { bob, carol } = await openTwo(store);
    const limits = { perDeviceBytes: 10_000, perSenderBytes: 1000 };
    const body = sealed(900);
    const one = await store.append({ ...bob.message(conversationId(1), 1), body, limits });
    const two = await store.append({ ...carol.message(conversationId(2), 1), body, limits });
    assert.deepEqual([one.result, two.result], ["appended", "appended"]);
  },

  "SR-54: store counts nothing against a sender's own other conversations": async (store) => {
    const { alice, bob } = await openTwo(store);
    const limits = { perDeviceBytes: 600, perSenderBytes: 600 };
    const body = sealed(600);
    const one = await store.append({ ...alice.message(conversationId(1), 1), body, limits });
    const two = await store.append({ ...alice.message(conversationId(2), 1), body, limits });
    const back = await store.append({ ...bob.message(conversationId(1), 1), body, limits });
    assert.deepEqual([one.result, two.result, back.result], Array(3).fill("appended"));
  },

  "SR-54: store counts nothing against a device that it said itself while it was behind": async (
    store,
  ) => {
    const { alice, bob } = await openTwo(store);
    const limits = { perDeviceBytes: 10_000, perSenderBytes: 1000 };
    const say = (from: Writer, sizeBytes: number) =>
      store.append({ ...from.message(conversationId(1), 1), body: sealed(sizeBytes), limits });
    assert.equal((await say(bob, 300)).result, "appended");
    for (const bytes of [900, 300]) {
      const said = await say(alice, bytes);
      assert(said.result === "appended");
      await store.acknowledge({
        device: deviceId(2),
        conversation: conversationId(1),
        seq: said.seq,
      });
    }
    assert.equal((await say(bob, 300)).result, "appended");
    assert.equal((await say(bob, 600)).result, "quota-exceeded");
  },

  "SR-54: store gives the room back when a device is removed": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const limits = { perDeviceBytes: 1500, perSenderBytes: 1500 };
    const send = () =>
      store.append({ ...alice.message(conversation, 1), body: sealed(1000), limits });
    await store.acknowledge({ device: deviceId(2), conversation, seq: 1 });
    assert.equal((await send()).result, "appended");
    assert.equal((await send()).result, "quota-exceeded");
    const { account } = bob.member;
    await store.addDevice({ account, device: newDevice(5), nowMs: START_MS });
    await store.commit({ ...alice.commit(conversation, 1), removed: [bob.member] });
    const tablet = new Writer({ account, device: deviceId(5) });
    await store.commit({ ...tablet.commit(conversation, 2), joins: true });
    const body = utf8("small");
    const after = await store.append({ ...alice.message(conversation, 3), body, limits });
    assert.equal(after.result, "appended");
  },
};
