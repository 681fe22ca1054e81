/**
 * One conversation of 100 devices under load, beside servers that acknowledge a message only when it is on disk: NATS JetStream
 * that syncs always, and PostgreSQL with a row and a notification in one transaction. Mosquitto with QoS 1 acknowledges too, and is
 * shown beside them: it does not sync. How often each syncs is counted by strace while it takes 100 messages one by one.
 *
 * Run: `deno run -A tests/bench/durable_bench.ts`. The server of HELIOGRAPH_BIN is measured; else with DENORT_BIN it is compiled
 * first; else it runs from the source. NATS_SERVER names a nats-server of 2.10 or later: JetStream of an older one cannot sync
 * always. Needs a C compiler and OpenSSL's headers; peers that are not there are left out with a word. Takes about two minutes.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { hasPostgres, PostgresServer } from "../kit/postgres.ts";
import { chooseServer } from "./load/compiled.ts";
import { makeCrowd } from "./load/crowd.ts";
import { buildGenerator, buildSlowSync, type Measured } from "./load/generator.ts";
import { JETSTREAM, NATS, type Peer, SURE_MOSQUITTO } from "./load/peers.ts";
import { freePort, type Running, startOurs, startPeer, versionOf } from "./load/running.ts";
import { load, LOAD_HEAD, showLoad, type Target } from "./load/target.ts";

const RECEIVERS = 100;
/** What 128 bytes of text are with their header, sealed and padded: all keep as much. */
const SIZE_BYTES = 512;

/** One run of the generator, as its arguments: senders, messages a second (0: as many as go), messages on the way. */
const ROUNDS = [
  { name: "1 sender, 256 on the way", senders: 1, rate: 0, window: 256 },
  { name: "100 senders, 256 on the way", senders: 100, rate: 0, window: 256 },
  { name: "1 sender, 1,000/s", senders: 1, rate: 1000, window: 0 },
] as const;

/** One by one: 100 in a second, after the second that warms up. */
const COUNTED = { receivers: 1, senders: 1, rate: 100, window: 0, seconds: 1 } as const;

const EVENLY = ROUNDS[2];

/** What a commit of a few messages writes. */
const COMMIT_BYTES = 16 * 1024;
const SYNCS = 500;

const PLAIN = { tls: false } as const;

async function measure(
  program: string,
  target: Target,
  rounds: readonly (typeof ROUNDS[number])[] = ROUNDS,
): Promise<void> {
  for (const round of rounds) {
    const server = await target.start();
    if (server === undefined) return console.log(`${target.name}: not here`);
    await using _owned = server;
    const options = { ...round, receivers: RECEIVERS };
    // The generator prints an object of these fields.
    const measured = await load(program, { target, server, ...PLAIN }, options) as Measured;
    showLoad(target.name, round.name, measured);
  }
}

/** Milliseconds of `fdatasync` behind what a commit writes, p50 and p99, where the servers have their files. */
async function syncMs(folder: string): Promise<readonly [number, number]> {
  const path = join(folder, "syncs");
  using file = await Deno.open(path, { create: true, write: true });
  const bytes = new Uint8Array(COMMIT_BYTES).fill(1);
  const times: number[] = [];
  for (let i = 0; i < SYNCS; i++) {
    await file.write(bytes);
    const startedMs = performance.now();
    await file.syncData();
    times.push(performance.now() - startedMs);
  }
  times.sort((one, other) => one - other);
  return [times[Math.floor(SYNCS / 2)], times[Math.floor(SYNCS * 0.99)]];
}

