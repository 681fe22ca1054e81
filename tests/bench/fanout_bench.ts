/**
 * One sealed conversation of 100 devices under load, and 10,000 idle connections, beside ngircd, mosquitto and nats-server,
 * plain and with TLS; prints the section of docs/bench.md. Ours does more than they do: who sends is signed in, each message
 * is sealed (128 bytes of text are 512 then), ordered, on disk before it is delivered, and kept until it is acknowledged.
 *
 * Run: `deno run -A tests/bench/fanout_bench.ts [plain|tls]`. The server of HELIOGRAPH_BIN is measured; else with DENORT_BIN
 * it is compiled first; else it runs from the source. Needs a C compiler and OpenSSL's headers; peers that are not there are
 * left out with a word. Takes about five minutes.
 */

import { join } from "node:path";
import { chooseServer } from "./load/compiled.ts";
import { makeCrowd } from "./load/crowd.ts";
import { type Peer, PEERS } from "./load/peers.ts";
import { type Running, startOurs, startPeer, versionOf } from "./load/running.ts";

const RECEIVERS = 100;
const IDLE = 10_000;
/** Each of them is there four times when all are idle: to sign certificates for more takes longer than the measurement. */
const DEVICES = 2_500;
const SECONDS = 2;
/** Until memory that V8 does not need any more is given back. */
const SETTLE_SECONDS = 30;
const PEER_SETTLE_SECONDS = 3;
const TEXT_BYTES = 128;
/** What 128 bytes of text are with their header, sealed and padded. */
const SEALED_BYTES = 512;

/** One run of the generator, as its arguments: senders, messages a second (0: as many as go), messages on the way. */
const ROUNDS = [
  { name: "1 sender, 256 on the way", senders: 1, rate: 0, window: 256 },
  { name: "100 senders, 256 on the way", senders: 100, rate: 0, window: 256 },
  { name: "1 sender, 1,000/s", senders: 1, rate: 1000, window: 0 },
  { name: "100 senders, 1,000/s", senders: 100, rate: 1000, window: 0 },
] as const;

/**
 * `/broadcast`: to everyone, signed, not sealed, on disk first. An account may say five at once and then one in 20 s, so it
 * cannot be one sender: each of the connected says five, in turn, and a thousand accounts come one hundred after the other.
 */
const BROADCAST = {
  name: "broadcast, 5 by each of 100, 256 on the way",
  protocol: "heliograph-broadcast",
  round: { receivers: RECEIVERS, senders: RECEIVERS, rate: 0, window: 256, seconds: 0 },
};

interface Measured {
  readonly deliveriesPerSecond: number;
  readonly deliveriesPerCpuSecond: number;
  readonly cores: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly missing: number;
}

interface Target {
  readonly name: string;
  readonly protocol: string;
  readonly sizeBytes: number;
  start(): Promise<Running | undefined>;
  readonly crowd: readonly string[];
}

