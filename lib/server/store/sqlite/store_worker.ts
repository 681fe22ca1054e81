/** The Worker that owns the writing connection: a commit that waits for the disk holds up nobody but itself. */

import { UsageError } from "../../../base/errors.ts";
import { runBatch, type StoreCall } from "./batch.ts";
import { openCore, type StoreCore } from "./core.ts";
import { packError } from "./packed_error.ts";
import { pack, type Packed, unpack } from "./packing.ts";
import type { WorkerReply, WorkerRequest } from "./worker_store.ts";

let core: StoreCore | undefined;

/** SQLite copies the bytes that it is given, so they may be lent. */
function runPacked(core: StoreCore, calls: Packed): WorkerReply {
  // What `WorkerRunner` has packed.
  const outcomes = runBatch(core, unpack(calls, { lend: true }) as StoreCall[]);
  return { kind: "ran", outcomes: pack(outcomes) };
}

function answer(request: WorkerRequest): WorkerReply {
  switch (request.kind) {
    case "open":
      core = openCore(request.path);
      return { kind: "opened" };
    case "run":
      if (core === undefined) throw new UsageError("not-open", "Cannot use the store: not open");
      return runPacked(core, request.calls);
    case "close":
      core?.database.close();
      core = undefined;
      return { kind: "closed" };
  }
}

function answerSafely(request: WorkerRequest): WorkerReply {
  try {
    return answer(request);
  } catch (error) {
    return { kind: "failed", error: packError(error) };
  }
}

// `self` has the type of a window here; in a Worker it is a DedicatedWorkerGlobalScope, whose postMessage takes the message.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
  postMessage(reply: WorkerReply, given: Transferable[]): void;
};
scope.onmessage = ({ data }) => {
  const reply = answerSafely(data);
  const bytes = reply.kind === "ran" ? reply.outcomes.bytes : undefined;
  scope.postMessage(reply, bytes === undefined ? [] : [bytes.buffer]);
};
