/**
 * Packets encoded and decoded per second, and fan-out to 100 receivers over loopback TCP beside the naive variant that
 * writes each packet to each receiver by itself. Run: `deno run -A tests/bench/packet_bench.ts [SECONDS]`.
 * The load (100 receivers, one sender with 64 messages outstanding) is a child process of its own.
 */

import { systemClock } from "../../lib/base/clock.ts";
import { Connection } from "../../lib/net/connections/connection.ts";
import { Flusher } from "../../lib/net/connections/flusher.ts";
import { TimerWheel } from "../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { encodePacket, PacketDecoder } from "../../lib/protocol/packet.ts";

const RECEIVERS = 100;
const WINDOW = 64;
const PAYLOAD_BYTES = 128;

type Variant = "naive" | "outbox";

function header(id: number) {
  return { kind: "relay.message", room: "lobby", from: "alice", id: 1_000_000 + id % 1_000_000 };
}

function bench(name: string, runs: number, action: (i: number) => void): void {
  for (let i = 0; i < runs / 10; i++) action(i);
  const start = performance.now();
  for (let i = 0; i < runs; i++) action(i);
  const ns = (performance.now() - start) * 1e6 / runs;
  console.log(`${name.padEnd(34)} ${ns.toFixed(0).padStart(8)} ns`);
}

function benchCodec(): void {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  bench("encode packet, 128 B payload", 300_000, (i) => encodePacket(header(i), payload));
  const packet = encodePacket(header(1), payload);
  const chunk = new Uint8Array(100 * packet.length);
  for (let i = 0; i < 100; i++) chunk.set(packet, i * packet.length);
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  bench("decode 100 packets of one read", 3_000, () => {
    decoder.push(chunk);
    while (decoder.next() !== undefined);
  });
  bench("decode packet, split in two reads", 300_000, () => {
    for (const part of [packet.subarray(0, 90), packet.subarray(90)]) {
      decoder.push(part);
      while (decoder.next() !== undefined);
    }
  });
}

/** A relay without accounts: whoever sends `join` gets what others send. Returns deliveries per second, and per CPU second. */
async function fanOut(variant: Variant, seconds: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const wheel = new TimerWheel(systemClock);
  const flusher = new Flusher(systemClock);
  const room = new Map<Connection, Deno.TcpConn>();
  const serve = (stream: Deno.TcpConn) => {
    stream.setNoDelay(true);
    const limits = SIGNED_IN_PACKET_LIMITS;
    const connection = new Connection(stream, { wheel, flusher, limits, remoteAddress: "" });
    connection.run((packet) => {
      if (packet.header.kind === "join") return void room.set(connection, stream);
      const relayed = encodePacket({ ...packet.header, seen: true }, packet.payload);
      if (variant === "outbox") { for (const member of room.keys()) member.send(relayed); }
      else for (const member of room.values()) member.write(relayed).catch(() => {});
    });
  };
  const accepting = (async () => {
    for await (const stream of listener) serve(stream);
  })();
  const load = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename ?? "", "load", `${listener.addr.port}`, `${seconds}`],
    stdout: "piped",
  });
  const cpuBefore = Deno.build.os === "linux" ? await cpuSeconds() : 0;
  const { stdout } = await load.output();
  const cpu = Deno.build.os === "linux" ? await cpuSeconds() - cpuBefore : NaN;
  listener.close();
  await accepting.catch(() => {});
  await Promise.all([...room.keys()].map((connection) => connection.close("done", 0)));
  const { deliveries, elapsedMs } = JSON.parse(new TextDecoder().decode(stdout));
  return { perSecond: deliveries / elapsedMs * 1000, perCpuSecond: deliveries / cpu };
}

/** User and system time of this process: fields 14 and 15 of /proc/self/stat, in hundredths of a second (proc(5)). */
async function cpuSeconds(): Promise<number> {
  const stat = await Deno.readTextFile("/proc/self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The child: counts bytes only, so that it is not what is measured. */
async function runLoad(port: number, seconds: number): Promise<void> {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  const relayedBytes = encodePacket({ ...header(0), seen: true }, payload).length;
  const receivers = await Promise.all(
    Array.from({ length: RECEIVERS }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  for (const receiver of receivers) await receiver.write(encodePacket({ kind: "join" }));
  await systemClock.sleep(200);
  const sender = await Deno.connect({ hostname: "127.0.0.1", port });
  sender.setNoDelay(true);
  let sent = 0;
  let totalBytes = 0;
  const send = async (count: number) => {
    const parts = Array.from({ length: count }, () => encodePacket(header(sent++), payload));
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    for (let at = 0; at < bytes.length;) at += await sender.write(bytes.subarray(at));
  };
  const receive = async (receiver: Deno.TcpConn, index: number) => {
    const buffer = new Uint8Array(65_536);
    let bytes = 0;
    let acknowledged = 0;
    for (;;) {
      const count = await receiver.read(buffer).catch(() => null);
      if (count === null) return;
      totalBytes += count;
      bytes += count;
      const complete = Math.floor(bytes / relayedBytes);
      if (index !== RECEIVERS - 1 || complete === acknowledged) continue;
      void send(complete - acknowledged);
      acknowledged = complete;
    }
  };
  const receiving = receivers.map(receive);
  await send(WINDOW);
  await systemClock.sleep(500);
  const before = totalBytes;
  const start = performance.now();
  await systemClock.sleep(seconds * 1000);
  const deliveries = (totalBytes - before) / relayedBytes;
  console.log(JSON.stringify({ deliveries, elapsedMs: performance.now() - start }));
  for (const receiver of receivers) receiver.close();
  sender.close();
  await Promise.all(receiving);
  Deno.exit(0);
}

async function main(): Promise<void> {
  if (Deno.args[0] === "load") return await runLoad(Number(Deno.args[1]), Number(Deno.args[2]));
  const seconds = Number(Deno.args[0] ?? 3);
  benchCodec();
  const figures = { naive: 0, outbox: 0 };
  for (const variant of ["naive", "outbox"] as const) {
    const { perSecond, perCpuSecond } = await fanOut(variant, seconds);
    figures[variant] = perSecond;
    console.log(
      `${`fan-out to ${RECEIVERS}, ${variant}`.padEnd(34)} ${
        (perSecond / 1e6).toFixed(2).padStart(8)
      } M deliveries/s, ${(perCpuSecond / 1e6).toFixed(2)} M per CPU second`,
    );
  }
  console.log(`outbox / naive: ${(figures.outbox / figures.naive).toFixed(1)}`);
}

if (import.meta.main) await main();
