import assert from "node:assert/strict";
import { accountId, deviceId, newAccount, openPair, read } from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

export const lifeCases: Cases = {
  "store lets the caller use its buffers again at once": async (store) => {
    const { alice, conversation } = await openPair(store);
    const buffer = new TextEncoder().encode("..one..");
    const appended = store.append({
      ...alice.message(conversation, 1),
      body: buffer.subarray(2, 5),
    });
    buffer.fill(0);
    await appended;
    assert.equal(buffer.length, 7);
    assert.deepEqual(await read(store, deviceId(2), conversation), [
      "welcome:welcome",
      "message:one",
    ]);
  },

  "store answers calls in the order in which they were made": async (store) => {
    const results = await Promise.all([
      store.findAccount(accountId("alice")),
      store.createAccount(newAccount("alice", 1)),
      store.findAccount(accountId("alice")).then((account) => account?.name),
      store.createAccount(newAccount("bob", 1)).catch((error) => error.code),
      store.listAccounts({ limit: 9 }).then(({ total }) => total),
    ]);
    assert.deepEqual(results, [undefined, "created", "alice", "device-refused", 1]);
  },

  "store finishes what was called before it was closed": async (store) => {
    const { alice, conversation } = await openPair(store);
    const appended = store.append(alice.message(conversation, 1));
    const closed = store.close();
    assert.equal((await appended).result, "appended");
    await closed;
    await store.close();
    await assert.rejects(store.countWaiting(deviceId(2)), {
      name: "StorageError",
      code: "closed",
    });
  },
};
