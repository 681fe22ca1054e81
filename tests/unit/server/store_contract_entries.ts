import assert from "node:assert/strict";
import type { EntryClaim } from "../../../lib/server/store/account_store.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { deviceId, join, openPair, START_MS } from "./store_kit.ts";
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

export const entryCases: Cases = {
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
