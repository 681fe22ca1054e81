/** Whose key packages the store gives away, and which; and who may do what to whom. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Member } from "../../../lib/server/store/submission.ts";
import type { Cases } from "./store_contract.ts";
import { deviceId, join, link, openPair, START_MS } from "./store_kit.ts";

function publish(store: Store, { device }: Member, names: readonly string[], lastResort = false) {
  const packages = names.map(utf8);
  return store.publishKeyPackages({ device, packages, lastResort, nowMs: START_MS });
}

const textOf = (taken: { keyPackage: Uint8Array } | undefined) =>
  taken && new TextDecoder().decode(taken.keyPackage);

export const keyCases: Cases = {
  "SR-30: store gives the key packages of the one account, but for devices that are left out":
    async (store) => {
      const alice = await join(store, "alice", 1);
      const second = await link(store, alice, 3);
      const bob = await join(store, "bob", 2);
      assert.equal(await publish(store, alice, ["first"]), 1);
      assert.equal(await publish(store, second, ["second"]), 1);
      assert.equal(await publish(store, bob, ["bob's"]), 1);
      await store.setLastSeen({ ...bob, nowMs: START_MS + 5 });
      const { account } = alice;
      assert.equal(textOf(await store.takeKeyPackage(account, [second.device])), "first");
      assert.equal(await store.takeKeyPackage(account, [second.device]), undefined);
      assert.equal(textOf(await store.takeKeyPackage(account)), "second");
      assert.equal(await store.takeKeyPackage(account), undefined);
    },

  "SR-30: store keeps the last-resort key package, however many others are newer": async (
    store,
  ) => {
    const alice = await join(store, "alice", 1);
    await publish(store, alice, ["last resort"], true);
    await publish(store, alice, Array.from({ length: 101 }, (_, i) => `${i}`));
    const left = await store.countKeyPackages(alice.device);
    assert.deepEqual(left, { oneTime: 100, lastResort: true });
  },

  "SR-23: store remembers no outbox number for a device that was removed": async (store) => {
    const { alice } = await openPair(store);
    const { account, device } = alice.member;
    assert.equal(await store.highestNumber(device), 1);
    const list = { revocation: utf8("list"), present: 0, sequence: 1 };
    await store.removeDevices({ account, devices: [device], ...list });
    assert.equal(await store.highestNumber(device), 0);
    assert.equal(await store.highestNumber(deviceId(2)), 0);
  },

  "store mutes the last owner, for a server has an owner all the same": async (store) => {
    const { account } = await join(store, "alice", 1);
    await store.grantRole({ by: "operator", account, role: "owner", nowMs: START_MS });
    const terms = { by: "operator", account, untilMs: undefined, reason: "" } as const;
    const of = { ...terms, nowMs: START_MS };
    assert.equal((await store.addSanction({ ...of, kind: "kick" })).result, "last-owner");
    assert.equal((await store.addSanction({ ...of, kind: "mute" })).result, "done");
  },

  "SR-57: store lets nobody lift or write down what their role does not allow": async (store) => {
    const { account: by } = await join(store, "alice", 1);
    const { account } = await join(store, "bob", 2);
    const terms = { untilMs: undefined, reason: "", nowMs: START_MS };
    await store.addSanction({ by: "operator", account, kind: "mute", ...terms });
    const asked = { by, account, nowMs: START_MS };
    assert.equal((await store.liftSanction({ ...asked, kind: "mute" })).result, "not-permitted");
    const line = { action: "unlock", detail: "" } as const;
    assert.equal(
      (await store.recordModerationAction({ ...asked, ...line })).result,
      "not-permitted",
    );
    assert.equal((await store.listAudit({ limit: 9 })).length, 1);
    const held = await store.findSanction({ kind: "mute", account, nowMs: START_MS });
    assert.equal(held?.account, account);
  },
};