/** Prints how many syncs a message takes; with those that a server makes by its own clock. */
async function countSyncs(program: string, target: Target): Promise<void> {
  const server = await target.start();
  if (server === undefined) return;
  await using _owned = server;
  const log = await Deno.makeTempFile({ prefix: "durable-" });
  const words = ["-f", "-q", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o", log, "-p"];
  const children = (await Deno.readTextFile(`/proc/${server.pid}/task/${server.pid}/children`))
    .trim().split(" ").filter((pid) => pid !== "");
  const strace = new Deno.Command("strace", {
    args: [...words, [String(server.pid), ...children].join(",")],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!/^TracerPid:\s*[1-9]/m.test(await Deno.readTextFile(`/proc/${server.pid}/status`))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // The generator prints an object of these fields.
  const { sentPerSecond } = await load(program, { target, server, ...PLAIN }, COUNTED) as {
    sentPerSecond: number;
  };
  strace.kill("SIGINT");
  await strace.status;
  const syncs = (await Deno.readTextFile(log)).split("\n")
    .filter((line) => /\b(?:f(?:data)?sync|sync_file_range|msync)\(/.test(line)).length;
  await Deno.remove(log);
  console.log(`| ${target.name} | ${(2 * sentPerSecond).toFixed(0)} | ${syncs} |`);
}

const versions: string[] = [];

function peerTarget(peer: Peer, protocol: string, folder: string): Target {
  let starts = 0;
  return {
    ...{ name: peer.name, protocol, sizeBytes: SIZE_BYTES, crowd: [] },
    start: async () => {
      const own = join(folder, `${peer.name}${starts++}`);
      await Deno.mkdir(own);
      const server = await startPeer(peer, { folder: own, tls: undefined });
      if (server !== undefined && starts === 1) {
        versions.push(`${peer.name} ${await versionOf(peer)}`);
      }
      return server;
    },
  };
}

const CREATE_TABLE = "CREATE TABLE message (id bigserial PRIMARY KEY, text text NOT NULL)";

/** Its defaults sync at each commit, several at once when they wait for each other. */
const postgres: Target = {
  ...{ name: "PostgreSQL", protocol: "postgres", sizeBytes: SIZE_BYTES, crowd: [] },
  async start(): Promise<Running | undefined> {
    if (!hasPostgres()) return undefined;
    const port = freePort();
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      max_connections: "200",
      shared_buffers: "128MB",
      // Microseconds that a commit waits for others, where five are under way: more at once.
      commit_delay: "200",
    };
    const server = await PostgresServer.start({ isDurable: true, settings });
    const database = await server.connect({ ...server.address, schema: "public" });
    await database.transaction((transaction) => transaction.script(CREATE_TABLE));
    await database.close();
    const [pid] = (await Deno.readTextFile(join(server.data, "postmaster.pid"))).split("\n");
    return { port, pid: Number(pid), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "durable-" });
  try {
    const program = await buildGenerator(folder);
    if (program === undefined) return;
    console.log(`Measured: ${await chooseServer(folder)}. Load ${Deno.loadavg()[0].toFixed(1)}.\n`);
    const pristine = join(folder, "pristine");
    const crowd = await makeCrowd(pristine, { count: RECEIVERS + 1, members: RECEIVERS + 1 });
    let copies = 0;
    const own = (name: string, env: Readonly<Record<string, string>> = {}): Target => ({
      ...{ name, protocol: "heliograph", sizeBytes: SIZE_BYTES, crowd: [crowd] },
      start: async () => {
        const data = join(folder, `ours${copies++}`);
        await new Deno.Command("cp", { args: ["-r", pristine, data] }).output();
        return await startOurs(data, { data, env, ...PLAIN });
      },
    });
    const ours = own("heliograph");
    const targets = [
      ours,
      peerTarget(JETSTREAM, "jetstream", folder),
      postgres,
      peerTarget(SURE_MOSQUITTO, "mqtt-sure", folder),
    ];
    for (const line of LOAD_HEAD) console.log(line);
    for (const target of targets) await measure(program, target);
    // What a sync adds: beside a server that keeps nothing, and with a sync that takes 5 ms longer.
    await measure(program, peerTarget(NATS, "nats", folder), [EVENLY]);
    const slow = await buildSlowSync(folder);
    if (slow !== undefined) {
      await measure(program, own("heliograph, syncs 5 ms slower", { LD_PRELOAD: slow }), [EVENLY]);
    }
    const [middle, most] = await syncMs(folder);
    console.log(`\nfdatasync: p50 ${middle.toFixed(2)} ms, p99 ${most.toFixed(2)} ms`);
    if (!existsSync("/usr/bin/strace")) return console.log("\nsyncs are not counted: no strace");
    console.log("\n| server | messages | syncs |\n| --- | --- | --- |");
    for (const target of targets) await countSyncs(program, target);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await main();
  console.log(`\nDeno ${Deno.version.deno}, ${versions.join(", ")}`);
}
