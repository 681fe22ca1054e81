import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { conversationId, deviceId, join, link, openPair, read, Writer } from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

export const commitCases: Cases = {
  "SR-21: store lets one of two commits win an epoch and tells which": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const commits = [alice.commit(conversation, 1), bob.commit(conversation, 1)];
    const results = await Promise.all(commits.map((commit) => store.commit(commit)));
    assert.deepEqual(results, [
      { result: "committed", seq: 2, epoch: 2, recipients: [bob.member] },
      { result: "conflict", epoch: 2 },
    ]);
    const { account } = bob.member;
    assert.equal(
      await store.findWinner({ conversation, account, epoch: 1 }),
      commits[0].envelope,
    );
    assert.equal(await store.findWinner({ conversation, account, epoch: 2 }), undefined);
    const group = await store.findGroup({ conversation, account });
    assert.equal(group?.epoch, 2);
    assert.deepEqual(group?.groupInfo, utf8("group info of 2"));
  },

  "SR-25: store refuses a commit for a passed and for a future epoch": async (store) => {
    const { alice, conversation } = await openPair(store);
    await store.commit(alice.commit(conversation, 1));
    for (const epoch of [0, 1, 3]) {
      const outcome = await store.commit(alice.commit(conversation, epoch));
      assert.deepEqual(outcome, { result: "conflict", epoch: 2 });
    }
  },

  "SR-20: store gives the first answer again when a commit is resent": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const commit = alice.commit(conversation, 1);
    const first = await store.commit(commit);
    await store.commit(bob.commit(conversation, 2));
    assert(first.result === "committed");
    const known = { result: "known", seq: first.seq, epoch: first.epoch };
    assert.deepEqual(await store.commit(commit), known);
    assert.deepEqual(await read(store, deviceId(2), conversation), [
      "welcome:welcome",
      "commit:commit of 1",
    ]);
  },

  "SR-35: store takes no commit from outside the delivery list": async (store) => {
    const { bob, conversation } = await openPair(store);
    const tablet = new Writer(await link(store, bob.member, 3));
    const carol = new Writer(await join(store, "carol", 4));
    const no = { result: "not-member" };
    assert.deepEqual(await store.commit(tablet.commit(conversation, 1)), no);
    const joining = { ...carol.commit(conversation, 1), joins: true };
    assert.deepEqual(await store.commit(joining), no);
    assert.deepEqual(await store.commit(bob.commit(conversationId(9), 1)), no);
  },

  "SR-17: store lets another device of the two accounts join, from its own commit on": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    const tablet = new Writer(await link(store, bob.member, 3));
    await store.append(alice.message(conversation, 1, "before"));
    const joined = await store.commit({ ...tablet.commit(conversation, 1), joins: true });
    assert.deepEqual(joined, {
      result: "committed",
      seq: 3,
      epoch: 2,
      recipients: [alice.member, bob.member],
    });
    await store.append(alice.message(conversation, 2, "after"));
    assert.deepEqual(await read(store, deviceId(3), conversation), ["message:after"]);
    assert.deepEqual(await store.listWaiting(deviceId(3)), [{ conversation, afterSeq: 3 }]);
    assert.equal(await store.countWaiting(deviceId(3)), 1);
  },

  "store gives an added device its Welcome and the others the commit": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const tablet = await link(store, bob.member, 3);
    const outcome = await store.commit({
      ...alice.commit(conversation, 1),
      added: [tablet],
      welcome: utf8("second"),
    });
    assert.deepEqual(outcome, {
      result: "committed",
      seq: 2,
      epoch: 2,
      recipients: [bob.member],
    });
    await store.append(bob.message(conversation, 2, "hello"));
    assert.deepEqual(await read(store, tablet.device, conversation), [
      "welcome:second",
      "message:hello",
    ]);
    assert.deepEqual(await store.listWaiting(tablet.device), [{ conversation, afterSeq: 2 }]);
    assert.deepEqual(await read(store, deviceId(2), conversation), [
      "welcome:welcome",
      "commit:commit of 1",
    ]);
    // What the committer itself sent does not wait for it.
    assert.deepEqual(await store.listWaiting(deviceId(1)), [{ conversation, afterSeq: 3 }]);
  },

  "SR-17: store adds no device of another account": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const carol = await join(store, "carol", 3);
    const adding = { ...alice.commit(conversation, 1), welcome: utf8("w") };
    await assert.rejects(store.commit({ ...adding, added: [carol] }), { code: "no-device" });
    const bobs = await link(store, bob.member, 4);
    for (const device of [carol.device, bobs.device]) {
      const liar = { account: alice.member.account, device };
      await assert.rejects(store.commit({ ...adding, added: [liar] }), { code: "no-device" });
    }
    assert.deepEqual(
      (await store.findGroup({ conversation, account: alice.member.account }))?.epoch,
      1,
    );
  },

  "store refuses an addition without a Welcome, and a Welcome for nobody": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const tablet = await link(store, bob.member, 3);
    const code = { code: "bad-message" };
    await assert.rejects(
      store.commit({ ...alice.commit(conversation, 1), added: [tablet] }),
      code,
    );
    await assert.rejects(
      store.commit({ ...alice.commit(conversation, 1), welcome: utf8("w") }),
      code,
    );
  },

  "store delivers nothing more to a removed device, not even what waited": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    await store.append(alice.message(conversation, 1));
    const outcome = await store.commit({
      ...alice.commit(conversation, 1),
      removed: [bob.member],
    });
    assert.deepEqual(outcome, { result: "committed", seq: 3, epoch: 2, recipients: [] });
    assert.equal(await store.countWaiting(deviceId(2)), 0);
    assert.deepEqual(await store.listWaiting(deviceId(2)), []);
    assert.deepEqual(await read(store, deviceId(2), conversation), []);
    assert.equal((await store.append(bob.message(conversation, 2))).result, "not-member");
    await store.acknowledge({ device: deviceId(2), conversation, seq: 3 });
  },

  "SR-54: store keeps what waits for a member that joins anew": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    await store.append(alice.message(conversation, 1, "waiting"));
    const rejoining = { ...bob.commit(conversation, 1), joins: true, removed: [bob.member] };
    assert.equal((await store.commit(rejoining)).result, "committed");
    assert.deepEqual(await read(store, deviceId(2), conversation), [
      "welcome:welcome",
      "message:waiting",
    ]);
    assert.equal(await store.countWaiting(deviceId(2)), 2);
  },

  "store takes a removed device in again when it joins anew": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    await store.commit({ ...alice.commit(conversation, 1), removed: [bob.member] });
    const joining = { ...bob.commit(conversation, 2), joins: true };
    assert.equal((await store.commit(joining)).result, "committed");
    await store.append(alice.message(conversation, 3, "again"));
    assert.deepEqual(await read(store, deviceId(2), conversation), ["message:again"]);
  },
};
