/**
 * Run by `strangers.ts`: strangers who connect to a server and give nothing for it, from addresses of 127/8 that they choose, by
 * native calls, since Deno can neither bind a connection nor hold thousands cheaply. Prints a line of JSON a second, and ends
 * when it is told to, or after `mostSeconds`.
 */

import { clientHello } from "../../lib/net/dialling/tls_probe.ts";
import { TLS_SERVER_NAME } from "../../lib/net/dialling/dial.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { StrangerKind, StrangersPlan, StrangersSeen } from "./strangers.ts";

const AF_INET = 2;
/** SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC. */
const STREAM = 1 | 0o4000 | 0o2000000;
const [POLLIN, POLLOUT] = [1, 4];
const MSG_NOSIGNAL = 0x4000;
const POLL_MS = 20;
const TRICKLE_MS = 5000;

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
}).symbols;

const plan: StrangersPlan = JSON.parse(Deno.args[0]);
const hello = clientHello(TLS_SERVER_NAME, systemRandom);
const seen: StrangersSeen = { open: 0, connected: 0, cut: 0, longestMs: 0, handshakes: 0 };

/** How much of a ClientHello each says at once. */
const FIRST_BYTES: Readonly<Record<StrangerKind, number>> = {
  "no byte": 0,
  "one byte": 1,
  "half a hello": hello.length >> 1,
  "trickle": 1,
  "no answer": hello.length,
  "handshake": 0,
};

/** `struct sockaddr_in`. */
function address(ip: string, port: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  bytes.set([AF_INET, 0, port >> 8, port & 255, ...ip.split(".").map(Number)]);
  return bytes;
}

const server = address("127.0.0.1", plan.port);
const buffer = new Uint8Array(16_384);

/** One of them, again and again when they come back. */
class Stranger {
  readonly #kind: StrangerKind;
  readonly #source: Uint8Array<ArrayBuffer>;
  descriptor = -1;
  #state: "gone" | "connecting" | "connected" = "gone";
  #sinceMs = 0;
  #said = 0;
  #saidAtMs = 0;
  #inner: Deno.Conn | undefined;

  constructor(kind: StrangerKind, source: string) {
    this.#kind = kind;
    this.#source = address(source, 0);
  }

  get wanted(): number {
    return this.#state === "connecting" ? POLLOUT : POLLIN;
  }

  connect(): void {
    this.descriptor = libc.socket(AF_INET, STREAM, 0);
    if (this.descriptor < 0) throw new Error("No descriptors for strangers");
    if (libc.bind(this.descriptor, this.#source, 16) !== 0) throw new Error("Cannot bind");
    libc.connect(this.descriptor, server, 16);
    this.#state = "connecting";
    this.#said = 0;
    seen.open++;
  }

  /** What the system says of it. */
  turn(events: number, nowMs: number): void {
    if (this.#state === "connecting") {
      if (events !== POLLOUT) return this.#end(nowMs);
      this.#state = "connected";
      this.#sinceMs = this.#saidAtMs = nowMs;
      seen.connected++;
      this.#say(FIRST_BYTES[this.#kind]);
      if (this.#kind === "handshake") this.#handshake().catch(() => {});
      return;
    }
    const count = Number(libc.recv(this.descriptor, buffer, BigInt(buffer.length), 0));
    if (count <= 0) return this.#end(nowMs);
    this.#inner?.write(buffer.slice(0, count)).catch(() => {});
  }

  tick(nowMs: number): void {
    if (this.#state !== "connected") return;
    seen.longestMs = Math.max(seen.longestMs, Math.round(nowMs - this.#sinceMs));
    if (this.#kind !== "trickle" || nowMs - this.#saidAtMs < TRICKLE_MS) return;
    this.#saidAtMs = nowMs;
    this.#say(1);
  }

  #say(count: number): void {
    if (count === 0) return;
    this.#send(hello.subarray(this.#said, this.#said += count));
  }

  #send(bytes: Uint8Array): void {
    libc.send(this.descriptor, new Uint8Array(bytes), BigInt(bytes.length), MSG_NOSIGNAL);
  }

  #end(nowMs: number): void {
    if (this.#state === "connected") {
      seen.cut++;
      seen.longestMs = Math.max(seen.longestMs, Math.round(nowMs - this.#sinceMs));
    }
    libc.close(this.descriptor);
    this.descriptor = -1;
    this.#state = "gone";
    seen.open--;
    closeQuietly(this.#inner);
    this.#inner = undefined;
    if (plan.reconnects) this.connect();
  }

  /** A whole handshake, by Deno, over this socket; nothing is said after it. */
  async #handshake(): Promise<void> {
    const { descriptor } = this;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [outer, inner] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
      listener.accept(),
    ]);
    this.#inner = inner;
    const forward = async () => {
      const bytes = new Uint8Array(16_384);
      for (;;) {
        const count = await inner.read(bytes);
        if (count === null || this.descriptor !== descriptor) return;
        this.#send(bytes.subarray(0, count));
      }
    };
    forward().catch(() => {});
    const tls = await Deno.startTls(outer, {
      hostname: TLS_SERVER_NAME,
      caCerts: [plan.caPem],
    });
    await tls.handshake();
    seen.handshakes++;
    await tls.read(new Uint8Array(1)).catch(() => {});
    closeQuietly(tls);
  }
}

function closeQuietly(conn: Deno.Conn | undefined): void {
  try {
    conn?.close();
  } catch {
    // It was closed before.
  }
}

const strangers = plan.groups.flatMap(({ kind, sources, each }) =>
  sources.flatMap((source) => Array.from({ length: each }, () => new Stranger(kind, source)))
);
// Bit by bit: not more than the system lets wait at once.
let begun = 0;
const untilMs = performance.now() + plan.mostSeconds * 1000;
const polled = new Int32Array(2 * strangers.length);
let saidAtMs = 0;
for (;;) {
  const nowMs = performance.now();
  if (nowMs > untilMs) break;
  for (let i = 0; i < 500 && begun < strangers.length; i++) strangers[begun++].connect();
  for (const [i, { descriptor, wanted }] of strangers.entries()) {
    polled[2 * i] = descriptor;
    polled[2 * i + 1] = wanted;
  }
  libc.poll(polled, BigInt(strangers.length), POLL_MS);
  const afterMs = performance.now();
  for (const [i, stranger] of strangers.entries()) {
    const events = polled[2 * i + 1] >> 16;
    if (stranger.descriptor >= 0 && events !== 0) stranger.turn(events, afterMs);
    stranger.tick(afterMs);
  }
  if (nowMs - saidAtMs >= 1000 && begun === strangers.length) {
    saidAtMs = nowMs;
    console.log(JSON.stringify(seen));
  }
  // What Deno has to do for whole handshakes.
  await new Promise((resolve) => setTimeout(resolve, 0));
}
