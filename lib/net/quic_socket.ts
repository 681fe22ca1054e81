/**
 * A UDP socket for QUIC: dials and is dialled from one and the same port, so that a way through an address translator that
 * one has opened serves the other. Peers pin each other's certificate by its hash; there are no authorities.
 */

import type { Bytes } from "../base/bytes.ts";
import { encodeHex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, TransportError, TrustError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { formatHostPort, type HostPort } from "./address.ts";
import { type DeadlineOptions, withDeadline } from "./deadline.ts";
import { QuicStream } from "./quic_stream.ts";

const log = logger("net", "quic");

/** A silent side is given up after this time: what it was sent goes on another way then. */
const IDLE_MS = 12_000;
const KEEP_ALIVE_MS = 3_000;
/** Handshakes under way; more are refused, so that a flood of them costs little. */
export const MAX_QUIC_HANDSHAKES = 16;
/** How long who has dialled may take to open its stream. */
const OPENING_MS = 5_000;
/** TLS alert 48, unknown_ca: what the system says for a certificate that is not the pinned one. */
const WRONG_CERTIFICATE = /UnknownIssuer|invalid peer certificate/;

/** Shows others a certificate of its own. Both are PEM. */
export interface QuicIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Where a socket is bound, and how it shows itself. */
export interface QuicSocketOptions {
  readonly clock: Clock;
  /** An address of this machine; all of them when it is left out. */
  readonly host?: string;
  /** Any when it is 0 or left out. */
  readonly port?: number;
  /** The language spoken over it (ALPN): others are refused. */
  readonly protocol: string;
  /** Without it nobody can dial this socket. */
  readonly identity?: QuicIdentity;
}

/** A stream with somebody, and who that seems to be. Belongs to whoever got it. */
export interface QuicPeer {
  readonly stream: QuicStream;
  readonly remote: HostPort;
}

/**
 * Open one for each program and keep it: the system gives its port back when the garbage collector comes by, and not when it
 * is closed (measured on Deno 2.4.2 and 2.9.6).
 */
export class QuicSocket implements AsyncDisposable {
  readonly #endpoint: Deno.QuicEndpoint;
  readonly #options: QuicSocketOptions;
  /** MUST stay referenced: collected, it takes the endpoint's certificate away. There is one for each endpoint, ever. */
  readonly #listener: Deno.QuicListener | undefined;
  readonly #streams = new Set<QuicStream>();
  #handshakes = 0;
  #refused = 0;
  #isClosed = false;

  private constructor(endpoint: Deno.QuicEndpoint, options: QuicSocketOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    const { identity, protocol } = options;
    this.#listener = identity && endpoint.listen({
      cert: identity.certificatePem,
      key: identity.privateKeyPem,
      alpnProtocols: [protocol],
      ...TRANSPORT,
      maxConcurrentBidirectionalStreams: 1,
    });
  }

  /** Throws TransportError `no-udp` when the port is taken or the system has no QUIC (it needs `--unstable-net`). */
  static open(options: QuicSocketOptions): QuicSocket {
    const { host, port = 0 } = options;
    try {
      return new QuicSocket(bind(host, port), options);
    } catch (error) {
      const where = formatHostPort({ host: host ?? "*", port });
      const message = `Cannot open UDP socket ${where}: ${describeError(error)}`;
      throw new TransportError("no-udp", message, { cause: error });
    }
  }

  /** The port that it is bound to. */
  get port(): number {
    return this.#endpoint.addr.port;
  }

  /** Who was turned away before a word was said: handshakes that failed, or were too many. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Connects to who shows the certificate with this SHA-256, and proves to have its key. `protocol`: another language than the
   * socket's own. Throws TransportError, and TrustError
   * `peer-certificate` for any other. Nothing is sent to the other side but the handshake.
   */
  async dial(
    { host, port }: HostPort,
    certificateHash: Bytes,
    options: DeadlineOptions & { readonly protocol?: string },
  ): Promise<QuicPeer> {
    const what = `connect to ${formatHostPort({ host, port })}`;
    const connectOptions = {
      hostname: host,
      port,
      // One name for each certificate: no session of another one can be resumed in its place.
      serverName: `${encodeHex(certificateHash.subarray(0, 16))}.heliograph.internal`,
      alpnProtocols: [options.protocol ?? this.#options.protocol],
      endpoint: this.#endpoint,
      ...TRANSPORT,
      // Missing in Deno's types; both versions know it, and check the signature of the handshake beside the hash.
      serverCertificateHashes: [{ algorithm: "sha-256", value: certificateHash }],
    };
    try {
      const dialling = Deno.connectQuic<false>(connectOptions);
      const connection = await withDeadline(what, dialling, (late) => late.close(), options);
      const stream = await connection.createBidirectionalStream();
      return this.#keep(connection, stream);
    } catch (error) {
      if (error instanceof TransportError || error === options.signal?.reason) throw error;
      throw dialError(what, error);
    }
  }

  /**
   * Tells of everybody who dials, until the socket is closed. `onPeer` says within its own time what they are worth: nobody is
   * known by their handshake. Handshakes run side by side; who does not open a stream in time is cut off.
   */
  async accept(onPeer: (peer: QuicPeer) => void): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    while (!this.#isClosed) {
      try {
        const incoming = await listener.incoming();
        if (this.#handshakes >= MAX_QUIC_HANDSHAKES) {
          this.#refused++;
          incoming.refuse();
        } else this.#greet(incoming, onPeer);
      } catch (error) {
        // A peer that failed is not the end of the others; a closed endpoint is.
        if (error instanceof Deno.errors.BadResource) return;
        log.debug("incoming failed", { reason: describeError(error) });
      }
    }
  }

  /** Gives what was sent a while to arrive, or not when it is to be `atOnce`, then closes all connections. */
  async close({ atOnce = false }: { readonly atOnce?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#streams) stream.close();
    if (!atOnce) await Promise.all([...this.#streams].map(({ gone }) => gone));
    this.#listener?.stop();
    this.#endpoint.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #greet(incoming: Deno.QuicIncoming, onPeer: (peer: QuicPeer) => void): Promise<void> {
    this.#handshakes++;
    let connection: Deno.QuicConn | undefined;
    try {
      connection = await incoming.accept();
      const stream = await this.#firstStream(connection);
      if (this.#isClosed) return connection.close();
      onPeer(this.#keep(connection, stream));
    } catch (error) {
      this.#refused++;
      connection?.close();
      log.debug("handshake failed", { reason: describeError(error) });
    } finally {
      this.#handshakes--;
    }
  }

  async #firstStream(connection: Deno.QuicConn): Promise<Deno.QuicBidirectionalStream> {
    const streams = connection.incomingBidirectionalStreams.getReader();
    const opening = withDeadline("open stream", streams.read(), () => {}, {
      clock: this.#options.clock,
      timeoutMs: OPENING_MS,
    });
    const { value, done } = await opening;
    if (!done) return value;
    throw new TransportError("closed", "Cannot open stream: the other side closed the connection");
  }

  #keep(connection: Deno.QuicConn, parts: Deno.QuicBidirectionalStream): QuicPeer {
    const stream = new QuicStream({ connection, stream: parts }, this.#options.clock);
    this.#streams.add(stream);
    stream.gone.then(() => this.#streams.delete(stream));
    const { hostname, port } = connection.remoteAddr as Deno.NetAddr;
    return { stream, remote: { host: plainHost(hostname), port } };
  }
}

const TRANSPORT = {
  maxIdleTimeout: IDLE_MS,
  keepAliveInterval: KEEP_ALIVE_MS,
  maxConcurrentUnidirectionalStreams: 0,
  maxConcurrentBidirectionalStreams: 0,
} as const;

/** All addresses of both families, or of IPv4 only where the machine has no other. */
function bind(host: string | undefined, port: number): Deno.QuicEndpoint {
  if (host !== undefined) return new Deno.QuicEndpoint({ hostname: host, port });
  try {
    return new Deno.QuicEndpoint({ hostname: "::", port });
  } catch (error) {
    log.debug("no IPv6", { reason: describeError(error) });
    return new Deno.QuicEndpoint({ hostname: "0.0.0.0", port });
  }
}

/** IPv4 as such: a socket of both families shows it as part of IPv6 (RFC 4291 §2.5.5.2). */
function plainHost(host: string): string {
  return host.startsWith("::ffff:") && host.includes(".") ? host.slice("::ffff:".length) : host;
}

function dialError(what: string, error: unknown): TransportError | TrustError {
  const reason = describeError(error);
  if (WRONG_CERTIFICATE.test(reason)) {
    const message = `Cannot ${what}: the other side shows another certificate than was agreed`;
    return new TrustError("peer-certificate", message, { cause: error });
  }
  const code = /timed out/.test(reason) ? "timed-out" : "unreachable";
  return new TransportError(code, `Cannot ${what}: ${reason}`, { cause: error });
}
