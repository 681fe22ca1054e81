import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { WorkerRunner } from "../../../lib/server/store/sqlite/worker_store.ts";
import { storeContract } from "./store_contract.ts";

/** One for all cases, which closes and opens databases: starting one takes longer than most cases. */
const worker = new Worker(
  new URL("../../../lib/server/store/sqlite/store_worker.ts", import.meta.url),
  { type: "module", name: "store" },
);
const end = worker.terminate.bind(worker);
worker.terminate = () => {};
globalThis.addEventListener("unload", end);

storeContract("Worker store", async (path) => {
  const runner = new WorkerRunner(worker);
  await runner.open(path);
  return new BatchedStore(runner);
});
