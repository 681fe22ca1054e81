/**
 * One sealed conversation of 100 devices, and 200 of five, on one process and a file, and on 1, 2 and 4 processes behind one port
 * over PostgreSQL and NATS (`workers`), plain TCP, all on this machine: deliveries a second, CPU of all processes together (server +
 * PostgreSQL + NATS) for a delivery, rows and bytes of the log written and bytes over the bus for a message. Then 20,000 devices that
 * are there and say nothing. PostgreSQL syncs as in a real server. Prints tables. Needs a C compiler, PostgreSQL and nats-server;
 * without them it says so. `WORKERS=1,2` measures those alone. Run: `deno task bench workers`.
 */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { query } from "../../lib/server/store/postgres/database.ts";
import { PostgresStore } from "../../lib/server/store/postgres/postgres_store.ts";
import { hasNats, NatsServer } from "../kit/nats.ts";
import { hasPostgres, PostgresServer } from "../kit/postgres.ts";
import { cpuSeconds, descendants } from "./files/measuring.ts";
import { chooseServer } from "./load/compiled.ts";
import { makeCrowd } from "./load/crowd.ts";
import { buildGenerator, type Measured, runGenerator } from "./load/generator.ts";
import { freePort, startOurs } from "./load/running.ts";

const SECONDS = 5;
/** What 128 bytes of text are with their header, sealed and padded. */
const SEALED_BYTES = 512;
const ROUNDS = [
  { name: "one room of 100, 256 on the way", devices: 100, circle: 0, rate: 0, window: 256 },
  { name: "one room of 100, 200/s", devices: 100, circle: 0, rate: 200, window: 0 },
  { name: "200 rooms of 5, 256 on the way", devices: 1_000, circle: 5, rate: 0, window: 256 },
  { name: "200 rooms of 5, 500/s", devices: 1_000, circle: 5, rate: 500, window: 0 },
] as const;

/** Each device is there several times: to sign certificates for more takes longer than the measurement. */
const IDLE = { connections: 20_000, devices: 2_500, processes: 2, settleSeconds: 20, seconds: 30 };
const SAMPLE_MS = 500;

const ROWS_WRITTEN = query(
  "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int8 AS n FROM pg_stat_user_tables",
  (row) => row.integer("n"),
);
const LOG_BYTES = query(
  "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8 AS n",
  (row) => row.integer("n"),
);

/** Where several processes meet. */
interface Site {
  readonly folder: string;
  readonly program: string;
  readonly postgres: PostgresServer;
  readonly nats: NatsServer;
  /** Where NATS says what it did. */
  readonly monitorPort: number;
}

/** CPU so far of every process that works for the server: its own, PostgreSQL's, NATS's. */
function cpuOf({ postgres, nats }: Site, server: number): readonly number[] {
  const main = Number(
    Deno.readTextFileSync(join(postgres.folder, "data/postmaster.pid")).split("\n")[0],
  );
  const sum = (pids: readonly number[]) => pids.reduce((all, pid) => all + cpuSeconds(pid), 0);
  return [sum(descendants(server)), sum(descendants(main)), sum([nats.pid])];
}

/** Of PostgreSQL and NATS, so far. */
interface Written {
  readonly rows: number;
  readonly logBytes: number;
  readonly busBytes: number;
}

async function written({ postgres, monitorPort }: Site): Promise<Written> {
  // What the sessions have counted reaches the view within a second of their being idle.
  await systemClock.sleep(1_500);
  await using database = await postgres.connect(postgres.address);
  const [rows] = await database.all(ROWS_WRITTEN);
  const [logBytes] = await database.all(LOG_BYTES);
  const said = await (await fetch(`http://127.0.0.1:${monitorPort}/varz`)).json();
  return { rows, logBytes, busBytes: said.in_bytes + said.out_bytes };
}

/** A server of so many processes with a crowd of its own. `workers`: 0 for one process on its own file. */
async function start(
  { folder, postgres, nats }: Site,
  { workers, crowd: counts, more = [] }: {
    workers: number;
    crowd: { readonly count: number; readonly members: number; readonly circle?: number };
    more?: readonly string[];
  },
) {
  const data = join(folder, `data-${crypto.randomUUID()}`);
  const serve = [...more];
  if (workers > 0) {
    const { address } = postgres;
    await using database = await postgres.connect(address);
    await database.transaction((transaction) =>
      transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
    );
    const url = `postgres://${address.user}@/${address.database}?host=${postgres.folder}`;
    const bus = ["--bus", nats.url, "--node", "n", "--workers", String(workers)];
    serve.push("--store", url, ...bus);
  }
  const database = workers > 0 ? await postgres.open(postgres.address) : undefined;
  const openStore = database && (() => new PostgresStore(database));
  const crowd = await makeCrowd(data, openStore === undefined ? counts : { ...counts, openStore });
  const server = await startOurs(data, { data, tls: false, serve });
  // The first process is ready before the others are.
  await systemClock.sleep(workers > 1 ? 8_000 : 1_000);
  return { server, crowd };
}

