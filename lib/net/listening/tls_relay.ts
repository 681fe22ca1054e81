/**
 * TLS for those who cannot cut a descriptor: without FFI, so in a client (SR-74) and on other systems than Linux. Connections are
 * accepted as plain TCP, which ends when it is closed, and passed on over loopback to a TLS listener that exists for
 * each of them alone. Whatever state TLS is in, closing both plain ends ends it (decision 0048).
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError, UsageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { WRITE_STALL_MS } from "../../protocol/limits.ts";
import type { HostPort } from "../addresses/address.ts";
import { ReadBuffer } from "../connections/read_buffer.ts";

const log = logger("net", "tls_relay");

const LOOPBACK = "127.0.0.1";

/** Descriptors of one relayed connection: its own, and both ends of the way within this process. */
export const RELAY_DESCRIPTORS = 3;

interface Identity {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
}

/** Accepts connections that speak TLS once their handshake is done. */
export class TlsRelay {
  readonly #listener: Deno.TcpListener;
  readonly #identity: Identity;
  readonly #clock: Clock;

  private constructor(
    listener: Deno.TcpListener,
    identity: Identity,
    clock: Clock,
  ) {
    this.#listener = listener;
    this.#identity = identity;
    this.#clock = clock;
  }

  /** Throws what `Deno.listen` throws, and `Deno.listenTls` for a pair that cannot be used. */
  static listen(
    { host: hostname, port, reusePort }: HostPort & { readonly reusePort: boolean },
    identity: Identity,
    clock: Clock,
  ): TlsRelay {
    listenWithin(identity).close();
    return new TlsRelay(Deno.listen({ hostname, port, reusePort }), identity, clock);
  }

  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Rejects as `Deno.Listener.accept`. */
  async accept(): Promise<RelayedConn> {
    return new RelayedConn(await this.#listener.accept(), this.#identity, this.#clock);
  }

  close(): void {
    this.#listener.close();
  }
}

/** One of them. Nothing but `readPlain`, `handshake`, `cut` and `close` may be called before its handshake is done. */
class RelayedConn {
  readonly #plain: Deno.TcpConn;
  readonly #identity: Identity;
  readonly #clock: Clock;
  readonly remoteAddr: Deno.Addr;
  /** The way within this process: the end that is relayed, and the end that speaks TLS. */
  #near: Deno.TcpConn | undefined;
  #tls: Deno.TlsConn | undefined;
  #isCut = false;
  /** Settles when all that was written here has gone out, or cannot. Never rejects. */
  #written = Promise.resolve();

  constructor(
    plain: Deno.TcpConn,
    identity: Identity,
    clock: Clock,
  ) {
    this.#plain = plain;
    this.#identity = identity;
    this.#clock = clock;
    this.remoteAddr = plain.remoteAddr;
  }

  /** Begins to relay. Rejects when the other side does not speak TLS, is gone, or it is cut. */
  async handshake(): Promise<void> {
    try {
      this.#plain.setNoDelay(true);
      this.#plain.setKeepAlive(true);
      const [near, tls] = await connectWithin(this.#identity);
      this.#near = near;
      this.#tls = tls;
      if (this.#isCut) throw new TransportError("closed", "Cut before its handshake");
      this.#written = this.#pump(near, this.#plain);
      this.#pump(this.#plain, near);
      await tls.handshake();
    } catch (error) {
      this.cut();
      throw error;
    }
  }

  /** What stands before TLS. MUST NOT be called once the handshake has begun. */
  readPlain(buffer: Uint8Array): Promise<number | null> {
    return this.#plain.read(buffer);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#open.read(buffer);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#open.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#open.closeWrite();
  }

  /** What was written goes out yet, for as long as the other side takes it. Closing twice is fine. */
  close(): void {
    if (this.#isCut) return;
    if (this.#tls === undefined) return this.cut();
    closeQuietly(this.#tls);
    const cancel = this.#clock.after(WRITE_STALL_MS, () => this.cut());
    this.#written.then(() => {
      cancel();
      this.cut();
    });
  }

  /** Nothing of it is left. Cutting twice is fine. */
  cut(): void {
    this.#isCut = true;
    for (const conn of [this.#plain, this.#near, this.#tls]) {
      if (conn !== undefined) closeQuietly(conn);
    }
  }

  get #open(): Deno.TlsConn {
    if (this.#tls === undefined) throw new UsageError("no-handshake", "No handshake yet");
    return this.#tls;
  }

  /** Passes on what comes, and its end. A way that breaks takes the other one with it. Never rejects. */
  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new ReadBuffer();
    try {
      for (;;) {
        const { bytes } = buffer;
        const count = await from.read(bytes);
        if (count === null) return await to.closeWrite();
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at, count));
        buffer.adapt(count, this.#clock.monotonicMs());
      }
    } catch (error) {
      if (!this.#isCut) log.debug("relay broke", { reason: describeError(error) });
      closeQuietly(from);
      closeQuietly(to);
    }
  }
}

function listenWithin({ certificateChainPem: cert, privateKeyPem: key }: Identity) {
  return Deno.listenTls({ hostname: LOOPBACK, port: 0, cert, key });
}

/**
 * Both ends of a way within this process, or none: accepting takes one more descriptor, and fails when there is none. Whoever
 * else of this machine comes to its port meanwhile is closed.
 */
async function connectWithin(identity: Identity): Promise<[Deno.TcpConn, Deno.TlsConn]> {
  using listener = listenWithin(identity);
  const near = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  try {
    near.setNoDelay(true);
    const { port } = near.localAddr;
    for (;;) {
      const tls = await listener.accept();
      if (tls.remoteAddr.port === port) return [near, tls];
      closeQuietly(tls);
    }
  } catch (error) {
    closeQuietly(near);
    throw error;
  }
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was closed before.
  }
}
