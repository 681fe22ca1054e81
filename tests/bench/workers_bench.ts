/**
 * One sealed conversation of 100 devices on one process and a file, and on 1, 2 and 4 processes behind one port over PostgreSQL
 * and NATS (`workers`), plain TCP, all on this machine: deliveries a second, CPU of all processes together (server, PostgreSQL,
 * NATS) for a thousand deliveries, rows written for a message. PostgreSQL syncs as in a real server. Prints a table. Needs a C compiler,
 * PostgreSQL and nats-server; without them it says so. Run: `deno task bench workers`.
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
import { startOurs } from "./load/running.ts";

const RECEIVERS = 100;
const SECONDS = 5;
/** What 128 bytes of text are with their header, sealed and padded. */
const SEALED_BYTES = 512;
const ROUNDS = [
  { name: "100 senders, 256 on the way", senders: 100, rate: 0, window: 256 },
  { name: "100 senders, 200/s", senders: 100, rate: 200, window: 0 },
] as const;

const ROWS_WRITTEN = query(
  "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int8 AS n FROM pg_stat_user_tables",
  (row) => row.integer("n"),
);

/** Where several processes meet. */
interface Site {
  readonly folder: string;
  readonly program: string;
  readonly postgres: PostgresServer;
  readonly nats: NatsServer;
}

/** CPU so far of every process that works for the server: its own, PostgreSQL's, NATS's. */
function cpuOf({ postgres, nats }: Site, server: number): readonly number[] {
  const main = Number(
    Deno.readTextFileSync(join(postgres.folder, "data/postmaster.pid")).split("\n")[0],
  );
  const sum = (pids: readonly number[]) => pids.reduce((all, pid) => all + cpuSeconds(pid), 0);
  return [sum(descendants(server)), sum(descendants(main)), sum([nats.pid])];
}

async function rowsWritten({ postgres }: Site): Promise<number> {
  // What the sessions have counted reaches the view within a second of their being idle.
  await systemClock.sleep(1_500);
  await using database = await postgres.connect(postgres.address);
  return (await database.all(ROWS_WRITTEN))[0];
}

/** `workers`: 0 for one process on its own file. */
async function measure(site: Site, workers: number, round: typeof ROUNDS[number]): Promise<void> {
  const { folder, program, postgres, nats } = site;
  const data = join(folder, `data-${crypto.randomUUID()}`);
  let serve: readonly string[] = [];
  if (workers > 0) {
    const { address } = postgres;
    await using database = await postgres.connect(address);
    await database.transaction((transaction) =>
      transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
    );
    const url = `postgres://${address.user}@/${address.database}?host=${postgres.folder}`;
    const bus = ["--bus", nats.url, "--node", "n", "--workers", String(workers)];
    serve = ["--store", url, ...bus];
  }
  const database = workers > 0 ? await postgres.open(postgres.address) : undefined;
  const openStore = database && (() => new PostgresStore(database));
  const counts = { count: RECEIVERS + 1, members: RECEIVERS + 1 };
  const crowd = await makeCrowd(data, openStore === undefined ? counts : { ...counts, openStore });
  await using server = await startOurs(data, { data, tls: false, serve });
  // The first process is ready before the others are.
  await systemClock.sleep(workers > 1 ? 8_000 : 1_000);
  const written = workers > 0 ? await rowsWritten(site) : 0;
  const before = cpuOf(site, server.pid);
  const target = { name: "heliograph", protocol: "heliograph", sizeBytes: SEALED_BYTES };
  const measured = await runGenerator(
    program,
    { ...target, crowd: [crowd], server, tls: false },
    { ...round, receivers: RECEIVERS, seconds: SECONDS },
    // The generator prints an object of these fields.
  ) as Measured;
  const deliveries = measured.deliveriesPerSecond * SECONDS;
  const cpu = cpuOf(site, server.pid)
    .map((seconds, i) => ((seconds - before[i]) / deliveries * 1e6).toFixed(1)).join(" + ");
  const rows = workers > 0
    ? ((await rowsWritten(site) - written) / (deliveries / RECEIVERS)).toFixed(1)
    : "";
  const what = workers === 0 ? "1 process, own file" : `${workers} on PostgreSQL`;
  const { p50Ms, p99Ms, missing } = measured;
  const lost = missing === 0 ? "" : `, ${missing} MISSING`;
  console.log(
    `| ${what} | ${round.name} | ${(measured.deliveriesPerSecond / 1000).toFixed(0)} | ${cpu} | ${
      p50Ms.toFixed(1)
    } / ${p99Ms.toFixed(1)} ms${lost} | ${rows} |`,
  );
}

async function main(): Promise<void> {
  if (!hasPostgres() || !hasNats()) return console.log("skipped: no PostgreSQL or no nats-server");
  const folder = await Deno.makeTempDir({ prefix: "workers-" });
  try {
    const program = await buildGenerator(folder);
    if (program === undefined) return;
    console.log(`Measured: ${await chooseServer(folder)}. ${RECEIVERS} receivers, ${SECONDS} s\n`);
    await using postgres = await PostgresServer.start({ isDurable: true });
    await using nats = await NatsServer.start();
    const site = { folder, program, postgres, nats };
    console.log(
      "| processes | load | 1,000 deliveries/s | CPU µs a delivery | p50 / p99 | rows a message |",
    );
    console.log("| --- | --- | --- | --- | --- | --- |");
    for (const round of ROUNDS) {
      for (const workers of (Deno.env.get("WORKERS") ?? "0,1,2,4").split(",").map(Number)) {
        await measure(site, workers, round);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