async function measure(site: Site, workers: number, round: typeof ROUNDS[number]): Promise<void> {
  const { devices, circle } = round;
  const crowdOf = { count: devices + (circle === 0 ? 1 : 0), circle };
  const { server, crowd } = await start(site, {
    workers,
    crowd: { ...crowdOf, members: crowdOf.count },
  });
  await using _owned = server;
  const before = workers > 0 ? await written(site) : undefined;
  let [cpuBefore, cpuAfter]: (readonly number[])[] = [[], []];
  const target = { name: "heliograph", protocol: "heliograph", sizeBytes: SEALED_BYTES };
  const measured = await runGenerator(
    site.program,
    { ...target, crowd: [crowd], server, tls: false },
    { ...round, senders: devices, receivers: devices, seconds: SECONDS },
    (word) => {
      if (word === "begin") cpuBefore = cpuOf(site, server.pid);
      else cpuAfter = cpuOf(site, server.pid);
    },
    // The generator prints an object of these fields.
  ) as Measured;
  const deliveries = measured.deliveriesPerSecond * SECONDS;
  const cpu = cpuAfter
    .map((seconds, i) => ((seconds - cpuBefore[i]) / deliveries * 1e6).toFixed(1)).join(" + ");
  const messages = deliveries / ((circle || devices) - 1);
  const what = workers === 0 ? "1, own file" : `${workers} on PostgreSQL`;
  const { p50Ms, p99Ms, missing } = measured;
  const lost = missing === 0 ? "" : `, ${missing} MISSING`;
  const times = `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms${lost}`;
  let each = ["", "", ""];
  if (before !== undefined) {
    const after = await written(site);
    each = [
      ((after.rows - before.rows) / messages).toFixed(1),
      ((after.logBytes - before.logBytes) / messages / 1000).toFixed(1),
      ((after.busBytes - before.busBytes) / messages / 1000).toFixed(1),
    ];
  }
  const thousands = (measured.deliveriesPerSecond / 1000).toFixed(
    measured.deliveriesPerSecond < 1e4 ? 1 : 0,
  );
  console.log(`| ${[what, round.name, thousands, cpu, times, ...each].join(" | ")} |`);
}

/** What the processes of a server have: memory in KiB, CPU seconds so far. */
function held(server: number): { kib: number; cpu: number; atMs: number } {
  const pids = descendants(server);
  const kib = pids.map((pid) =>
    Number(/VmRSS:\s*(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0)
  );
  return {
    kib: kib.reduce((sum, one) => sum + one, 0),
    cpu: pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    atMs: performance.now(),
  };
}

async function measureIdle(site: Site): Promise<void> {
  const { connections, devices, processes, settleSeconds, seconds } = IDLE;
  const { server, crowd } = await start(site, {
    workers: processes,
    crowd: { count: devices, members: 2 },
    more: ["--max-connections", String(connections)],
  });
  await using _owned = server;
  const before = held(server.pid);
  const samples = [before];
  const target = { name: "heliograph", protocol: "heliograph", sizeBytes: SEALED_BYTES };
  const running = runGenerator(
    site.program,
    { ...target, crowd: [crowd], server, tls: false },
    { receivers: connections, senders: 0, rate: 0, window: 0, seconds: settleSeconds + seconds },
  );
  let isOver = false;
  running.finally(() => isOver = true).catch(() => {});
  while (!isOver) {
    samples.push(held(server.pid));
    await systemClock.sleep(SAMPLE_MS);
  }
  await running;
  const last = samples[samples.length - 2];
  const from = samples.find(({ atMs }) => atMs >= last.atMs - seconds * 1000) ?? before;
  const each = (last.kib - before.kib) / connections;
  const share = (last.cpu - from.cpu) / (last.atMs - from.atMs) * 1e5;
  console.log(
    `\n${connections.toLocaleString("en")} idle on ${processes} processes: ${
      each.toFixed(1)
    } KiB each (${(before.kib / 1024).toFixed(0)} to ${(last.kib / 1024).toFixed(0)} MiB), ${
      share.toFixed(1)
    } % of a core`,
  );
}

async function main(): Promise<void> {
  if (!hasPostgres() || !hasNats()) return console.log("skipped: no PostgreSQL or no nats-server");
  const folder = await Deno.makeTempDir({ prefix: "workers-" });
  try {
    const program = await buildGenerator(folder);
    if (program === undefined) return;
    console.log(`Measured: ${await chooseServer(folder)}, ${SECONDS} s\n`);
    await using postgres = await PostgresServer.start({ isDurable: true });
    const monitorPort = freePort();
    await using nats = await NatsServer.start(["-m", String(monitorPort)]);
    const site = { folder, program, postgres, nats, monitorPort };
    console.log(
      "| processes | load | 1,000 deliveries/s | CPU µs a delivery | p50 / p99 | rows | kB of the log | kB over the bus |\n" +
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    );
    for (const round of ROUNDS) {
      for (const workers of (Deno.env.get("WORKERS") ?? "0,1,2,4").split(",").map(Number)) {
        await measure(site, workers, round);
      }
    }
    await measureIdle(site);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
