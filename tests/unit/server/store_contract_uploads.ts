import assert from "node:assert/strict";
import type { Store } from "../../../lib/server/store.ts";
import type { Cases } from "./store_contract.ts";
import { accountId, DAY_MS, join, START_MS, uploadId } from "./store_kit.ts";

const LIMITS = { bytes: 1000, uploads: 3, allBytes: 1500 };

function open(
  store: Store,
  n: number,
  { sender = "alice", reader = "bob", sizeBytes = 400, nowMs = START_MS + n } = {},
) {
  return store.openUpload({
    upload: uploadId(n),
    sender: accountId(sender),
    reader: accountId(reader),
    sizeBytes,
    limits: LIMITS,
    nowMs,
  });
}

async function people(store: Store): Promise<void> {
  for (const [i, name] of ["alice", "bob", "carol"].entries()) await join(store, name, i + 1);
}

function release(store: Store, n: number, name: string, keepBytes = 0) {
  return store.releaseUpload({ upload: uploadId(n), account: accountId(name), keepBytes });
}

export const uploadCases: Cases = {
  "SR-53: store opens an upload again for its sender alone, of the same size, for the same reader":
    async (
      store,
    ) => {
      await people(store);
      const opened = { result: "opened", removed: [] };
      assert.deepEqual(await open(store, 1), opened);
      assert.deepEqual(await open(store, 1), opened);
      const refused = { name: "Refusal", code: "not-permitted" };
      await assert.rejects(open(store, 1, { sender: "carol" }), refused);
      await assert.rejects(open(store, 1, { reader: "carol" }), refused);
      await assert.rejects(open(store, 1, { sizeBytes: 401 }), refused);
      assert.deepEqual(await open(store, 2, { reader: "zoe" }), { result: "unknown-account" });
      assert.deepEqual(await store.findUpload(uploadId(1)), {
        upload: uploadId(1),
        sender: "alice",
        reader: "bob",
        sizeBytes: 400,
      });
      assert.equal(await store.findUpload(uploadId(2)), undefined);
    },

  "SR-54: store refuses uploads beyond an account's bytes, to the byte, whoever they are for":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1, { sizeBytes: 600 });
      const full = { result: "quota-exceeded" };
      assert.deepEqual(await open(store, 2, { sizeBytes: 401, reader: "carol" }), full);
      assert.deepEqual(await open(store, 2, { sizeBytes: 400 }), { result: "opened", removed: [] });
      // Another account has its own.
      assert.equal((await open(store, 3, { sender: "carol", sizeBytes: 500 })).result, "opened");
    },

  "SR-54: store refuses uploads beyond the bytes of all accounts together, until some are gone":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1, { sizeBytes: 1000 });
      const more = () => open(store, 2, { sender: "carol", sizeBytes: 501 });
      assert.deepEqual(await more(), { result: "spool-full" });
      assert.equal((await open(store, 3, { sender: "carol", sizeBytes: 500 })).result, "opened");
      await release(store, 3, "carol");
      await release(store, 1, "alice");
      assert.deepEqual(await more(), { result: "opened", removed: [] });
    },

  "SR-54: store refuses uploads beyond an account's number of them": async (store) => {
    await people(store);
    for (const n of [1, 2, 3]) await open(store, n, { sizeBytes: 0 });
    assert.deepEqual(await open(store, 4, { sizeBytes: 0 }), { result: "quota-exceeded" });
    assert.equal((await open(store, 3, { sizeBytes: 0 })).result, "opened");
  },

  "store lets uploads that their readers are done with make room, oldest first, and no more than is needed":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1);
      await open(store, 2);
      assert.equal(await release(store, 2, "bob", 400), "kept");
      assert.equal(await release(store, 1, "bob", 400), "kept");
      assert.deepEqual(await open(store, 3), { result: "opened", removed: [uploadId(1)] });
      assert.equal(await store.findUpload(uploadId(1)), undefined);
      // Its sender goes on with it: it is needed again.
      await open(store, 2);
      assert.deepEqual(await open(store, 4), { result: "quota-exceeded" });
    },

  "store removes an upload when its sender takes it back, or its reader is done with a great one":
    async (
      store,
    ) => {
      await people(store);
      await open(store, 1);
      assert.equal(await release(store, 1, "carol"), "unknown");
      assert.equal(await release(store, 9, "bob"), "unknown");
      assert.equal(await release(store, 1, "bob", 399), "removed");
      assert.equal(await store.findUpload(uploadId(1)), undefined);
      await open(store, 2);
      assert.equal(await release(store, 2, "alice", 1000), "removed");
      assert.equal(await store.findUpload(uploadId(2)), undefined);
    },

  "SR-54: store forgets uploads that nobody went on with in their time, a part at a time": async (
    store,
  ) => {
    await people(store);
    for (const n of [1, 2, 3]) await open(store, n, { sizeBytes: 1 });
    await open(store, 2, { sizeBytes: 1, nowMs: START_MS + DAY_MS });
    const expire = (limit: number) => store.expireUploads({ beforeMs: START_MS + DAY_MS, limit });
    assert.deepEqual(await expire(1), [uploadId(1)]);
    assert.deepEqual(await expire(9), [uploadId(3)]);
    assert.deepEqual(await expire(9), []);
    assert.notEqual(await store.findUpload(uploadId(2)), undefined);
  },
};
