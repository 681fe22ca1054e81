/**
 * Somebody in the middle who has a certificate of their own authority, as a company that inspects TLS has: they show the real
 * certificates to a probe, which reads them in the clear, and talk TLS or QUIC themselves with whoever then trusts them.
 */

import { systemClock } from "../../lib/base/clock.ts";
import { QuicSocket } from "../../lib/net/quic/quic_socket.ts";
import { P2P_QUIC_PROTOCOL } from "../../lib/protocol/p2p/mod.ts";
import { testAuthority } from "./certificates.ts";

const hostname = "127.0.0.1";
/** Where the length of a ClientHello's session id stands: the probe has none, TLS 1.3 always has one (RFC 8446 §D.4). */
const SESSION_ID_AT = 43;

/** Closing it ends all its connections. */
export class Interceptor implements AsyncDisposable {
  /** While false, everybody is passed on to the real one. */
  intercepts = false;
  /** TLS handshakes of those who were to be intercepted. */
  readonly handshakes: ("trusted" | "refused")[] = [];
  /** Bytes that were said to it in the belief that it is the real one. */
  heardBytes = 0;
  /** Of its authority. */
  readonly caPem: string;
  readonly #outside: Deno.TcpListener;
  readonly #inside: Deno.TlsListener;
  readonly #udp: QuicSocket;
  readonly #open = new Set<Deno.Conn>();
  readonly #tasks: Promise<void>[] = [];

  private constructor(
    parts: { caPem: string; outside: Deno.TcpListener; inside: Deno.TlsListener; udp: QuicSocket },
  ) {
    this.caPem = parts.caPem;
    this.#outside = parts.outside;
    this.#inside = parts.inside;
    this.#udp = parts.udp;
  }

  /** Stands in front of whoever listens at `port` on loopback. */
  static async open(port: number): Promise<Interceptor> {
    const { caPem, issue } = await testAuthority();
    const { certificateChainPem: cert, privateKeyPem: key } = await issue();
    const outside = Deno.listen({ hostname, port: 0 });
    const inside = Deno.listenTls({ hostname, port: 0, cert, key });
    const udp = QuicSocket.open({
      clock: systemClock,
      host: hostname,
      port: outside.addr.port,
      protocol: P2P_QUIC_PROTOCOL,
      identity: { certificatePem: cert, privateKeyPem: key },
    });
    const interceptor = new Interceptor({ caPem, outside, inside, udp });
    interceptor.#tasks.push(
      interceptor.#accept(outside, (stream) => interceptor.#passOn(stream, port)),
      interceptor.#accept(inside, (stream) => interceptor.#listen(stream)),
      udp.accept(({ stream }) => interceptor.#tasks.push(interceptor.#hear(stream))),
    );
    return interceptor;
  }

  /** Of TCP and UDP. */
  get port(): number {
    return this.#outside.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#outside.close();
    this.#inside.close();
    await this.#udp.close({ atOnce: true });
    for (const stream of this.#open) close(stream);
    await Promise.all(this.#tasks);
  }

  async #accept<Stream extends Deno.Conn>(
    listener: AsyncIterable<Stream>,
    serve: (stream: Stream) => Promise<void>,
  ): Promise<void> {
    for await (const stream of listener) {
      this.#open.add(stream);
      this.#tasks.push(serve(stream).finally(() => close(stream)));
    }
  }

  async #passOn(stream: Deno.TcpConn, realPort: number): Promise<void> {
    const hello = new Uint8Array(4096);
    const count = await stream.read(hello).catch(() => null);
    if (count === null) return;
    const isProbe = hello[SESSION_ID_AT] === 0;
    const port = this.intercepts && !isProbe ? (this.#inside.addr as Deno.NetAddr).port : realPort;
    const next = await Deno.connect({ hostname, port });
    this.#open.add(next);
    await next.write(hello.subarray(0, count));
    await Promise.all([pump(stream, next), pump(next, stream)]);
  }

  async #listen(stream: Deno.TlsConn): Promise<void> {
    try {
      await stream.handshake();
    } catch {
      // As it should be.
      this.handshakes.push("refused");
      return;
    }
    this.handshakes.push("trusted");
    await this.#hear(stream);
  }

  async #hear(stream: { read(into: Uint8Array): Promise<number | null> }): Promise<void> {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const count = await stream.read(buffer).catch(() => null);
      if (count === null) return;
      this.heardBytes += count;
    }
  }
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  } catch {
    // One end is gone; both are closed below.
  }
  close(from);
  close(to);
}

function close(stream: Deno.Conn): void {
  try {
    stream.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
