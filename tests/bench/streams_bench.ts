/**
 * Live streams: what sealing costs, what the relay and the direct way add, and what both ends of a stream of 640×360 at 15 pictures a second
 * use of a core. CPU time, so that a busy machine does not hide it. Run: `deno run -A --unstable-net tests/bench/streams_bench.ts`.
 */

import { encodeHex } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/base/clock.ts";
import type { StreamId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { DirectLine } from "../../lib/client/direct/direct_line.ts";
import { DirectPort } from "../../lib/client/direct/direct_port.ts";
import { sendDirectly, watchDirectly } from "../../lib/client/streams/direct_ends.ts";
import { SFRAME_AES_256, SFrameOpener, SFrameSealer } from "../../lib/crypto/sframe.ts";
import { STREAM_PART_MAX_BYTES } from "../../lib/protocol/limits.ts";
import { openPair } from "../kit/raw_conversation.ts";
import { TestServer } from "../kit/test_server.ts";
import { Journey } from "../journeys/programs.ts";

const FRAME_BYTES = 30_000;
const SEALED_FRAMES = 3_000;
const RELAYED = 300;
const STREAM = "000102030405060708090a0b0c0d0e0f";
const STREAM_SECONDS = 10;
const HERE = "127.0.0.1";

function report(name: string, result: string): void {
  console.log(`${name.padEnd(64)} ${result}`);
}

/** Of this process, in seconds. */
function ownCpu(): number {
  return cpuSeconds(Deno.pid);
}

/** Of a process and the children that it has waited for. */
function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ");
  // utime and stime, proc(5), in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function sealing(): Promise<void> {
  const baseKey = crypto.getRandomValues(new Uint8Array(32));
  const frame = crypto.getRandomValues(new Uint8Array(FRAME_BYTES));
  const metadata = new Uint8Array(37);
  const sealer = await SFrameSealer.open(SFRAME_AES_256, 259n, baseKey);
  const opener = await SFrameOpener.open(SFRAME_AES_256, 259n, baseKey);
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) await opener.open(metadata, await sealer.seal(metadata, frame));
  };
  await run(200);
  const before = ownCpu();
  await run(SEALED_FRAMES);
  const seconds = ownCpu() - before;
  report(
    "sealed and opened, frames of 30 KB, in a CPU second",
    (SEALED_FRAMES / seconds).toFixed(0),
  );
  const plainBefore = ownCpu();
  // The reference: the same bytes, copied twice.
  for (let i = 0; i < SEALED_FRAMES; i++) await Promise.resolve(frame.slice().slice());
  const copied = Math.max(0.01, ownCpu() - plainBefore);
  report("the same bytes copied twice (the reference)", (SEALED_FRAMES / copied).toFixed(0));
}

/** From the sender's connection to the watcher's, without TCP and TLS: what the server itself adds. */
async function relaying(): Promise<void> {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await alice.client.get("stream.open", { stream: STREAM, conversation });
  await bob.client.get("stream.join", { stream: STREAM });
  const payload = crypto.getRandomValues(new Uint8Array(FRAME_BYTES));
  if (FRAME_BYTES > STREAM_PART_MAX_BYTES) throw new Error("one part is measured");
  const delays: number[] = [];
  for (let unit = 0; unit < RELAYED; unit++) {
    const startedMs = performance.now();
    const header = { stream: STREAM, unit, size: FRAME_BYTES, offset: 0 };
    alice.client.send({ kind: "stream.part", ...header }, payload);
    await bob.client.next("stream.piece");
    delays.push(performance.now() - startedMs);
    bob.client.send({ kind: "stream.taken", stream: STREAM, bytes: (unit + 1) * FRAME_BYTES });
  }
  reportDelays("a frame of 30 KB through the server's parts", delays);
}

