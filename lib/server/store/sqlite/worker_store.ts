/** The store of the server: its database lives in one Worker. */

import type { Bytes } from "../../../base/bytes.ts";
import { Bug, StorageError } from "../../../base/errors.ts";
import { logger } from "../../../base/log.ts";
import type { Outcome, StoreCall } from "./batch.ts";
import { BatchedStore, type BatchRunner, type CommitTimes } from "./batched_store.ts";
import { type PackedError, unpackError } from "./packed_error.ts";
import { pack, type Packed, packList, unpack } from "./packing.ts";
import type { CallName } from "../store.ts";

const log = logger("server", "store");

/** Who hears of a store in a Worker. */
export interface WorkerStoreOptions {
  readonly onLost?: (error: StorageError) => void;
  readonly commits?: CommitTimes;
}

/**
 * Opens or creates the database at `path`. Rejects with StorageError. The caller closes the store. It is the only writer
 * of the file in this process. `onLost` is called once when the Worker dies, after which the store is of no use any more.
 */
export async function openWorkerStore(
  path: string,
  { onLost = () => {}, commits }: WorkerStoreOptions = {},
): Promise<BatchedStore> {
  const runner = new WorkerRunner(
    new Worker(new URL("./store_worker.ts", import.meta.url), { type: "module", name: "store" }),
    onLost,
  );
  await runner.open(path);
  return new BatchedStore(runner, commits);
}

/** Packed when it was made, so that it is copied once and the calls of a batch need only be joined. */
class PackedCall implements StoreCall {
  readonly name: CallName;
  readonly args: readonly unknown[] = [];
  readonly packed: Packed;

  constructor(call: StoreCall) {
    this.name = call.name;
    this.packed = pack(call);
  }
}

/**
 * Hands batches to a Worker, one at a time. When the Worker dies, the batch under way rejects with StorageError
 * `store-lost` (it may be on disk or not: resending tells), and so does everything after.
 */
export class WorkerRunner implements BatchRunner {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<WorkerReply> | undefined;
  readonly #onLost: (error: StorageError) => void;
  #lost: StorageError | undefined;

  /** Takes the Worker over: it ends with `close`. */
  constructor(worker: Worker, onLost: (error: StorageError) => void = () => {}) {
    this.#worker = worker;
    this.#onLost = onLost;
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => this.#settle()?.resolve(data);
    worker.onmessageerror = () => this.#lose("a message cannot be read");
    worker.onerror = (event) => {
      // Unprevented it would end this thread too.
      event.preventDefault();
      this.#lose(event.message);
    };
  }

  /** A Worker that cannot open the database is ended. */
  async open(path: string): Promise<void> {
    try {
      await this.#request({ kind: "open", path });
    } catch (error) {
      this.#worker.terminate();
      throw error;
    }
  }

  take(call: StoreCall): StoreCall {
    return new PackedCall(call);
  }

  async run(calls: readonly StoreCall[]): Promise<readonly Outcome[]> {
    const packed = packList(
      calls.map((call) => call instanceof PackedCall ? call.packed : pack(call)),
    );
    const reply = await this.#request({ kind: "run", calls: packed }, packed.bytes);
    if (reply.kind !== "ran") throw new Bug(`Cannot run batch: the store answered ${reply.kind}`);
    // Not lent: who asked may keep what it got. It is what `store_worker` has packed.
    return unpack(reply.outcomes, { lend: false }) as readonly Outcome[];
  }

  async close(): Promise<void> {
    try {
      if (this.#lost === undefined) await this.#request({ kind: "close" });
    } finally {
      this.#worker.terminate();
    }
  }

  /** `given` is the Worker's from then on. */
  async #request(request: WorkerRequest, given?: Bytes): Promise<WorkerReply> {
    if (this.#lost !== undefined) throw this.#lost;
    if (this.#waiting !== undefined) throw new Bug("Cannot ask the store: it has not answered yet");
    const waiting = Promise.withResolvers<WorkerReply>();
    this.#waiting = waiting;
    this.#worker.postMessage(request, given === undefined ? [] : [given.buffer]);
    const reply = await waiting.promise;
    if (reply.kind === "failed") throw unpackError(reply.error);
    return reply;
  }

  #settle(): PromiseWithResolvers<WorkerReply> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = new StorageError(
      "store-lost",
      `Cannot use the store: its Worker died: ${reason}`,
    );
    log.error("store lost", { reason });
    this.#settle()?.reject(this.#lost);
    this.#onLost(this.#lost);
  }
}

// What the server's thread and the store's Worker say to each other: one request, one reply, in turn.

/** The database is opened by the first request and closed by the last. `calls` is a list of `StoreCall`. */
export type WorkerRequest =
  | { readonly kind: "open"; readonly path: string }
  | { readonly kind: "run"; readonly calls: Packed }
  | { readonly kind: "close" };

/** `failed`: the request was not done at all. `outcomes` is a list of `CommandResult`, one for each call. */
export type WorkerReply =
  | { readonly kind: "opened" }
  | { readonly kind: "ran"; readonly outcomes: Packed }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly error: PackedError };
