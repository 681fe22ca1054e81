/** A TCP proxy on loopback that does what bad networks do: it delays, throttles, stalls, cuts, half-closes and corrupts. */

import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { TokenBucket } from "../../lib/base/rate.ts";

/** Faults of one direction. May be changed at any time; they hold for the bytes that the proxy reads from then on. */
export interface Faults {
  /** How long bytes are on their way. Order is kept. */
  latencyMs: number;
  bytesPerSecond: number;
  /** While true nothing is passed on, and the sender's window fills up. */
  stalled: boolean;
  /** The connection is cut after this many bytes in this direction. */
  cutAfterBytes: number;
  /** After this many bytes this direction ends, the other one goes on. */
  halfCloseAfterBytes: number;
  /** The bit at this offset of the stream is flipped. */
  corruptAtByte: number;
}

function noFaults(): Faults {
  return {
    latencyMs: 0,
    bytesPerSecond: Infinity,
    stalled: false,
    cutAfterBytes: Infinity,
    halfCloseAfterBytes: Infinity,
    corruptAtByte: -1,
  };
}

/** Whom a proxy passes on to: `port` of 127.0.0.1, or a socket of this machine. */
export type ProxyTarget = { readonly port: number } | { readonly path: string };

const POLL_MS = 5;
const BUFFER_BYTES = 16_384;

export class FaultProxy implements AsyncDisposable {
  readonly toServer: Faults = noFaults();
  readonly toClient: Faults = noFaults();
  readonly port: number;
  /** May be changed at any time; it holds for the connections from then on. */
  target: ProxyTarget;
  /** While true new connections are closed at once. */
  refuses = false;
  readonly #listener: Deno.TcpListener;
  readonly #clock: Clock;
  readonly #connections = new Set<Deno.Conn>();
  readonly #tasks = new Set<Promise<void>>();

  private constructor(target: ProxyTarget, clock: Clock) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.target = target;
    this.#clock = clock;
  }

  /** Listens on a free port of 127.0.0.1 and passes on to `target`, a port there when it is a number. */
  static open(target: number | ProxyTarget, clock: Clock = systemClock): FaultProxy {
    const proxy = new FaultProxy(typeof target === "number" ? { port: target } : target, clock);
    proxy.#run(proxy.#accept());
    return proxy;
  }

  /** Cuts all connections; new ones are still taken. */
  cut(): void {
    for (const connection of this.#connections) this.#drop(connection);
  }

  async close(): Promise<void> {
    try {
      this.#listener.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    this.cut();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#connections.add(client);
      if (this.refuses) this.#drop(client);
      else this.#run(this.#serve(client));
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    client.setNoDelay(true);
    let server: Deno.Conn;
    try {
      server = await connect(this.target);
    } catch {
      return this.#drop(client);
    }
    this.#connections.add(server);
    await Promise.all([
      this.#pass(client, server, this.toServer),
      this.#pass(server, client, this.toClient),
    ]);
    this.#drop(client);
    this.#drop(server);
  }

  /** Carries one direction until it ends. What is delayed waits in a chain, so that latency does not cost bandwidth. */
  async #pass(from: Deno.Conn, to: Deno.Conn, faults: Faults): Promise<void> {
    let passed = 0;
    let tail = Promise.resolve();
    let bucket: TokenBucket | undefined;
    let rate = Infinity;
    try {
      for (;;) {
        const bytes = await this.#read(from, faults, passed);
        while (faults.stalled) await this.#pause(from, POLL_MS);
        if (bytes === null) break;
        if (faults.corruptAtByte >= passed && faults.corruptAtByte < passed + bytes.length) {
          bytes[faults.corruptAtByte - passed] ^= 0x10;
        }
        passed += bytes.length;
        if (faults.bytesPerSecond !== rate) {
          rate = faults.bytesPerSecond;
          const burst = Math.max(BUFFER_BYTES, rate / 10);
          bucket = rate === Infinity
            ? undefined
            : new TokenBucket(this.#clock, { burst, perSecond: rate });
        }
        while (bucket !== undefined && !bucket.take(bytes.length)) {
          await this.#pause(from, Math.max(1, bucket.waitMs(bytes.length)));
        }
        // The way's delay starts now, not when the bytes before have arrived.
        const arrival = faults.latencyMs > 0 ? this.#clock.sleep(faults.latencyMs) : undefined;
        tail = this.#deliver(bytes, to, [tail, arrival]);
        if (arrival === undefined) await tail;
        else this.#run(tail.catch(() => {}));
        if (passed >= faults.cutAfterBytes) {
          await tail;
          this.#drop(from);
          this.#drop(to);
          return;
        }
        if (passed >= faults.halfCloseAfterBytes) break;
      }
      await tail;
      await to.closeWrite();
    } catch {
      // One of the two is gone: so is the other, as behind a router that lost the connection.
      this.#drop(from);
      this.#drop(to);
    }
  }

  async #deliver(
    bytes: Uint8Array,
    to: Deno.Conn,
    after: readonly (Promise<void> | undefined)[],
  ): Promise<void> {
    await Promise.all(after);
    for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
  }

  async #read(from: Deno.Conn, faults: Faults, passed: number): Promise<Uint8Array | null> {
    const left = Math.min(faults.cutAfterBytes, faults.halfCloseAfterBytes) - passed;
    const buffer = new Uint8Array(Math.max(1, Math.min(BUFFER_BYTES, left)));
    const count = await from.read(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }

  /** Rejects when the connection was dropped meanwhile, so that a stall ends with it. */
  async #pause(from: Deno.Conn, durationMs: number): Promise<void> {
    await this.#clock.sleep(durationMs);
    if (!this.#connections.has(from)) throw new Deno.errors.Interrupted("dropped");
  }

  #drop(connection: Deno.Conn): void {
    if (this.#connections.delete(connection)) connection.close();
  }

  #run(task: Promise<void>): void {
    const running = task.finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }
}

async function connect(target: ProxyTarget): Promise<Deno.Conn> {
  if ("path" in target) return await Deno.connect({ transport: "unix", path: target.path });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: target.port });
  connection.setNoDelay(true);
  return connection;
}
