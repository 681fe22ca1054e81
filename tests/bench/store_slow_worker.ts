/** The store's Worker on a disk whose sync takes 10 ms: blocks that long before it answers a batch. */

import { runBatch, type StoreCall } from "../../lib/server/store/sqlite/batch.ts";
import { openCore, type StoreCore } from "../../lib/server/store/sqlite/core.ts";
import { pack, unpack } from "../../lib/server/store/sqlite/packing.ts";
import type { WorkerReply, WorkerRequest } from "../../lib/server/store/sqlite/worker_store.ts";

export const SYNC_MS = 10;

let core: StoreCore | undefined;

export function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

function answer(request: WorkerRequest): WorkerReply {
  if (request.kind === "run" && core !== undefined) {
    const outcomes = runBatch(core, unpack(request.calls, { lend: true }) as StoreCall[]);
    block(SYNC_MS);
    return { kind: "ran", outcomes: pack(outcomes) };
  }
  core?.database.close();
  if (request.kind !== "open") return { kind: "closed" };
  core = openCore(request.path);
  return { kind: "opened" };
}

// In a Worker `self` is a DedicatedWorkerGlobalScope, which the window's types do not know.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
  postMessage(reply: WorkerReply): void;
};
scope.onmessage = ({ data }) => scope.postMessage(answer(data));
