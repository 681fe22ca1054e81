/** Whose key packages the store gives away, and which; and who may do what to whom. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../lib/relay/log_rules.ts";
import type { Cases } from "./store_contract.ts";
import { conversationId, deviceId, join, link, openPair, START_MS, Writer } from "./store_kit.ts";
import type { ConversationId } from "../../../lib/base/ids.ts";

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

  "store takes for no owner whoever is kicked now, and nobody else": async (store) => {
    const { account } = await join(store, "alice", 1);
    const { account: other } = await join(store, "bob", 2);
    const by = { by: "operator", nowMs: START_MS } as const;
    for (const one of [account, other]) {
      await store.grantRole({ ...by, account: one, role: "owner" });
    }
    const demoted = async (nowMs: number) => {
      const asked = { by: "operator", account, nowMs } as const;
      const { result } = await store.grantRole({ ...asked, role: "moderator" });
      if (result === "done") await store.grantRole({ ...asked, role: "owner" });
      return result;
    };
    const terms = { ...by, account: other, untilMs: START_MS + 10, reason: "" };
    await store.addSanction({ ...terms, kind: "mute" });
    assert.equal(await demoted(START_MS), "done");
    await store.addSanction({ ...terms, kind: "kick" });
    assert.equal(await demoted(START_MS), "last-owner");
    assert.equal(await demoted(START_MS + 10), "done");
  },

  "store keeps mutes and kicks of an account apart": async (store) => {
    const alice = await join(store, "alice", 1);
    const { account } = alice;
    const by = { by: "operator", account, nowMs: START_MS } as const;
    const terms = { ...by, untilMs: undefined, reason: "" };
    const held = async () => {
      const kinds = ["kick", "mute"] as const;
      const found = await Promise.all(
        kinds.map((kind) => store.findSanction({ kind, account, nowMs: START_MS })),
      );
      return found.map((sanction) => sanction?.kind);
    };
    await store.addSanction({ ...terms, kind: "mute" });
    assert.deepEqual(await held(), [undefined, "mute"]);
    assert.equal((await store.enter({ ...alice, nowMs: START_MS })).result, "entered");
    assert.equal((await store.liftSanction({ ...by, kind: "kick" })).result, "none");
    assert.deepEqual(await held(), [undefined, "mute"]);
    await store.addSanction({ ...terms, kind: "kick" });
    assert.equal((await store.liftSanction({ ...by, kind: "mute" })).result, "done");
    assert.deepEqual(await held(), ["kick", undefined]);
  },

  "SR-54: store counts for a mailbox what waits for its device and nothing else": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const size = 100 + ENVELOPE_OVERHEAD_BYTES;
    const limits = { perDeviceBytes: 6 * size, perSenderBytes: 6 * size };
    const say = async (writer: Writer, where: ConversationId, epoch: number) =>
      (await store.append({ ...writer.message(where, epoch, "x".repeat(100)), limits })).result;
    // What Dave says stays, for Bob's second device has not read it; the first one has.
    const dave = new Writer(await join(store, "dave", 4));
    const other = conversationId(2);
    await store.openDirect(dave.opening(other, bob.member));
    const second = new Writer(await link(store, bob.member, 3));
    await store.commit({ ...second.commit(other, 1), joins: true });
    const { device } = bob.member;
    await store.acknowledge({ device, conversation: other, seq: 100 });
    for (let i = 0; i < 4; i++) assert.equal(await say(dave, other, 2), "appended");
    await store.acknowledge({ device, conversation: other, seq: 100 });
    await store.acknowledge({ device, conversation, seq: 100 });
    // One that waits for Bob, and six that he says himself.
    assert.equal(await say(alice, conversation, 1), "appended");
    for (let i = 0; i < 6; i++) assert.equal(await say(bob, conversation, 1), "appended");
    for (let i = 0; i < 5; i++) assert.equal(await say(alice, conversation, 1), "appended");
    assert.equal(await say(alice, conversation, 1), "quota-exceeded");
  },

  "SR-54: store counts a Welcome for the mailbox of its device alone": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const size = 100 + ENVELOPE_OVERHEAD_BYTES;
    const limits = { perDeviceBytes: 6 * size, perSenderBytes: 6 * size };
    const body = new Uint8Array(100);
    const say = async (epoch: number) =>
      (await store.append({ ...alice.message(conversation, epoch), body, limits })).result;
    const read = { device: bob.member.device, conversation, seq: 100 };
    await store.acknowledge(read);
    for (let i = 0; i < 4; i++) assert.equal(await say(1), "appended");
    const added = await link(store, bob.member, 3);
    const welcome = new Uint8Array(3 * size - ENVELOPE_OVERHEAD_BYTES);
    await store.commit({ ...alice.commit(conversation, 1), body, added: [added], welcome });
    // Four, the commit and this one wait for the first device; the Welcome and this one for the second.
    assert.equal(await say(2), "appended");
    await store.acknowledge(read);
    for (let i = 0; i < 2; i++) assert.equal(await say(2), "appended");
    assert.equal(await say(2), "quota-exceeded");
  },

  "SR-54: store counts what a device has not read, when it has read a part": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const { device } = bob.member;
    const bytes = 3 * (100 + ENVELOPE_OVERHEAD_BYTES);
    const limits = { perDeviceBytes: bytes, perSenderBytes: bytes };
    const body = new Uint8Array(100);
    const say = () => store.append({ ...alice.message(conversation, 1), body, limits });
    await store.acknowledge({ device, conversation, seq: 100 });
    const first = await say();
    assert(first.result === "appended");
    for (let i = 0; i < 2; i++) assert.equal((await say()).result, "appended");
    await store.acknowledge({ device, conversation, seq: first.seq });
    assert.equal((await say()).result, "appended");
    assert.equal((await say()).result, "quota-exceeded");
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
