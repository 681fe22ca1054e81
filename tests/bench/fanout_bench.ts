/**
 * One sealed conversation of 100 devices under load, and 10,000 idle connections, beside ngircd, mosquitto and nats-server,
 * plain and with TLS; prints the section of docs/bench.md. Ours does more than they do: who sends is signed in, each message
 * is sealed (128 bytes of text are 512 then), ordered, on disk before it is delivered, and kept until it is acknowledged.
 *
 * Run: `deno run -A tests/bench/fanout_bench.ts [plain|tls] [idle|beside]`; `idle` leaves out all but
 * the idle connections and the peers, `beside` all but row S2.08: 500 who talk beside 5,000 who do not, the server on one core. The server of HELIOGRAPH_BIN is measured; else with DENORT_BIN
 * it is compiled first; else it runs from the source. Needs a C compiler and OpenSSL's headers; peers that are not there are
 * left out with a word. Takes about five minutes.
 */

import { join } from "node:path";
import { chooseServer } from "./load/compiled.ts";
import { makeCrowd } from "./load/crowd.ts";
import { buildGenerator, type Measured } from "./load/generator.ts";
import { type Peer, PEERS } from "./load/peers.ts";
import { startOurs, startPeer, versionOf } from "./load/running.ts";
import { load, LOAD_HEAD, showLoad, type Target } from "./load/target.ts";

const RECEIVERS = 100;
const IDLE = 10_000;
/** Each of them is there four times when all are idle: to sign certificates for more takes longer than the measurement. */
const DEVICES = 2_500;
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

async function measure(program: string, target: Target, tls: boolean): Promise<void> {
  for (const round of ROUNDS) {
    // Each on a fresh server: what waits from the round before would be delivered first.
    const server = await target.start();
    if (server === undefined) return console.log(`${target.name}: not installed`);
    await using _owned = server;
    const options = { ...round, receivers: RECEIVERS };
    // The generator prints an object of these fields.
    const measured = await load(program, { target, server, tls }, options) as Measured;
    showLoad(target.name, round.name, measured);
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
  showLoad(
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

/** Row S2.08: each of the active says something every two seconds, and all hear it. The server has one core to itself. */
const BESIDE = { idle: 5_000, active: 500, perSecond: 250, seconds: 20 } as const;
const ONE_CORE = "0";

async function measureBeside(
  program: string,
  { folder, tls }: { readonly folder: string; readonly tls: boolean },
): Promise<void> {
  const { idle, active, perSecond, seconds } = BESIDE;
  const data = join(folder, `beside-${tls ? "tls" : "plain"}`);
  const crowd = await makeCrowd(data, { count: DEVICES, members: active });
  await using server = await startOurs(data, { data, tls });
  await new Deno.Command("taskset", {
    args: ["--all-tasks", "--pid", "--cpu-list", ONE_CORE, String(server.pid)],
    stdout: "null",
  }).output();
  const target: Target = {
    ...{ name: "heliograph", protocol: "heliograph", sizeBytes: SEALED_BYTES, crowd: [crowd] },
    start: () => Promise.resolve(server),
  };
  const at = { target, server, tls };
  const stay = seconds + SETTLE_SECONDS;
  const resting = load(program, at, {
    ...{ receivers: idle, senders: 0, rate: 0, window: 0, seconds: stay },
  });
  while ([...Deno.readDirSync(`/proc/${server.pid}/fd`)].length < idle) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // The generator prints objects of these fields.
  const measured = await load(program, at, {
    ...{ receivers: active, senders: active, rate: perSecond, window: 0, seconds },
  }) as Measured;
  const { idleMib } = await resting as { idleMib: number };
  showLoad(
    `heliograph, ${idleMib.toFixed(0)} MiB`,
    `${active} say ${perSecond}/s beside ${idle} idle`,
    measured,
  );
}

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fanout-" });
  try {
    const program = await buildGenerator(folder);
    if (program === undefined) return;
    console.log(`Measured: ${await chooseServer(folder)}.`);
    const pristine = join(folder, "pristine");
    const crowd = Deno.args.includes("beside")
      ? ""
      : await makeCrowd(pristine, { count: DEVICES, members: RECEIVERS + 1 });
    let copies = 0;
    for (const tls of [false, true]) {
      const isAsked = (kind: string) => Deno.args.includes(kind);
      if ((isAsked("plain") || isAsked("tls")) && !isAsked(tls ? "tls" : "plain")) continue;
      console.log(`\n${tls ? "TLS" : "Plain TCP"}, ${RECEIVERS} receivers\n`);
      for (const line of LOAD_HEAD) console.log(line);
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
      if (isAsked("beside")) {
        await measureBeside(program, { folder, tls });
        continue;
      }
      if (isAsked("idle")) {
        await measureIdle(program, ours, tls);
        continue;
      }
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