/** From one client's connection to the other's, by QUIC over loopback: the whole direct way, with its encryption. */
async function goingDirectly(): Promise<void> {
  const [offering, answering] = await Promise.all(
    [1, 2].map(() => DirectPort.open({ clock: systemClock, random: systemRandom, host: HERE })),
  );
  const attempt = systemRandom.bytes(16);
  const certificates = { offering: offering.certificate, answering: answering.certificate };
  const terms = { attempt, token: systemRandom.bytes(32), ...certificates, epoch: 1 };
  const { signal } = new AbortController();
  const meet = (port: DirectPort, role: "offering" | "answering", other: DirectPort) => {
    const addresses = [{ host: HERE, port: other.port }];
    return port.meet(encodeHex(attempt), Promise.resolve({ terms, role, addresses }), signal);
  };
  const peers = await Promise.all([
    meet(offering, "offering", answering),
    meet(answering, "answering", offering),
  ]);
  const [from, to] = peers.map((peer) => new DirectLine(peer, systemClock));
  const stream = STREAM as StreamId;
  let arrived = Promise.withResolvers<void>();
  const refused = { malformed: 0, repeated: 0 };
  watchDirectly(to, { stream, take: () => arrived.resolve(), refused });
  const lane = sendDirectly(from, { stream, clock: systemClock, heard: () => {} });
  const payload = systemRandom.bytes(FRAME_BYTES);
  const delays: number[] = [];
  for (let unit = 0; unit < RELAYED; unit++) {
    arrived = Promise.withResolvers<void>();
    const startedMs = performance.now();
    await lane.send(unit, payload, signal);
    await arrived.promise;
    delays.push(performance.now() - startedMs);
  }
  reportDelays("a frame of 30 KB directly, by QUIC over loopback", delays);
  // The receiver reads to the end first: QUIC throws away what was not read.
  await Promise.all([from.close(), to.close()]);
  await Promise.all([offering, answering].map((port) => port.close()));
}

function reportDelays(name: string, delays: number[]): void {
  delays.sort((one, other) => one - other);
  const [p50, p99] = [0.5, 0.99].map((part) => delays[Math.floor(delays.length * part)]);
  report(name, `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
}

/** Both ends, and the server, of a stream of a made picture, by the real programs. */
async function streaming(): Promise<void> {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  await using watching = journey.start("bob", ["stream", "accept", "--render", "none"]);
  await watching.says(/Waiting/);
  await using sending = journey.start("alice", ["stream", "bob", "--camera", "test"]);
  await sending.says(/watches/);
  const pids = { sender: sending.pid, watcher: watching.pid, server: journey.ready.pid };
  const names = Object.keys(pids) as (keyof typeof pids)[];
  const ffmpeg = await childOf(sending.pid);
  const all = () => [...names.map((name) => cpuSeconds(pids[name])), ffmpegCpu(ffmpeg)];
  const before = all();
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, STREAM_SECONDS * 1000));
  const seconds = (performance.now() - startedMs) / 1000;
  const after = all();
  for (const [i, name] of [...names, "ffmpeg"].entries()) {
    const share = (after[i] - before[i]) / seconds * 100;
    report(`640×360, 15 a second: ${name}`, `${share.toFixed(1)} % of a core`);
  }
  await sending.stop("SIGINT");
  const [line] = (await sending.ended()).stdout.split("\n");
  report("what was sent", line);
}

/** The ffmpeg that a client started; another step of size starts another one. */
async function childOf(pid: number): Promise<number> {
  for (;;) {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "pid=,args=", "--ppid", String(pid)],
    }).output();
    const line = new TextDecoder().decode(stdout).split("\n").find((one) =>
      one.includes("testsrc2")
    );
    if (line !== undefined) return Number(line.trim().split(" ")[0]);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** 0 once it is gone. */
function ffmpegCpu(pid: number): number {
  try {
    return cpuSeconds(pid);
  } catch {
    return 0;
  }
}

await sealing();
await relaying();
await goingDirectly();
await streaming();
