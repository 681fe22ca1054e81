/** The `Store` that collects calls into batches, whoever runs them. */

import type { Clock } from "../../../base/clock.ts";
import { StorageError } from "../../../base/errors.ts";
import { Histogram } from "../../../base/histogram.ts";
import type { CallName, Store } from "../store.ts";
import { hasCommitFailed, isRead, type Outcome, type StoreCall } from "./batch.ts";
import { CALL_NAMES } from "./calls.ts";
import { unpackError } from "./packed_error.ts";

/** Runs batches one after the other. `run` is not called again before it is settled. */
export interface BatchRunner {
  /** What a call becomes when it is made, with a copy of all bytes in it. Left out: a deep copy. */
  take?(call: StoreCall): StoreCall;
  /** Resolves when the batch is on disk, with an outcome for each call in order. Rejects when it cannot tell. */
  run(calls: readonly StoreCall[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** Bounds the memory of a batch and how long the first call in it waits for the last. */
const MAX_BATCH_CALLS = 1000;

/** Calls that are never parted: a commit costs as much for one. */
const LEAST_BATCH_CALLS = 64;

/**
 * Half of what waits, and the rest while the answers to the first half are being dealt with: else everybody who waits for an
 * answer would ask again at the same time, and this thread and the store's would take turns instead of working together.
 */
function batchSize(waitingCalls: number): number {
  return Math.min(MAX_BATCH_CALLS, Math.max(LEAST_BATCH_CALLS, Math.ceil(waitingCalls / 2)));
}

interface Waiting {
  readonly call: StoreCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** With the calls of the table, which its constructor makes. */
export interface BatchedStore extends Store {}

/**
 * All calls of one turn of the event loop go in one batch, and so do all that come while a batch is being committed. Bytes
 * are copied when the call is made: the caller may use its buffer again at once.
 */
export class BatchedStore {
  readonly #runner: BatchRunner;
  readonly #commits: CommitTimes | undefined;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Left out `commits`: nobody wants to know how long they take. */
  constructor(runner: BatchRunner, commits?: CommitTimes) {
    this.#runner = runner;
    this.#commits = commits;
    for (const name of CALL_NAMES) {
      const call = (...args: readonly unknown[]) => this.#call(name, args);
      Object.assign(this, { [name]: call });
    }
  }

  /** Waits for what was called before, then ends the runner. */
  close(): Promise<void> {
    this.#closing ??= this.#drainAndClose();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drainAndClose(): Promise<void> {
    await this.#draining;
    await this.#runner.close();
  }

  #call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#closing !== undefined) {
      return Promise.reject(new StorageError("closed", "Cannot use the store: it is closed"));
    }
    return new Promise((resolve, reject) => {
      const call = this.#runner.take?.({ name, args }) ?? { name, args: args.map(copyBytes) };
      this.#waiting.push({ call, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Never rejects: each failure is handed to the calls that it is about. */
  async #drain(): Promise<void> {
    // Lets the other calls of this turn come in first.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize(this.#waiting.length));
      const calls = batch.map(({ call }) => call);
      const ended = calls.every(isRead) ? undefined : this.#commits?.begin();
      let outcomes: readonly Outcome[] | undefined;
      try {
        outcomes = await this.#runner.run(calls);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      ended?.({ failed: outcomes?.some(hasCommitFailed) ?? true });
      outcomes?.forEach((outcome, i) => settle(batch[i], outcome));
    }
    this.#draining = undefined;
  }
}

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.ok) resolve(outcome.value);
  else reject(unpackError(outcome.error));
}

/** Deep, for plain data. Structured clone alone would send the whole buffer behind a small view. */
function copyBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyBytes);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) copy[key] = copyBytes(field);
  return copy;
}

// How long senders wait for the disk, and how often they wait in vain.

/**
 * Upper bounds in seconds. A sync takes about 0.1 ms on a good SSD, 10 ms on a disk, and from a second on something is wrong;
 * above five others give up waiting for the lock.
 */
const COMMIT_BOUNDS_SECONDS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5],
];

/** Commits since the start, by how long they took. */
export class CommitTimes {
  readonly seconds = new Histogram(COMMIT_BOUNDS_SECONDS);
  failed = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call it when a commit begins, and what it returns when it has ended. */
  begin(): (end: { failed: boolean }) => void {
    const beganMs = this.#clock.monotonicMs();
    return ({ failed }) => {
      this.seconds.observe((this.#clock.monotonicMs() - beganMs) / 1000);
      if (failed) this.failed++;
    };
  }
}
