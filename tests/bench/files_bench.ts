/**
 * A file sealed end to end, from disk to disk by three real programs over loopback (TLS and plain), beside the same bytes
 * pumped through a relay without any of that. Prints MB/s, and how much memory each program took at most (Linux).
 * `FILE_MB=2000` sets the size. Run: `deno run -A tests/bench/files_bench.ts`.
 */

import { join } from "node:path";
import { Journey } from "../journeys/programs.ts";

const SIZE_BYTES = Number(Deno.env.get("FILE_MB") ?? 2000) * 1_000_000;
const PIECE_BYTES = 8 * 1024 * 1024;

async function makeFile(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const piece = new Uint8Array(PIECE_BYTES);
  for (let i = 0; i < PIECE_BYTES; i += 65_536) {
    crypto.getRandomValues(piece.subarray(i, i + 65_536));
  }
  for (let left = SIZE_BYTES; left > 0; left -= PIECE_BYTES) {
    // No two pieces are the same.
    new DataView(piece.buffer).setUint32(0, left % 2 ** 32);
    await file.write(piece.subarray(0, Math.min(left, PIECE_BYTES)));
  }
}

function peakMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000);
}

function report(name: string, ms: number, reference: number, note = ""): void {
  const rate = SIZE_BYTES / 1000 / ms;
  const ratio = reference === 0 ? "" : `${(rate / reference).toFixed(2)} x the reference`;
  console.log(`${name.padEnd(44)} ${rate.toFixed(0).padStart(6)} MB/s  ${ratio}  ${note}`);
}

/** Seconds of CPU, so that a busy machine does not hide what a program costs. */
function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ");
  // utime and stime, proc(5), in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Returns MB/s. */
async function plain(folder: string, source: string): Promise<number> {
  const program = join(import.meta.dirname ?? "", "plain_relay.ts");
  const start = (args: readonly string[], stdout: "piped" | "null" = "null") =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, ...args],
      stdout,
    })
      .spawn();
  const relay = start(["relay", "0"], "piped");
  const { value } = await relay.stdout.getReader().read();
  const port = new TextDecoder().decode(value).trim();
  const target = join(folder, "plain");
  const receiver = start(["receive", port, target]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const startedMs = performance.now();
  const sender = start(["send", port, source]);
  await Promise.all([receiver.status, sender.status, relay.status]);
  const ms = performance.now() - startedMs;
  await Deno.remove(target);
  report("pumped through a plain relay (the reference)", ms, 0);
  return SIZE_BYTES / 1000 / ms;
}

async function sealed(name: string, reference: number, tls: readonly string[]): Promise<void> {
  await using journey = await Journey.open({ serve: tls });
  for (const person of ["alice", "bob"]) {
    const { code, stderr } = await journey.register(person);
    if (code !== 0) throw new Error(stderr);
  }
  const source = join(journey.folder, "source.bin");
  await makeFile(source);
  const inbox = join(journey.folder, "in");
  const base = tls.length > 0 ? ["--tls", "off"] : [];
  await using receiver = journey.start("bob", [
    ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait", ...base],
  ]);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = [receiver.pid, journey.ready.pid].map(peakMb);
  const part = join(inbox, "source.bin.part");
  await using sender = journey.start("alice", ["file", "send", "bob", source, ...base]);
  // From the first byte on: what is before is the start of a program.
  while (!await exists(part)) await new Promise((resolve) => setTimeout(resolve, 5));
  const startedMs = performance.now();
  const senderBefore = peakMb(sender.pid);
  const peaks = [0, 0, 0];
  const pids = [sender.pid, receiver.pid, journey.ready.pid];
  const cpuBefore = pids.map(cpuSeconds);
  const cpu = [0, 0, 0];
  const watch = setInterval(() => {
    for (const [i, pid] of pids.entries()) {
      try {
        cpu[i] = cpuSeconds(pid) - cpuBefore[i];
        peaks[i] = Math.max(peaks[i], peakMb(pid));
      } catch (error) {
        // It has ended.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }, 100);
  const done = await receiver.ended();
  const ms = performance.now() - startedMs;
  clearInterval(watch);
  const sent = await sender.ended();
  if (done.code !== 0 || sent.code !== 0) throw new Error(done.stderr + sent.stderr);
  const grown = [peaks[0] - senderBefore, peaks[1] - before[0], peaks[2] - before[1]];
  report(name, ms, reference, `memory grew by ${grown.join(", ")} MB (sender, receiver, server)`);
  const perGb = cpu.map((seconds) => (seconds / SIZE_BYTES * 1e9).toFixed(1));
  console.log(`  CPU: ${perGb.join(", ")} s for 1 GB (sender, receiver, server)`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "bench-" });
try {
  const source = join(folder, "source");
  await makeFile(source);
  const reference = await plain(folder, source);
  await Deno.remove(source);
  await sealed("sealed, three programs, plain TCP", reference, ["--tls", "off"]);
  await sealed("sealed, three programs, TLS", reference, []);
} finally {
  await Deno.remove(folder, { recursive: true });
}
