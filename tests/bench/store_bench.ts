/**
 * Durable messages per second by group commit, beside one transaction per message in the same run; and how long the event
 * loop is held up meanwhile, on this machine's disk and on one whose sync takes 10 ms.
 * Run: `deno run -A tests/bench/store_bench.ts [MESSAGES]`.
 */

import { newEnvelopeId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { BatchedStore } from "../../lib/server/store/sqlite/batched_store.ts";
import { runBatch } from "../../lib/server/store/sqlite/batch.ts";
import { openCore } from "../../lib/server/store/sqlite/core.ts";
import { openLocalStore } from "../../lib/server/store/sqlite/local_store.ts";
import { openWorkerStore, WorkerRunner } from "../../lib/server/store/sqlite/worker_store.ts";
import {
  conversationId,
  deviceId,
  newAccount,
  openPair,
  START_MS,
  temporaryDatabase,
  Writer,
} from "../unit/server/store_kit.ts";
import { block, SYNC_MS } from "./store_slow_worker.ts";

const MESSAGES = parseInt(Deno.args[0] ?? "40000");
const BODY = new Uint8Array(256);
const ROUNDS = 3;

type Open = (path: string) => BatchedStore | Promise<BatchedStore>;

/** Each call in a transaction of its own. */
function openSingle(path: string): BatchedStore {
  const core = openCore(path);
  return new BatchedStore({
    run: (calls) => Promise.resolve(calls.flatMap((call) => runBatch(core, [call]))),
    close: () => Promise.resolve(core.database.close()),
  });
}

async function openSlowWorker(path: string): Promise<BatchedStore> {
  const url = new URL("./store_slow_worker.ts", import.meta.url);
  const runner = new WorkerRunner(new Worker(url, { type: "module" }));
  await runner.open(path);
  return new BatchedStore(runner);
}

function openSlowLocal(path: string): BatchedStore {
  const core = openCore(path);
  return new BatchedStore({
    run: (calls) => {
      const outcomes = runBatch(core, calls);
      block(SYNC_MS);
      return Promise.resolve(outcomes);
    },
    close: () => Promise.resolve(core.database.close()),
  });
}

/** With a random id as clients make it: ids in order would flatter the index over them. */
function message(alice: Writer) {
  const envelope = newEnvelopeId(systemRandom);
  return { ...alice.message(conversationId(1), 1), envelope, body: BODY };
}

async function append(store: BatchedStore, alice: Writer, messages: number, inFlight: number) {
  const start = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let i = 0; i < messages / inFlight; i++) {
        await store.append(message(alice));
      }
    }),
  );
  return messages / (performance.now() - start) * 1000;
}

async function withStore<T>(
  open: Open,
  action: (store: BatchedStore, alice: Writer) => Promise<T>,
): Promise<T> {
  await using database = await temporaryDatabase();
  await using store = await open(database.path);
  const { alice } = await openPair(store);
  return await action(store, alice);
}

const perSecond = (value: number) => `${Math.round(value).toLocaleString("en")}/s`;

/** Runs the variants in turn, so that what else runs on the machine meets all of them. */
async function benchThroughput(): Promise<void> {
  const variants: readonly [string, Open, number][] = [
    ["one transaction per message", openSingle, 1000],
    ["group commit, this thread, 1,000 in flight", openLocalStore, 1000],
    ["group commit, Worker, 64 in flight", openWorkerStore, 64],
    ["group commit, Worker, 1,000 in flight", openWorkerStore, 1000],
  ];
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, open, inFlight] of variants) {
      const rate = await withStore(
        open,
        (store, alice) => append(store, alice, MESSAGES, inFlight),
      );
      best.set(name, Math.max(best.get(name) ?? 0, rate));
    }
  }
  const baseline = best.get(variants[0][0]) ?? NaN;
  for (const [name, rate] of best) {
    console.log(
      `${name.padEnd(48)} ${perSecond(rate).padStart(10)}  ${(rate / baseline).toFixed(2)} x`,
    );
  }
}

/** Appends 1,000 messages a second and watches how late a timer of 1 ms is. */
async function loopDelay(store: BatchedStore, alice: Writer) {
  const lateMs: number[] = [];
  const answerMs: number[] = [];
  const pending: Promise<void>[] = [];
  const start = performance.now();
  let sent = 0;
  for (let before = start; before - start < 3000;) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = performance.now();
    lateMs.push(Math.max(0, now - before - 1));
    for (; sent < now - start; sent++) {
      const message = { ...alice.message(conversationId(1), 1), body: BODY };
      pending.push(
        store.append(message).then(() => {
          answerMs.push(performance.now() - now);
        }),
      );
    }
    before = performance.now();
  }
  await Promise.all(pending);
  return { lateMs, answerMs };
}

function percentile(values: number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${(sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(1)} ms`;
}

async function benchDelay(): Promise<void> {
  const variants: readonly [string, Open][] = [
    ["this thread", openLocalStore],
    ["Worker", openWorkerStore],
    [`this thread, sync of ${SYNC_MS} ms`, openSlowLocal],
    [`Worker, sync of ${SYNC_MS} ms`, openSlowWorker],
  ];
  for (const [name, open] of variants) {
    const { lateMs, answerMs } = await withStore(open, loopDelay);
    console.log(
      `1,000 messages/s, ${name}`.padEnd(48),
      `loop late p50 ${percentile(lateMs, 0.5)}, p99 ${percentile(lateMs, 0.99)};`,
      `answer p50 ${percentile(answerMs, 0.5)}, p99 ${percentile(answerMs, 0.99)}`,
    );
  }
}

/** What a full mailbox costs its senders: quotas are running sums. */
async function benchBacklog(): Promise<void> {
  await withStore(openWorkerStore, async (store, alice) => {
    const timed = async (name: string, action: () => Promise<unknown>) => {
      const start = performance.now();
      await action();
      console.log(`${name.padEnd(48)} ${(performance.now() - start).toFixed(1).padStart(7)} ms`);
    };
    await timed("1,000 messages, nothing waiting", () => append(store, alice, 1000, 1000));
    await append(store, alice, 100_000, 1000);
    await timed("1,000 messages, 100,000 waiting", () => append(store, alice, 1000, 1000));
    const device = deviceId(2);
    const conversation = conversationId(1);
    await timed("count 100,000 waiting", () => store.countWaiting(device));
    const page = { device, conversation, afterSeq: 50_000, limit: 200, maxBytes: 512 * 1024 };
    await timed("fetch 200 from the middle", () => store.fetch(page));
    await timed("acknowledge 1,000", () => store.acknowledge({ device, conversation, seq: 1001 }));
    await timed("expire one part", () => store.expire(START_MS + 40 * 24 * 3600 * 1000));
    await timed("sign up one account", () => store.createAccount(newAccount("carol", 9)));
  });
}

await benchThroughput();
await benchDelay();
await benchBacklog();
