/**
 * Live streams, each figure beside a peer in the same run: what sealing costs, what the relay and the direct way add, how long a
 * picture is on its way through the real programs, how long the first one, and what both ends of a stream of 640×360 at 15
 * pictures a second use of a core. CPU time, so that a busy machine does not hide it.
 * Run: `deno run -A --unstable-net tests/bench/streams_bench.ts`.
 */

import { join } from "node:path";
import { encodeHex } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/base/clock.ts";
import type { StreamId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { DirectLine } from "../../lib/client/direct/direct_line.ts";
import { DirectPort } from "../../lib/client/direct/direct_port.ts";
import { sendDirectly, watchDirectly } from "../../lib/client/streams/direct_ends.ts";
import { SFRAME_AES_256, SFrameOpener, SFrameSealer } from "../../lib/crypto/sealing/sframe.ts";
import { STREAM_PART_MAX_BYTES } from "../../lib/protocol/limits.ts";
import { openPair } from "../kit/raw_conversation.ts";
import { TestServer } from "../kit/test_server.ts";
import { Journey } from "../journeys/programs.ts";
import { childrenCpuSeconds, cpuSeconds } from "./files/measuring.ts";
import { Arrivals, has, peerCamera, peerStamps, stampingSource } from "./streams/ffmpeg_peer.ts";

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
  await sealingOfOpenssl();
}

/** The same cipher alone, sealing only: what is possible on this core. */
async function sealingOfOpenssl(): Promise<void> {
  const words = ["speed", "-seconds", "1", "-bytes", String(FRAME_BYTES), "-evp", "aes-256-gcm"];
  const name = "openssl: AES-256-GCM alone, seal and open counted as two";
  try {
    const { stdout } = await new Deno.Command("openssl", { args: words, stderr: "null" }).output();
    const text = new TextDecoder().decode(stdout);
    const kilobytes = Number(/([\d.]+)k\s*$/m.exec(text)?.[1]);
    report(name, (kilobytes * 1000 / FRAME_BYTES / 2).toFixed(0));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    report(name, "skipped: no openssl");
  }
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

/** The same frame over loopback TCP in this process, straight and through somebody who passes it on: the reference. */
async function plainTcp(): Promise<void> {
  for (const hops of [1, 2]) {
    await using owned = new AsyncDisposableStack();
    const ways: [Deno.TcpConn, Deno.TcpConn][] = [];
    for (let hop = 0; hop < hops; hop++) {
      using listener = Deno.listen({ hostname: HERE, port: 0 });
      const { port } = listener.addr;
      const way = await Promise.all([Deno.connect({ hostname: HERE, port }), listener.accept()]);
      for (const end of way) {
        end.setNoDelay(true);
        owned.defer(() => end.close());
      }
      ways.push([way[0], way[1]]);
    }
    const payload = systemRandom.bytes(FRAME_BYTES);
    const buffer = new Uint8Array(FRAME_BYTES);
    const delays: number[] = [];
    for (let unit = 0; unit < RELAYED; unit++) {
      const startedMs = performance.now();
      for (const [from, to] of ways) {
        await Promise.all([writeAll(from, payload), readAll(to, buffer)]);
      }
      delays.push(performance.now() - startedMs);
    }
    reportDelays(`a frame of 30 KB by plain TCP, ${hops === 1 ? "directly" : "relayed"}`, delays);
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

async function readAll(from: Deno.Conn, into: Uint8Array): Promise<void> {
  for (let at = 0; at < into.length;) at += await from.read(into.subarray(at)) ?? Infinity;
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
  const { lane } = sendDirectly(from, { stream, clock: systemClock, heard: () => {} });
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

/** What programs use of a core from now on. */
async function reportShares(shares: Record<string, () => number | Promise<number>>): Promise<void> {
  const names = Object.keys(shares);
  const all = () => Promise.all(names.map((name) => shares[name]()));
  const before = await all();
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, STREAM_SECONDS * 1000));
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [i, used] of (await all()).entries()) {
    const share = (used - before[i]) / seconds * 100;
    report(`640×360, 15 a second: ${names[i]}`, `${share.toFixed(1)} % of a core`);
  }
}

/** Both ends, and the server, of a stream of a made picture, by the real programs; then ffmpeg to ffmpeg. */
async function streaming(): Promise<void> {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  await using watching = journey.start("bob", ["stream", "accept", "--render", "none"]);
  await watching.says(/Waiting/);
  await using sending = journey.start("alice", ["stream", "bob", "--camera", "test"]);
  await sending.says(/watches/);
  await reportShares({
    sender: () => cpuSeconds(sending.pid),
    "its ffmpeg": () => childrenCpuSeconds(sending.pid),
    server: () => cpuSeconds(journey.ready.pid),
    watcher: () => cpuSeconds(watching.pid),
  });
  await sending.stop("SIGINT");
  const [line] = (await sending.ended()).stdout.split("\n");
  report("what was sent", line);
  await using peer = await peerCamera();
  await reportShares({
    "ffmpeg that makes and sends it, plain": () => cpuSeconds(peer.sender),
    "ffmpeg that takes it": () => cpuSeconds(peer.receiver),
  });
}

/** From the source to the file at the other end, and to the first one, by the real programs; then the same by ffmpeg. */
async function arriving(): Promise<void> {
  if (!await has("perl")) return report("delay through the programs", "skipped: no perl");
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const [ours, theirs] = ["ours", "theirs"].map((name) => join(journey.folder, name));
  for (const folder of [ours, theirs]) await Deno.mkdir(folder);
  const source = await stampingSource(journey.folder);
  {
    await using arrivals = new Arrivals(ours);
    await using watching = journey.start("bob", [
      ...["stream", "accept", "--render", "none", "--save", ours],
    ]);
    await watching.says(/Waiting/);
    Deno.env.set("HELIOGRAPH_FFMPEG", source);
    await using sending = journey.start("alice", ["stream", "bob", "--camera", "test"]);
    Deno.env.delete("HELIOGRAPH_FFMPEG");
    await watching.says(/Watching/);
    const saidMs = performance.now();
    report("first picture after the yes", `${(await arrivals.first - saidMs).toFixed(0)} ms`);
    await new Promise((resolve) => setTimeout(resolve, STREAM_SECONDS * 1000));
    await sending.stop("SIGINT");
    await watching.ended();
    reportDelays("a picture through sender, server, TLS and watcher", await arrivals.delays());
  }
  {
    await using arrivals = new Arrivals(theirs);
    await using peer = await peerStamps(source, theirs);
    const firstMs = await arrivals.first - peer.startedMs;
    report(
      "ffmpeg to ffmpeg: first picture after the receiver's start",
      `${firstMs.toFixed(0)} ms`,
    );
    await new Promise((resolve) => setTimeout(resolve, STREAM_SECONDS * 1000));
    reportDelays("a picture from ffmpeg to ffmpeg, plain TCP", await arrivals.delays());
  }
}

await sealing();
await relaying();
await goingDirectly();
await plainTcp();
await arriving();
await streaming();
