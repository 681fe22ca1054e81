import assert from "node:assert/strict";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { openWorkerStore, WorkerRunner } from "../../../lib/server/store/sqlite/worker_store.ts";
import { deviceId, temporaryDatabase } from "./store_kit.ts";

Deno.test("store rejects everything pending and everything after when its Worker dies", async () => {
  const worker = new Worker(new URL("./store_crash_worker.ts", import.meta.url), {
    type: "module",
  });
  const runner = new WorkerRunner(worker);
  await runner.open("unused");
  await using store = new BatchedStore(runner);
  const lost = { name: "StorageError", code: "store-lost", message: /out of memory/ };
  const pending = [store.countWaiting(deviceId(1)), store.countWaiting(deviceId(2))];
  for (const call of pending) await assert.rejects(call, lost);
  await assert.rejects(store.countWaiting(deviceId(1)), lost);
});

Deno.test("store in a Worker says why it cannot open a database", async () => {
  await using database = await temporaryDatabase();
  await Deno.writeTextFile(database.path, "this is no database ".repeat(100));
  await assert.rejects(openWorkerStore(database.path), { name: "StorageError", code: "damaged" });
});
