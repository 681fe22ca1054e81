import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { DAY_MS, deviceId, join, link, openPair, read, START_MS } from "./store_kit.ts";
import { openRoom, ROOM } from "./store_rooms_kit.ts";
import type { Cases } from "./store_contract.ts";

async function expireAll(store: Store, nowMs: number): Promise<number> {
  let calls = 1;
  while ((await store.expire(nowMs)).more) calls++;
  return calls;
}

export const expiryCases: Cases = {
  "SR-54: store keeps an unfetched envelope for 30 days and no longer": async (store) => {
    const { alice, conversation } = await openPair(store);
    await store.append({ ...alice.message(conversation, 1, "late"), nowMs: START_MS + DAY_MS });
    await expireAll(store, START_MS + 30 * DAY_MS);
    assert.equal(await store.countWaiting(deviceId(2)), 2);
    await expireAll(store, START_MS + 30 * DAY_MS + 1);
    assert.deepEqual(await read(store, deviceId(2), conversation), ["message:late"]);
    assert.equal(await store.countWaiting(deviceId(2)), 1);
    await expireAll(store, START_MS + 31 * DAY_MS + 1);
    assert.deepEqual(await store.listWaiting(deviceId(2)), []);
    assert.equal(await store.countWaiting(deviceId(2)), 0);
  },

  "SR-54: store gives the room of expired envelopes back": async (store) => {
    const { alice, conversation } = await openPair(store);
    const limits = { perDeviceBytes: 1000, perSenderBytes: 1000 };
    const send = () =>
      store.append({ ...alice.message(conversation, 1), body: new Uint8Array(400), limits });
    assert.equal((await send()).result, "appended");
    assert.equal((await send()).result, "quota-exceeded");
    await expireAll(store, START_MS + 31 * DAY_MS);
    assert.equal((await send()).result, "appended");
  },

  "store keeps what is appended after all before it was expired": async (store) => {
    const { alice, conversation } = await openPair(store);
    const nowMs = START_MS + 31 * DAY_MS;
    await expireAll(store, nowMs);
    await store.append({ ...alice.message(conversation, 1, "new"), nowMs });
    await expireAll(store, nowMs);
    assert.deepEqual(await read(store, deviceId(2), conversation), ["message:new"]);
    await expireAll(store, nowMs + 31 * DAY_MS);
    assert.equal(await store.countWaiting(deviceId(2)), 0);
  },

  "SR-23: store remembers the highest outbox number when its envelope is expired": async (
    store,
  ) => {
    const { alice, conversation } = await openPair(store);
    await store.append({ ...alice.message(conversation, 1), number: 77 });
    await expireAll(store, START_MS + 31 * DAY_MS);
    assert.equal(await store.highestNumber(deviceId(1)), 77);
    assert.equal(await store.highestNumber(deviceId(2)), 0);
  },

  "SR-21: store remembers the winner of an epoch when its commit is expired": async (store) => {
    const { alice, conversation } = await openPair(store);
    const commit = alice.commit(conversation, 1);
    await store.commit(commit);
    await expireAll(store, START_MS + 31 * DAY_MS);
    const { account } = alice.member;
    assert.equal(await store.findWinner({ conversation, account, epoch: 1 }), commit.envelope);
    const next = await store.append(alice.message(conversation, 2));
    assert.equal(next.result === "appended" && next.seq, 3);
  },

  "store expires a bounded number of envelopes per call": async (store) => {
    const { alice, conversation } = await openPair(store);
    const appends = Array.from(
      { length: 1500 },
      () => store.append(alice.message(conversation, 1)),
    );
    await Promise.all(appends);
    await store.expire(START_MS + 31 * DAY_MS);
    assert.equal(await store.countWaiting(deviceId(2)), 1001);
    assert.equal(await expireAll(store, START_MS + 31 * DAY_MS), 4);
    assert.equal(await store.countWaiting(deviceId(2)), 0);
  },

  "store expires a bounded number of bytes per call": async (store) => {
    const { alice, conversation } = await openPair(store);
    const body = new Uint8Array(900 * 1024);
    for (let i = 0; i < 6; i++) await store.append({ ...alice.message(conversation, 1), body });
    await store.expire(START_MS + 31 * DAY_MS);
    assert.equal(await store.countWaiting(deviceId(2)), 1);
    await expireAll(store, START_MS + 31 * DAY_MS);
    assert.equal(await store.countWaiting(deviceId(2)), 0);
  },

  "SR-13: store hands out no key package past 28 days": async (store) => {
    const { account, device } = await join(store, "alice", 1);
    const publish = (text: string, lastResort: boolean, nowMs: number) =>
      store.publishKeyPackages({ device, packages: [utf8(text)], lastResort, nowMs });
    await publish("old", false, START_MS);
    await publish("new", false, START_MS + 1);
    await publish("last", true, START_MS);
    await expireAll(store, START_MS + 28 * DAY_MS + 1);
    assert.deepEqual(await store.countKeyPackages(device), { oneTime: 1, lastResort: false });
    assert.deepEqual((await store.takeKeyPackage(account))?.keyPackage, utf8("new"));
  },

  "store forgets what is over, and nothing that is not yet": async (store) => {
    const { alice, bob } = await openRoom(store);
    const soonMs = START_MS + DAY_MS;
    const laterMs = START_MS + 400 * DAY_MS;
    const people = [alice.member.account, bob.member.account];
    for (const [i, expiresMs] of [soonMs, laterMs].entries()) {
      await store.addToken({ hash: utf8(`token ${i}`), uses: 1, expiresMs });
      await store.addSanction({
        ...{ by: "operator", kind: "mute", account: people[i], untilMs: expiresMs },
        ...{ reason: `${i}`, nowMs: START_MS + 200 * i * DAY_MS },
      });
      const account = (await join(store, `guest${i}`, 20 + i)).account;
      const invited = { conversation: ROOM, by: people[0], account, version: 2, expiresMs };
      assert.equal(await store.inviteToRoom({ ...invited, entry: utf8("x") }), "invited");
    }
    await expireAll(store, START_MS + 200 * DAY_MS);
    const usable = [0, 1].map((i) =>
      store.checkToken({ hash: utf8(`token ${i}`), nowMs: START_MS })
    );
    assert.deepEqual(await Promise.all(usable), [false, true]);
    const muted = await store.listSanctions({ kind: "mute", limit: 9, nowMs: START_MS });
    assert.deepEqual(muted.map(({ account }) => account), [people[1]]);
    const guests = await store.listRoomGuests({ conversation: ROOM, after: undefined, limit: 9 });
    assert.deepEqual(guests.map(({ account }) => account), ["guest1"]);
    const record = await store.listAudit({ limit: 9 });
    assert.deepEqual(record.map(({ detail }) => detail), ["1"]);
  },

  "SR-23: store remembers the highest outbox number when a lower one is expired after it": async (
    store,
  ) => {
    const { alice, conversation } = await openPair(store);
    // The clock was set back between the two.
    const first = { ...alice.message(conversation, 1), nowMs: START_MS + DAY_MS };
    const second = alice.message(conversation, 1);
    await store.append(first);
    await store.append(second);
    for (const days of [31, 32]) await expireAll(store, START_MS + days * DAY_MS);
    assert.equal(await store.highestNumber(deviceId(1)), second.number);
  },

  "store expires a Welcome alone, which has no number of its own": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const added = await link(store, bob.member, 3);
    // With the first Welcome and the commit as many as one call deletes.
    await Promise.all(
      Array.from({ length: 498 }, () => store.append(alice.message(conversation, 1, ""))),
    );
    await store.commit({ ...alice.commit(conversation, 1), added: [added], welcome: utf8("w") });
    await expireAll(store, START_MS + 31 * DAY_MS);
    assert.equal(await store.countWaiting(added.device), 0);
  },

  "store forgets expired tokens": async (store) => {
    const hash = utf8("token");
    await store.addToken({ hash, uses: 1, expiresMs: START_MS });
    await expireAll(store, START_MS);
    // Known ones stay as they are, so this one was forgotten.
    await store.addToken({ hash, uses: 1, expiresMs: START_MS + 1 });
    assert.equal(await store.checkToken({ hash, nowMs: START_MS }), true);
  },
};
