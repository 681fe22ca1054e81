/**
 * Durable messages per second on PostgreSQL, beside SQLite in its Worker in the same run: one at a time, 64 in flight in one
 * conversation, the same in many, and from two nodes on one database. Both databases are on this machine's disk and share its cores.
 * Run: `deno run -A tests/bench/postgres_store_bench.ts [SECONDS]`.
 */

import { newEnvelopeId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { PostgresStore } from "../../lib/server/store/postgres/postgres_store.ts";
import { openWorkerStore } from "../../lib/server/store/sqlite/worker_store.ts";
import type { Store } from "../../lib/server/store/store.ts";
import { hasPostgres, PostgresServer } from "../kit/postgres.ts";
import {
  conversationId,
  join,
  openPair,
  temporaryDatabase,
  Writer,
} from "../unit/server/store_kit.ts";

const SECONDS = parseFloat(Deno.args[0] ?? "3");
const ROUNDS = 3;
const BODY = new Uint8Array(512);
const CONVERSATIONS = 32;

/** A writer and where it writes. */
type Place = readonly [Writer, ReturnType<typeof conversationId>];

/** Alice with Bob and with others, one conversation each. */
async function openConversations(store: Store): Promise<readonly Place[]> {
  const { alice } = await openPair(store);
  const places: Place[] = [[alice, conversationId(1)]];
  for (let n = 2; n <= CONVERSATIONS; n++) {
    const other = new Writer(await join(store, `other${n}`, 100 + n));
    await store.openDirect(other.opening(conversationId(n), alice.member));
    places.push([other, conversationId(n)]);
  }
  return places;
}

/** Messages a second, and how long the middle one and the last hundredth took. */
async function measure(
  stores: readonly Store[],
  places: readonly Place[],
  inFlight: number,
): Promise<{ rate: number; p50Ms: number; p99Ms: number }> {
  const tookMs: number[] = [];
  const beganMs = performance.now();
  const untilMs = beganMs + SECONDS * 1000;
  await Promise.all(Array.from({ length: inFlight }, async (_, i) => {
    const [writer, conversation] = places[i % places.length];
    const store = stores[i % stores.length];
    for (let nowMs = performance.now(); nowMs < untilMs;) {
      // With a random id as clients make it: ids in order would flatter the index over them.
      const envelope = newEnvelopeId(systemRandom);
      await store.append({ ...writer.message(conversation, 1), envelope, body: BODY });
      const answeredMs = performance.now();
      tookMs.push(answeredMs - nowMs);
      nowMs = answeredMs;
    }
  }));
  const rate = tookMs.length / (performance.now() - beganMs) * 1000;
  tookMs.sort((one, other) => one - other);
  const at = (part: number) => tookMs[Math.floor(part * (tookMs.length - 1))] ?? NaN;
  return { rate, p50Ms: at(0.5), p99Ms: at(0.99) };
}

interface Variant {
  readonly name: string;
  readonly inFlight: number;
  readonly isHot: boolean;
  readonly nodes: number;
}

const VARIANTS: readonly Variant[] = [
  { name: "one at a time", inFlight: 1, isHot: true, nodes: 1 },
  { name: "64 in flight, one conversation", inFlight: 64, isHot: true, nodes: 1 },
  { name: `64 in flight, ${CONVERSATIONS} conversations`, inFlight: 64, isHot: false, nodes: 1 },
  { name: "2 x 32 in flight, one conversation", inFlight: 64, isHot: true, nodes: 2 },
  {
    name: `2 x 32 in flight, ${CONVERSATIONS} conversations`,
    inFlight: 64,
    isHot: false,
    nodes: 2,
  },
];

async function onPostgres(server: PostgresServer, { inFlight, isHot, nodes }: Variant) {
  await using opened = new AsyncDisposableStack();
  const address = server.newAddress();
  const stores = [opened.use(new PostgresStore(await server.open(address)))];
  while (stores.length < nodes) {
    stores.push(opened.use(new PostgresStore(await server.connect(address))));
  }
  const places = await openConversations(stores[0]);
  return await measure(stores, isHot ? places.slice(0, 1) : places, inFlight);
}

async function onSqlite({ inFlight, isHot }: Variant) {
  await using file = await temporaryDatabase();
  await using store = await openWorkerStore(file.path);
  const places = await openConversations(store);
  return await measure([store], isHot ? places.slice(0, 1) : places, inFlight);
}

const shown = ({ rate, p50Ms, p99Ms }: Awaited<ReturnType<typeof measure>>) =>
  `${Math.round(rate).toLocaleString("en").padStart(7)}/s ${p50Ms.toFixed(1).padStart(5)} / ${
    p99Ms.toFixed(1).padStart(5)
  } ms`;

if (!hasPostgres()) console.log("no PostgreSQL to measure here");
else {
  await using server = await PostgresServer.start({ isDurable: true });
  console.log(`${"".padEnd(40)} PostgreSQL, p50 / p99    SQLite, p50 / p99      ratio`);
  for (const variant of VARIANTS) {
    const best = [undefined, undefined] as (Awaited<ReturnType<typeof measure>> | undefined)[];
    // In turn, so that what else runs on the machine meets both.
    for (let round = 0; round < ROUNDS; round++) {
      const measured = [await onPostgres(server, variant), await onSqlite(variant)];
      measured.forEach((one, i) => {
        if (one.rate > (best[i]?.rate ?? 0)) best[i] = one;
      });
    }
    const [postgres, sqlite] = best;
    if (postgres === undefined || sqlite === undefined) continue;
    const ratio = (postgres.rate / sqlite.rate).toFixed(2);
    console.log(`${variant.name.padEnd(40)} ${shown(postgres)}  ${shown(sqlite)}  ${ratio}`);
  }
}
