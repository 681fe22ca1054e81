import assert from "node:assert/strict";
import type { EntryClaim } from "../../../lib/server/store/account_store.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import {
  conversationId,
  deviceId,
  fingerprintOf,
  join,
  link,
  newDevice,
  openPair,
  START_MS,
  Writer,
} from "./store_kit.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { change, commit, newRoom, openRoom } from "./store_rooms_kit.ts";
import type { Cases } from "./store_contract.ts";

const RECORD = "record of alice";

/** What both ways of asking say, which MUST be the same. */
async function ask(store: Store, claim: Omit<EntryClaim, "nowMs">): Promise<string> {
  const whole = { ...claim, nowMs: START_MS + 5 };
  const checked = await store.checkEntry(whole);
  const entered = await store.enter(whole);
  assert.equal(checked.result, entered.result);
  return entered.result;
}

const NOT_SIGNED_IN = { name: "Refusal", code: "not-signed-in" };

export const entryCases: Cases = {
  "SR-47: store takes nothing from whoever was let in before the password changed": async (
    store,
  ) => {
    const { alice, bob, conversation } = await openPair(store);
    const tablet = new Writer(await link(store, alice.member, 3));
    await store.commit({ ...tablet.commit(conversation, 1), joins: true });
    const { account, device } = alice.member;
    const said = alice.message(conversation, 2);
    await store.append(said);
    const passwordRecord = "another";
    const next = { account, passwordRecord, keepDevice: device };
    assert.equal(await store.replacePassword(next), 1);
    await assert.rejects(store.append(alice.message(conversation, 2)), NOT_SIGNED_IN);
    await assert.rejects(store.append(said), NOT_SIGNED_IN);
    await assert.rejects(store.commit(alice.commit(conversation, 2)), NOT_SIGNED_IN);
    await assert.rejects(
      store.openDirect(alice.opening(conversationId(2), bob.member)),
      NOT_SIGNED_IN,
    );
    alice.generation = tablet.generation = 1;
    const again = await store.append({ ...said, generation: 1 });
    assert.equal(again.result, "known");
    assert.equal((await store.append(alice.message(conversation, 2))).result, "appended");
    // It is signed out besides, until it brings the password.
    await assert.rejects(store.append(tablet.message(conversation, 2)), NOT_SIGNED_IN);
    const entered = await store.enter({ ...tablet.member, passwordRecord, nowMs: START_MS });
    assert.equal(entered.result === "entered" && entered.account.generation, 1);
    assert.equal((await store.append(tablet.message(conversation, 2))).result, "appended");
    assert.equal((await store.append(bob.message(conversation, 2))).result, "appended");
  },

  "SR-47: store takes nothing from a device that signed out, and from others of its account":
    async (store) => {
      const { alice, conversation } = await openPair(store);
      const tablet = new Writer(await link(store, alice.member, 3));
      await store.commit({ ...tablet.commit(conversation, 1), joins: true });
      await store.setSignedIn({ ...tablet.member, signedIn: false });
      await assert.rejects(store.append(tablet.message(conversation, 2)), NOT_SIGNED_IN);
      assert.equal((await store.append(alice.message(conversation, 2))).result, "appended");
      await store.setSignedIn({ ...tablet.member, signedIn: true });
      assert.equal((await store.append(tablet.message(conversation, 2))).result, "appended");
    },

  "SR-47: store takes nothing from whoever was let in before a kick, when that is over too": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    const { account } = bob.member;
    const order = { by: "operator", account, nowMs: START_MS } as const;
    const terms = { reason: "", untilMs: undefined };
    await store.addSanction({ ...order, ...terms, kind: "mute" });
    await store.liftSanction({ ...order, kind: "mute" });
    const joining = { ...commit(bob, 1, change(2)), joins: true };
    assert.equal((await store.commitToRoom(joining)).result, "committed");
    await store.addSanction({ ...order, ...terms, kind: "kick" });
    const founding = { ...newRoom(bob.member, [], conversationId(77)), numbers: [500] };
    for (const isOver of [false, true]) {
      if (isOver) await store.liftSanction({ ...order, kind: "kick" });
      await assert.rejects(store.commitToRoom({ ...commit(bob, 2, change(2)) }), NOT_SIGNED_IN);
      await assert.rejects(store.createRoom(founding), NOT_SIGNED_IN);
    }
    const entered = await store.enter({ ...bob.member, nowMs: START_MS });
    assert(entered.result === "entered");
    bob.generation = entered.account.generation;
    const created = await store.createRoom({ ...founding, generation: bob.generation });
    assert.equal(created.result, "created");
    assert.equal((await store.commitToRoom(commit(bob, 2, change(2)))).result, "committed");
    assert.equal((await store.commitToRoom(commit(alice, 3, change(2)))).result, "committed");
  },

  "SR-47: store takes nothing from whoever was let in before an account began again": async (
    store,
  ) => {
    const { alice, bob } = await openPair(store);
    const { account } = alice.member;
    await store.replaceIdentity({
      ...{ account, identity: fingerprintOf(7), rosterEntry: utf8("-"), recoveryCopy: utf8("-") },
      ...{ rotation: undefined, device: newDevice(7), nowMs: START_MS },
    });
    const again = new Writer({ account, device: deviceId(7) });
    const opening = {
      ...again.opening(conversationId(2), bob.member),
      replaces: conversationId(1),
    };
    await assert.rejects(store.openDirect(opening), NOT_SIGNED_IN);
    assert.equal((await store.openDirect({ ...opening, generation: 1 })).result, "opened");
  },

  "SR-47: store lets a device in that is signed in, and notes when": async (store) => {
    const { account, device } = await join(store, "alice", 1);
    const claim = { account, device, nowMs: START_MS + 5 };
    assert.equal((await store.checkEntry(claim)).result, "entered");
    assert.equal((await store.findDevice(account, device))?.lastSeenMs, START_MS);
    assert.equal((await store.enter(claim)).result, "entered");
    assert.equal((await store.findDevice(account, device))?.lastSeenMs, START_MS + 5);
  },

  "SR-47: store keeps a device out that was signed out, but for the password that holds": async (
    store,
  ) => {
    const { account, device } = await join(store, "alice", 1);
    await store.setSignedIn({ account, device, signedIn: false });
    assert.equal(await ask(store, { account, device }), "not-signed-in");
    const wrong = { account, device, passwordRecord: "the one before" };
    assert.equal(await ask(store, wrong), "password-changed");
    assert.equal((await store.findDevice(account, device))?.signedIn, false);
    assert.equal(await ask(store, { account, device, passwordRecord: RECORD }), "entered");
    assert.equal((await store.findDevice(account, device))?.signedIn, true);
    assert.equal(await ask(store, { account, device }), "entered");
  },

  "SR-03: store lets in by password alone without a trace, and no device that is not the account's":
    async (store) => {
      const { account, device } = await join(store, "alice", 1);
      const bob = await join(store, "bob", 2);
      assert.equal(await ask(store, { account, passwordRecord: RECORD }), "entered");
      assert.equal((await store.findDevice(account, device))?.lastSeenMs, START_MS);
      assert.equal(await ask(store, { account, device: bob.device }), "not-signed-in");
      const claim = { account, device: bob.device, passwordRecord: RECORD };
      assert.equal(await ask(store, claim), "not-signed-in");
      assert.equal((await store.findDevice(bob.account, bob.device))?.lastSeenMs, START_MS);
    },

  "SR-47: store lets nobody in who is kicked, until it ends": async (store) => {
    const { account, device } = await join(store, "alice", 1);
    const kick = { by: "operator", account, kind: "kick", reason: "", nowMs: START_MS } as const;
    await store.addSanction({ ...kick, untilMs: START_MS + 6 });
    assert.equal(await ask(store, { account, device }), "kicked");
    assert.equal((await store.findDevice(account, device))?.lastSeenMs, START_MS);
    const later = { account, device, nowMs: START_MS + 6 };
    assert.equal((await store.enter(later)).result, "entered");
  },

  "store tells who comes in whom to tell, and its highest outbox number": async (store) => {
    const { alice, bob } = await openPair(store);
    const entered = await store.enter({ ...alice.member, nowMs: START_MS });
    assert(entered.result === "entered");
    assert.deepEqual(entered.peers, [bob.member.account]);
    assert.equal(entered.highestNumber, await store.highestNumber(deviceId(1)));
    assert(entered.highestNumber > 0);
    assert.equal(entered.account.account, alice.member.account);
  },
};