async function build(folder: string): Promise<string | undefined> {
  const program = join(folder, "loadgen");
  const source = new URL("./load/loadgen.c", import.meta.url).pathname;
  try {
    const args = ["-O2", "-o", program, source, "-lssl", "-lcrypto"];
    const { success, stderr } = await new Deno.Command("cc", { args }).output();
    if (success) return program;
    console.log(`skipped: cannot build the generator: ${new TextDecoder().decode(stderr)}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: there is no C compiler here");
  }
  return undefined;
}

async function load(
  program: string,
  { target, server, tls }: { target: Target; server: Running; tls: boolean },
  round: { receivers: number; senders: number; rate: number; window: number; seconds?: number },
): Promise<unknown> {
  const { receivers, senders, rate, window, seconds = SECONDS } = round;
  const numbers = [server.port, tls ? 1 : 0, receivers, senders, rate, window, seconds];
  const args = [target.protocol, ...numbers, target.sizeBytes, server.pid, ...target.crowd];
  const { stdout, stderr } = await new Deno.Command(program, { args: args.map(String) }).output();
  const text = new TextDecoder();
  const line = text.decode(stdout);
  if (line === "") throw new Error(`${target.name}: ${text.decode(stderr)}`);
  return JSON.parse(line);
}

function million(number: number): string {
  return `${(number / 1e6).toFixed(2)} M`;
}

function show(target: string, round: string, measured: Measured): void {
  const { deliveriesPerSecond, deliveriesPerCpuSecond, cores, p50Ms, p99Ms, missing } = measured;
  const lost = missing === 0 ? "" : `, ${missing} MISSING`;
  console.log(
    `| ${target} | ${round} | ${million(deliveriesPerSecond)} | ${
      million(deliveriesPerCpuSecond)
    } | ${cores.toFixed(2)} | ${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms${lost} |`,
  );
}

async function measure(program: string, target: Target, tls: boolean): Promise<void> {
  for (const round of ROUNDS) {
    // Each on a fresh server: what waits from the round before would be delivered first.
    const server = await target.start();
    if (server === undefined) return console.log(`${target.name}: not installed`);
    await using _owned = server;
    const options = { ...round, receivers: RECEIVERS };
    // The generator prints an object of these fields.
    const measured = await load(program, { target, server, tls }, options) as Measured;
    show(target.name, round.name, measured);
  }
  if (target.protocol === "heliograph") await measureBroadcast(program, target, tls);
  await measureIdle(program, target, tls);
}

async function measureBroadcast(program: string, target: Target, tls: boolean): Promise<void> {
  const server = await target.start();
  if (server === undefined) return;
  await using _owned = server;
  const { name, protocol, round } = BROADCAST;
  const speaking = { ...target, protocol, sizeBytes: TEXT_BYTES };
  // The generator prints an object of these fields.
  show(
    target.name,
    name,
    await load(program, { target: speaking, server, tls }, round) as Measured,
  );
}

async function measureIdle(program: string, target: Target, tls: boolean): Promise<void> {
  if (target.protocol === "irc") {
    return console.log(
      `| ${target.name} | idle | not measured: it takes too long to sign so many in | | | |`,
    );
  }
  const server = await target.start();
  if (server === undefined) return;
  await using _owned = server;
  const seconds = target.protocol === "heliograph" ? SETTLE_SECONDS : PEER_SETTLE_SECONDS;
  const idle = { receivers: IDLE, senders: 0, rate: 0, window: 0, seconds };
  // The generator prints an object of these fields.
  const { kibPerConnection, beforeMib, idleMib } = await load(
    program,
    { target, server, tls },
    idle,
  ) as { kibPerConnection: number; beforeMib: number; idleMib: number };
  console.log(
    `| ${target.name} | ${IDLE.toLocaleString("en")} idle | ${
      kibPerConnection.toFixed(1)
    } KiB each, ${beforeMib.toFixed(0)} to ${idleMib.toFixed(0)} MiB | | | |`,
  );
}

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fanout-" });
  try {
    const program = await build(folder);
    if (program === undefined) return;
    console.log(`Measured: ${await chooseServer(folder)}.`);
    const pristine = join(folder, "pristine");
    const crowd = await makeCrowd(pristine, { count: DEVICES, members: RECEIVERS + 1 });
    let copies = 0;
    for (const tls of [false, true]) {
      if (Deno.args.length > 0 && !Deno.args.includes(tls ? "tls" : "plain")) continue;
      console.log(`\n${tls ? "TLS" : "Plain TCP"}, ${RECEIVERS} receivers\n`);
      console.log("| server | load | deliveries/s | per CPU second | cores | p50 / p99 |");
      console.log("| --- | --- | --- | --- | --- | --- |");
      const ours: Target = {
        name: "heliograph",
        protocol: "heliograph",
        sizeBytes: SEALED_BYTES,
        crowd: [crowd],
        start: async () => {
          const home = join(folder, `ours${copies++}`);
          await new Deno.Command("cp", { args: ["-r", pristine, home] }).output();
          return await startOurs(home, { data: home, tls });
        },
      };
      await measure(program, ours, tls);
      for (const peer of PEERS) {
        await measure(program, peerTarget(peer, { folder, pristine, tls }), tls);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function peerTarget(
  peer: Peer,
  { folder, pristine, tls }: { folder: string; pristine: string; tls: boolean },
): Target {
  const certificate = { certificate: join(pristine, "tls.pem"), key: join(pristine, "tls.key") };
  return {
    name: peer.name,
    protocol: peer.protocol,
    sizeBytes: TEXT_BYTES,
    crowd: [],
    start: async () => {
      const server = await startPeer(peer, { folder, tls: tls ? certificate : undefined });
      if (server !== undefined) versions.set(peer.name, await versionOf(peer));
      return server;
    },
  };
}

const versions = new Map<string, string>();

if (import.meta.main) {
  await main();
  const found = [...versions].map(([name, version]) => `${name} ${version}`);
  console.log(`\nDeno ${Deno.version.deno}, ${found.join(", ")}`);
}
