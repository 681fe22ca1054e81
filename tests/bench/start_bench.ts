/**
 * How soon a server answers after it was started: from the start of its process to the first byte that it says to somebody who
 * connected, beside peers in the same run. The processor's time is the more telling one on a busy machine. The built server is
 * measured when HELIOGRAPH_BIN names its folder or DENORT_BIN has it compiled first. Linux only.
 */

import { join } from "node:path";
import { existsSync } from "node:fs";
import { systemRandom } from "../../lib/base/random.ts";
import { encodeBase64, utf8 } from "../../lib/base/bytes.ts";
import { encodePacket } from "../../lib/protocol/packet.ts";
import { PROTOCOL_VERSIONS } from "../../lib/protocol/versions.ts";
import { programWords } from "../journeys/programs.ts";
import { chooseServer } from "./load/compiled.ts";
import { type Peer, PEERS } from "./load/peers.ts";
import { freePort, versionOf } from "./load/running.ts";

const STARTS = 7;
const LIMIT_MS = 30_000;
const PAUSE_MS = 2;
const TICKS_PER_SECOND = 100;

/** A server that can be started again and again. */
interface Starter {
  readonly name: string;
  /** What is said first; a server that speaks by itself needs none. */
  readonly ask: Uint8Array;
  words(port: number, round: number): Promise<readonly string[]>;
}

interface Start {
  readonly answeredMs: number;
  readonly cpuMs: number;
}

const HELLO = encodePacket({
  kind: "hello",
  request: 1,
  versions: PROTOCOL_VERSIONS,
  program: "bench",
  nonce: encodeBase64(systemRandom.bytes(32)),
});

/** `folderOf` says where the data of a round lies. */
function ours(name: string, folder: string, folderOf: (round: number) => string): Starter {
  return {
    name,
    ask: HELLO,
    async words(port, round) {
      const videos = join(folder, "videos");
      await Deno.mkdir(videos, { recursive: true });
      const address = `127.0.0.1:${port}`;
      const data = join(folder, folderOf(round));
      const where = ["--listen", address, "--data", data, "--videos", videos];
      return programWords("server", ["serve", ...where, "--no-console", "--tls", "off"]);
    },
  };
}

function peer(one: Peer, folder: string): Starter {
  return {
    name: one.name,
    ask: one.protocol === "irc"
      ? utf8("NICK bench\r\nUSER bench 0 * :bench\r\n")
      : new Uint8Array(0),
    async words(port) {
      const configFile = join(folder, `${one.name}.conf`);
      await Deno.writeTextFile(configFile, one.configure({ folder, port, tls: undefined }));
      return [one.program, ...one.args(configFile)];
    },
  };
}

async function start(starter: Starter, round: number): Promise<Start> {
  const port = freePort();
  const [program, ...args] = await starter.words(port, round);
  const startedMs = performance.now();
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    while (!await answers(port, starter.ask)) {
      if (performance.now() - startedMs > LIMIT_MS) throw new Error(`${starter.name} says nothing`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return { answeredMs: performance.now() - startedMs, cpuMs: cpuMs(child.pid) };
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

async function answers(port: number, ask: Uint8Array): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    if (ask.length > 0) await connection.write(ask);
    return await connection.read(new Uint8Array(1)) !== null;
  } catch (error) {
    // It listens, or takes connections, a moment later.
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    if (error instanceof Deno.errors.ConnectionReset) return false;
    throw error;
  }
}

/** Of the process and the children that it waited for. */
function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / TICKS_PER_SECOND * 1000;
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

async function main(): Promise<void> {
  if (Deno.build.os !== "linux") {
    console.log("skipped: this reads /proc");
    return;
  }
  const folder = await Deno.makeTempDir({ prefix: "start-" });
  try {
    console.log(`Measured: ${await chooseServer(folder)}. Load ${Deno.loadavg()[0].toFixed(1)}.\n`);
    const peers = PEERS.filter(({ program, protocol }) =>
      existsSync(program) && protocol !== "mqtt"
    );
    const starters = [
      ours("heliograph, its data are there", folder, () => "data"),
      ours("heliograph, for the first time", folder, (round) => `new${round}`),
      ...peers.map((one) => peer(one, folder)),
    ];
    const found = new Map<string, Start[]>(starters.map(({ name }) => [name, []]));
    // The first round reads the programs from disk; the others take turns, so that a busy moment hits all of them.
    for (let round = 0; round <= STARTS; round++) {
      for (const starter of starters) {
        const measured = await start(starter, round);
        if (round > 0) found.get(starter.name)?.push(measured);
      }
    }
    console.log("| server | first answer, median of 7 | least | processor |");
    console.log("| --- | --- | --- | --- |");
    for (const [name, starts] of found) {
      const answered = starts.map(({ answeredMs }) => answeredMs);
      const cpu = middle(starts.map((one) => one.cpuMs));
      const [median, least] = [middle(answered), Math.min(...answered)];
      console.log(`| ${name} | ${median.toFixed(0)} ms | ${least.toFixed(0)} ms | ${cpu} ms |`);
    }
    const versions = await Promise.all(
      peers.map(async (one) => `${one.name} ${await versionOf(one)}`),
    );
    console.log(`\nDeno ${Deno.version.deno}, ${versions.join(", ")}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
