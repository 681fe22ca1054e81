/**
 * A file sealed end to end, from disk to disk by three real programs over loopback with TLS, beside `scp` and `rsync` over
 * an ssh server on loopback, magic-wormhole, and the same bytes pumped through a relay without any of that; then straight by QUIC. Prints MB/s, seconds of CPU for a
 * GB and how much memory each program took (Linux); then what a resume sends again, and how long the first byte takes.
 * `FILE_MB=2000` sets the size; `FILE_KILLS=1` measures instead what it costs that each of the three programs is killed once
 * in the middle of it. Run: `deno task bench files`.
 */

import { basename, join } from "node:path";
import { Journey, jsonLines, startClient } from "../journeys/programs.ts";
import { testAuthority } from "../kit/certificates.ts";
import { CountingLine } from "../kit/counting_line.ts";
import { killEach } from "./files/killing.ts";
import { descendants, Meter } from "./files/measuring.ts";
import { findProgram, SshPeer } from "./files/ssh_peer.ts";
import { WormholePeer } from "./files/wormhole_peer.ts";

const SIZE_BYTES = Number(Deno.env.get("FILE_MB") ?? 2000) * 1_000_000;
const ONLY_KILLS = Deno.env.get("FILE_KILLS") === "1";
/** Of the file that is interrupted. */
const RESUMED_BYTES = 100_000_000;
const PIECE_BYTES = 8 * 1024 * 1024;

async function makeFile(path: string, sizeBytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const piece = new Uint8Array(PIECE_BYTES);
  for (let i = 0; i < PIECE_BYTES; i += 65_536) {
    crypto.getRandomValues(piece.subarray(i, i + 65_536));
  }
  for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) {
    // No two pieces are the same.
    new DataView(piece.buffer).setUint32(0, left % 2 ** 32);
    await file.write(piece.subarray(0, Math.min(left, PIECE_BYTES)));
  }
}

