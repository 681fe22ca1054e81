import assert from "node:assert/strict";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { runBatch } from "../../../lib/server/store/sqlite/batch.ts";
import { openCore, type StoreCore } from "../../../lib/server/store/sqlite/core.ts";
import { deviceId, openPair, read, temporaryDatabase } from "./store_kit.ts";

/** A store in this thread whose database the test can reach. */
function storeOver(core: StoreCore): BatchedStore {
  return new BatchedStore({
    run: (calls) => Promise.resolve(runBatch(core, calls)),
    close: () => Promise.resolve(core.database.close()),
  });
}

/** Lets the database grow by so many pages of 4 KiB and no further: what a full disk looks like to SQLite. */
function limitPages(core: StoreCore, extra: number | undefined): void {
  const pragma = (sql: string, column: string) =>
    core.database.query(`PRAGMA ${sql}`, (row) => row.integer(column)).first() ?? 0;
  const limit = extra === undefined ? 1_000_000 : pragma("page_count", "page_count") + extra;
  pragma(`max_page_count=${limit}`, "max_page_count");
}

const diskFull = { name: "StorageError", code: "disk-full" };

Deno.test("store fails every write of a batch when the disk is full, and answers its reads from before it", async () => {
  await using database = await temporaryDatabase();
  const core = openCore(database.path);
  await using store = storeOver(core);
  const { alice, bob, conversation } = await openPair(store);
  await store.append(alice.message(conversation, 1, "before"));
  limitPages(core, 10);
  const large = { ...alice.message(conversation, 1), body: new Uint8Array(80_000) };
  const [small, tooLarge, after, waiting] = await Promise.allSettled([
    store.append(alice.message(conversation, 1, "small")),
    store.append(large),
    store.append(bob.message(conversation, 1, "after")),
    store.countWaiting(deviceId(2)),
  ]);
  for (const failed of [small, tooLarge, after]) {
    assert(failed.status === "rejected");
    assert.equal(failed.reason.name, diskFull.name);
    assert.equal(failed.reason.code, diskFull.code);
  }
  assert.deepEqual(waiting, { status: "fulfilled", value: 2 });
});

Deno.test("store keeps what it acknowledged when the disk is full, and goes on when there is room again", async () => {
  await using database = await temporaryDatabase();
  const core = openCore(database.path);
  await using store = storeOver(core);
  const { alice, conversation } = await openPair(store);
  await store.append(alice.message(conversation, 1, "before"));
  limitPages(core, 1);
  const large = { ...alice.message(conversation, 1), body: new Uint8Array(80_000) };
  await assert.rejects(store.append(large), diskFull);
  assert.deepEqual(await read(store, deviceId(2), conversation), [
    "welcome:welcome",
    "message:before",
  ]);
  // Deleting needs no room.
  await store.acknowledge({ device: deviceId(2), conversation, seq: 2 });
  limitPages(core, undefined);
  const again = await store.append(large);
  assert.equal(again.result === "appended" && again.seq, 3);
});

Deno.test("store takes calls of one turn as one batch, and those during a batch as the next", async () => {
  await using database = await temporaryDatabase();
  const core = openCore(database.path);
  const batches: number[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  await using store = new BatchedStore({
    run: async (calls) => {
      batches.push(calls.length);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return runBatch(core, calls);
    },
    close: () => Promise.resolve(core.database.close()),
  });
  const count = () => store.countWaiting(deviceId(1));
  const first = Promise.all([count(), count(), count()]);
  await Promise.resolve();
  assert.deepEqual(batches, [3]);
  const second = Promise.all([count(), count()]);
  await Promise.resolve();
  assert.deepEqual(batches, [3]);
  gates[0].resolve();
  await first;
  await Promise.resolve();
  assert.deepEqual(batches, [3, 2]);
  gates[1].resolve();
  await second;
});

Deno.test("store commits half of what waits at a time, at most 1,000 calls and at least 64", async () => {
  await using database = await temporaryDatabase();
  const core = openCore(database.path);
  const batches: number[] = [];
  await using store = new BatchedStore({
    run: (calls) => {
      batches.push(calls.length);
      return Promise.resolve(runBatch(core, calls));
    },
    close: () => Promise.resolve(core.database.close()),
  });
  await Promise.all(Array.from({ length: 2001 }, () => store.countWaiting(deviceId(1))));
  assert.deepEqual(batches, [1000, 501, 250, 125, 64, 61]);
});
