import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../lib/relay/log_rules.ts";
import { conversationId, deviceId, join, openPair, read, Writer } from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

export const mailboxCases: Cases = {
  "SR-24: store delivers everything again that is not acknowledged": async (store) => {
    const { alice, conversation } = await openPair(store);
    await store.append(alice.message(conversation, 1, "one"));
    const whole = ["welcome:welcome", "message:one"];
    assert.deepEqual(await read(store, deviceId(2), conversation), whole);
    assert.deepEqual(await read(store, deviceId(2), conversation), whole);
    await store.acknowledge({ device: deviceId(2), conversation, seq: 1 });
    assert.deepEqual(await read(store, deviceId(2), conversation), ["message:one"]);
    assert.deepEqual(await store.listWaiting(deviceId(2)), [{ conversation, afterSeq: 1 }]);
    await store.acknowledge({ device: deviceId(2), conversation, seq: 2 });
    assert.deepEqual(await store.listWaiting(deviceId(2)), []);
    assert.equal(await store.countWaiting(deviceId(2)), 0);
  },

  "store says of many devices at once which of them something waits for": async (store) => {
    const { alice, conversation } = await openPair(store);
    const devices = [deviceId(1), deviceId(2), deviceId(9)];
    const waiting = async () => (await store.filterWaiting(devices)).toSorted();
    assert.deepEqual(await waiting(), [deviceId(2)], "the Welcome");
    await store.acknowledge({ device: deviceId(2), conversation, seq: 1 });
    assert.deepEqual(await waiting(), []);
    await store.append(alice.message(conversation, 1, "one"));
    assert.deepEqual(await waiting(), [deviceId(2)], "not who said it");
    assert.deepEqual(await store.filterWaiting([deviceId(1)]), []);
    assert.deepEqual(await store.filterWaiting([]), []);
    await store.acknowledge({ device: deviceId(2), conversation, seq: 2 });
    assert.deepEqual(await waiting(), []);
  },

  "SR-53: store moves no cursor back, nor past the last envelope": async (store) => {
    const { alice, conversation } = await openPair(store);
    const device = deviceId(2);
    await store.acknowledge({ device, conversation, seq: 1_000_000 });
    await store.append(alice.message(conversation, 1, "one"));
    await store.acknowledge({ device, conversation, seq: 0 });
    assert.deepEqual(await read(store, device, conversation), ["message:one"]);
    assert.equal(await store.countWaiting(device), 1);
  },

  "SR-53: store lets a device acknowledge nothing of another": async (store) => {
    const { bob, conversation } = await openPair(store);
    const { device } = await join(store, "carol", 3);
    await store.acknowledge({ device, conversation, seq: 1 });
    await store.acknowledge({ device: deviceId(1), conversation, seq: 1 });
    await store.acknowledge({ device: deviceId(9), conversation, seq: 1 });
    await store.acknowledge({ device: deviceId(2), conversation: conversationId(9), seq: 1 });
    assert.deepEqual(await read(store, bob.member.device, conversation), ["welcome:welcome"]);
    assert.deepEqual(await read(store, device, conversation), []);
  },

  "store fetches page by page, at most so many and so much": async (store) => {
    const { alice, conversation } = await openPair(store);
    const device = deviceId(2);
    await store.acknowledge({ device, conversation, seq: 1 });
    for (const text of ["aaaa", "bbbb", "cccc", "dddd"]) {
      await store.append(alice.message(conversation, 1, text));
    }
    const page = async (afterSeq: number, limit: number, maxBytes: number) =>
      (await store.fetch({ device, conversation, afterSeq, limit, maxBytes })).map(({ seq }) =>
        seq
      );
    const size = 4 + ENVELOPE_OVERHEAD_BYTES;
    assert.deepEqual(await page(0, 10, 1000 * size), [2, 3, 4, 5]);
    assert.deepEqual(await page(0, 2, 1000 * size), [2, 3]);
    assert.deepEqual(await page(3, 10, 1000 * size), [4, 5]);
    assert.deepEqual(await page(0, 10, 3 * size), [2, 3, 4]);
    assert.deepEqual(await page(0, 10, 3 * size - 1), [2, 3]);
    assert.deepEqual(await page(2, 10, 1), [3]);
    assert.deepEqual(await page(5, 10, 1000), []);
  },

  "store keeps a body until the last device that needs it has acknowledged it": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    await store.append(bob.message(conversation, 1, "from bob"));
    await store.append(alice.message(conversation, 1, "from alice"));
    await store.acknowledge({ device: deviceId(1), conversation, seq: 3 });
    assert.deepEqual(await read(store, deviceId(2), conversation), [
      "welcome:welcome",
      "message:from alice",
    ]);
    await store.acknowledge({ device: deviceId(2), conversation, seq: 3 });
    assert.deepEqual(await read(store, deviceId(2), conversation), []);
  },

  "store counts what waits over all conversations": async (store) => {
    const { alice, conversation } = await openPair(store);
    const carol = new Writer(await join(store, "carol", 3));
    await store.openDirect(carol.opening(conversationId(2), alice.member));
    await store.openDirect(carol.opening(conversationId(3), {
      account: (await join(store, "dora", 4)).account,
      device: deviceId(4),
    }));
    await store.append(carol.message(conversationId(2), 1));
    await store.append(alice.message(conversation, 1));
    assert.equal(await store.countWaiting(deviceId(1)), 2);
    assert.equal(await store.countWaiting(deviceId(2)), 2);
    assert.equal(await store.countWaiting(deviceId(4)), 1);
    assert.equal(await store.countWaiting(deviceId(9)), 0);
    assert.deepEqual(await store.listWaiting(deviceId(1)), [
      { conversation: conversationId(2), afterSeq: 0 },
    ]);
  },

  "store keeps a Welcome of a device that has read what was before it alone": async (store) => {
    const { alice, bob, conversation } = await openPair(store);
    const { device } = bob.member;
    const said = await store.append(alice.message(conversation, 1));
    assert(said.result === "appended");
    const welcome = utf8("again");
    const again = { ...alice.commit(conversation, 1), added: [bob.member], welcome };
    assert.equal((await store.commit(again)).result, "committed");
    await store.acknowledge({ device, conversation, seq: said.seq });
    assert.equal((await read(store, device, conversation)).at(-1), "welcome:again");
  },
};