function report(name: string, ms: number, cpuSeconds: readonly number[], note = ""): void {
  const rate = (SIZE_BYTES / 1000 / ms).toFixed(0).padStart(6);
  const each = cpuSeconds.map((seconds) => (seconds / SIZE_BYTES * 1e9).toFixed(1));
  const sum = cpuSeconds.reduce((all, one) => all + one, 0);
  const perCpu = (SIZE_BYTES / 1e6 / sum).toFixed(0);
  const cpu = `CPU for 1 GB: ${each.join(" + ")} s, so ${perCpu} MB a CPU second`;
  console.log(`${name.padEnd(34)} ${rate} MB/s  ${cpu}${note}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Nothing sealed: over TCP, over the runtime's TLS, and straight by its QUIC. */
async function plain(folder: string, source: string): Promise<void> {
  const { caPem, issue } = await testAuthority();
  const { certificateChainPem, privateKeyPem } = await issue("heliograph");
  for (
    const [name, pem] of Object.entries({
      ca: caPem,
      certificate: certificateChainPem,
      key: privateKeyPem,
    })
  ) {
    await Deno.writeTextFile(join(folder, `${name}.pem`), pem);
  }
  for (const transport of ["tcp", "tls", "quic"] as const) {
    await plainOver(transport, folder, source);
  }
}

async function plainOver(
  transport: "tcp" | "tls" | "quic",
  folder: string,
  source: string,
): Promise<void> {
  const program = join(import.meta.dirname ?? "", "plain_relay.ts");
  const start = (role: string, port: string, path = "", stdout: "piped" | "null" = "null") => {
    const args = [transport, role, port, folder, path];
    const unstable = ["--unstable-net", "--no-check"];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", ...unstable, program, ...args],
      stdout,
    });
    return child.spawn();
  };
  const target = join(folder, "plain");
  const listening = transport === "quic"
    ? start("receive", "", target, "piped")
    : start("relay", "", "", "piped");
  const { value } = await listening.stdout.getReader().read();
  const port = new TextDecoder().decode(value).trim();
  const others = transport === "quic" ? [] : [start("receive", port, target)];
  await pause(1000);
  const programs = [start("send", port, source), ...others, listening];
  using meter = new Meter(programs.map(({ pid }) => pid));
  const ends = await Promise.all(programs.map(({ status }) => status));
  const { size } = await Deno.stat(target);
  if (ends.some(({ success }) => !success) || size !== SIZE_BYTES) throw new Error("plain failed");
  const name = transport === "quic" ? "straight by QUIC" : `relay over ${transport.toUpperCase()}`;
  report(`plain ${name}`, meter.elapsedMs, meter.taken.map(({ cpu }) => cpu));
  await Deno.remove(target);
}

async function ssh(folder: string, source: string): Promise<void> {
  await using peer = await SshPeer.open(folder);
  if (peer === undefined) return console.log("scp, rsync: no sshd on this machine, left out");
  for (const name of ["scp", "rsync"] as const) {
    if (await findProgram(name) === undefined) {
      console.log(`${name}: not installed, left out`);
      continue;
    }
    const target = join(folder, "copied");
    const child = peer[name](source, target);
    const startedMs = performance.now();
    // Both ends fork: whatever came to be in the meantime counts.
    const seen = new Map<number, Meter>();
    const timer = setInterval(() => {
      for (const pid of [...descendants(child.pid), ...descendants(peer.pid)]) {
        if (!seen.has(pid)) seen.set(pid, new Meter([pid]));
      }
    }, 20);
    const { success } = await child.status;
    const ms = performance.now() - startedMs;
    clearInterval(timer);
    if (!success) throw new Error(`${name} failed`);
    const meters = [...seen.values()];
    report(name, ms, [meters.reduce((sum, { taken }) => sum + taken[0].cpu, 0)]);
    for (const meter of meters) meter[Symbol.dispose]();
    await Deno.remove(target);
  }
}

/** Its programs take about a second to start and to agree on a key, which is counted as theirs. */
async function wormhole(folder: string, source: string): Promise<void> {
  await using peer = await WormholePeer.open();
  if (peer === undefined) return console.log("magic-wormhole: not installed, left out");
  const target = join(folder, "received");
  const ends = peer.copy(source, target);
  using meter = new Meter(ends.map(({ pid }) => pid));
  for (const { status } of ends) {
    if (!(await status).success) throw new Error("wormhole failed");
  }
  report("magic-wormhole: receiver + sender", meter.elapsedMs, meter.taken.map(({ cpu }) => cpu));
  await Deno.remove(target);
}

async function sealed(journey: Journey, source: string, p2p: "never" | "only"): Promise<void> {
  const inbox = join(journey.folder, `in-${p2p}`);
  await using receiver = journey.start("bob", [
    ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"],
  ]);
  await pause(3000);
  const part = join(inbox, `${basename(source)}.part`);
  const startedMs = performance.now();
  await using sender = journey.start("alice", ["file", "send", "bob", source, "--p2p", p2p]);
  // From the first byte on: what is before is the start of a program.
  while (!await exists(part)) await pause(5);
  const delayMs = performance.now() - startedMs;
  using meter = new Meter([sender.pid, receiver.pid, journey.ready.pid]);
  const done = await receiver.ended();
  const ms = meter.elapsedMs;
  const sent = await sender.ended();
  if (done.code !== 0 || sent.code !== 0) throw new Error(done.stderr + sent.stderr);
  const way = p2p === "only" ? "direct" : "relayed";
  report(`sealed, ${way}: sender + receiver + server`, ms, meter.taken.map(({ cpu }) => cpu));
  const grown = meter.taken.map(({ mb }) => mb).join(", ");
  console.log(`  memory grew by ${grown} MB; first byte ${delayMs.toFixed(0)} ms after the start`);
}

/** Loopback is told because it was typed. */
async function allowDirect(journey: Journey): Promise<void> {
  for (const [person, other] of [["alice", "bob"], ["bob", "alice"]]) {
    const { stdout } = await journey.run(person, ["paths", "--json"]);
    const config = String(jsonLines(stdout).find(({ kind }) => kind === "config")?.path);
    await Deno.mkdir(config, { recursive: true });
    await Deno.writeTextFile(join(config, "config.toml"), '[p2p]\naddresses = ["127.0.0.1"]\n');
    const { code, stderr } = await journey.run(person, ["direct", "allow", other]);
    if (code !== 0) throw new Error(stderr);
  }
}

/** The receiver is killed in the middle: what came over its line beyond the file is what was sent again, and overhead. */
async function resumed(journey: Journey, source: string): Promise<void> {
  await using line = new CountingLine(journey.ready.port);
  const inbox = join(journey.folder, "again");
  const receive = () =>
    startClient([
      ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"],
      ...["--server", `127.0.0.1:${line.port}`, "--no-input"],
    ], join(journey.folder, "bob"));
  // Not straight: that would go past the line on which it is counted.
  await using sender = journey.start("alice", ["file", "send", "bob", source, "--p2p", "never"]);
  const part = join(inbox, "resumed.part");
  {
    await using first = receive();
    const isHalf = async () =>
      await exists(part) && (await Deno.stat(part)).size > RESUMED_BYTES / 3;
    while (!await isHalf()) await pause(2);
    await first.stop("SIGKILL");
  }
  const { size } = await Deno.stat(part);
  await using second = receive();
  const { code, stderr } = await second.ended();
  if (code !== 0) throw new Error(stderr);
  await sender.ended();
  if (line.downBytes < RESUMED_BYTES) throw new Error("A part of the file went another way");
  const more = (line.downBytes - RESUMED_BYTES) / 2 ** 20;
  const mib = RESUMED_BYTES / 2 ** 20;
  console.log(
    `resume after kill -9 of the receiver at ${(size / RESUMED_BYTES * 100).toFixed(0)} %: ` +
      `${more.toFixed(1)} MiB more than the ${mib.toFixed(0)} of the file went over its line, ` +
      "TLS and packet headers (0.5 %) and sign-ins included",
  );
}

await Deno.mkdir("tests/tmp", { recursive: true });
const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "bench-" });
try {
  const source = join(await Deno.realPath(folder), "source");
  await makeFile(source, SIZE_BYTES);
  if (!ONLY_KILLS && Deno.env.get("FILE_PEERS") !== "0") {
    await plain(folder, source);
    await ssh(await Deno.realPath(folder), source);
    await wormhole(await Deno.realPath(folder), source);
  }
  await using journey = await Journey.open();
  for (const person of ["alice", "bob"]) {
    const { code, stderr } = await journey.register(person);
    if (code !== 0) throw new Error(stderr);
  }
  if (ONLY_KILLS) await killEach(journey, source);
  else await all(journey, source);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function all(journey: Journey, source: string): Promise<void> {
  await sealed(journey, source, "never");
  await allowDirect(journey);
  const direct = `${source}-direct`;
  // Another path: what was sent before is not sent again.
  await Deno.rename(source, direct);
  await sealed(journey, direct, "only");
  if (Deno.env.get("FILE_PEERS") === "0") return;
  const small = join(journey.folder, "resumed");
  await makeFile(small, RESUMED_BYTES);
  await resumed(journey, small);
}
