/**
 * A UDP socket for QUIC: dials and is dialled from one and the same port, so that a way through an address translator that
 * one has opened serves the other.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { formatHostPort, type HostPort, isLoopback } from "../addresses/address.ts";
import { type Admission, AdmissionControl } from "../listening/admission.ts";
import { type DeadlineOptions, withDeadline } from "../streams/deadline.ts";
import { failDial, pinOptions, type QuicPin } from "./quic_pin.ts";
import { QuicStream } from "./quic_stream.ts";
import { resolveHost } from "../addresses/resolve.ts";

const log = logger("net", "quic");

/** A silent side is given up after this time: what it was sent goes on another way then. */
const IDLE_MS = 12_000;
const KEEP_ALIVE_MS = 3_000;
/** Handshakes under way: of all, and of one source. Beyond that the oldest gives way, so a flood costs little and keeps nobody out. */
export const MAX_QUIC_HANDSHAKES = 64;
const MAX_QUIC_HANDSHAKES_PER_SOURCE = 16;
/** How long who has dialled may take for the handshake, and then to open its stream. */
const OPENING_MS = 5_000;

/** Shows others a certificate of its own, with those that vouch for it behind it. Both are PEM. */
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

/** Somebody who dialled here. */
export interface QuicArrival extends QuicPeer {
  /** Given back with the end of the connection, if it is not before. */
  readonly admission: Admission;
}

/**
 * Open one for each program and keep it: the system gives its port back when the garbage collector comes by, and not when it
 * is closed (measured on Deno 2.4.2 and 2.9.6).
 */
export class QuicSocket implements AsyncDisposable {
  readonly #address: Deno.NetAddr;
  /** Dropped when it is closed: whoever keeps the socket would keep the port. */
  #endpoint: Deno.QuicEndpoint | undefined;
  readonly #options: QuicSocketOptions;
  /**
   * MUST stay referenced: collected, it takes the endpoint's certificate away, as `stop` does (see `close`). There is one for
   * each endpoint, ever.
   */
  #listener: Deno.QuicListener | undefined;
  readonly #streams = new Set<QuicStream>();
  /** Apart from those who are there: before the end of a handshake an address may be made up. */
  readonly #handshakes = new AdmissionControl(HANDSHAKE_LIMITS);
  #refused = 0;
  #isClosed = false;

  private constructor(
    endpoint: Deno.QuicEndpoint,
    options: QuicSocketOptions,
  ) {
    this.#endpoint = endpoint;
    this.#address = endpoint.addr;
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
      const isTaken = error instanceof Deno.errors.AddrInUse;
      const why = isTaken ? "port is already in use" : describeError(error);
      const message = `Cannot open UDP socket ${where}: ${why}`;
      throw new TransportError("no-udp", message, { cause: error });
    }
  }

  /** The port that it is bound to. */
  get port(): number {
    return this.#address.port;
  }

  /** Who was turned away before a word was said: handshakes that failed, or were too many. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Connects to who is as pinned. `protocol`: another language than the socket's own. Throws TransportError, TrustError
   * `peer-certificate` for anybody else, or the signal's reason. Nothing is sent to the other side but the handshake.
   */
  async dial(
    { host, port }: HostPort,
    pin: QuicPin,
    options: DeadlineOptions & { readonly protocol?: string },
  ): Promise<QuicPeer> {
    const what = `connect to ${formatHostPort({ host, port })}`;
    const endpoint = this.#endpoint;
    if (endpoint === undefined) throw new TransportError("closed", "The socket is closed");
    const connectOptions = {
      port,
      alpnProtocols: [options.protocol ?? this.#options.protocol],
      endpoint,
      ...TRANSPORT,
      ...pinOptions(pin),
    };
    try {
      const dialling = this.#nearest(host).then((hostname) =>
        Deno.connectQuic<false>({ hostname, ...connectOptions })
      );
      const connection = await withDeadline(what, dialling, (late) => late.close(), options);
      const stream = await connection.createBidirectionalStream();
      if (!options.signal?.aborted) return this.#keep(connection, stream);
      connection.close();
      throw options.signal.reason;
    } catch (error) {
      if (error instanceof TransportError || error === options.signal?.reason) throw error;
      failDial(what, error);
    }
  }

  /**
   * Tells of everybody who dials, until the socket is closed. Whoever shows a certificate MUST call it. `onPeer` says within its own time what they are worth: nobody is
   * known by their handshake. Handshakes run side by side; who does not open a stream in time is cut off. `desk`: who may
   * connect, as told from their address; `onPeer` then says who has signed in. Without one, only who has opened no stream yet is
   * counted.
   */
  async accept(onPeer: (peer: QuicArrival) => void, desk?: AdmissionControl): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    const places = desk ?? new AdmissionControl(HANDSHAKE_LIMITS);
    const onArrived = (arrival: QuicArrival) => {
      if (desk === undefined) arrival.admission.signIn();
      onPeer(arrival);
    };
    for (;;) {
      try {
        const incoming = await listener.incoming();
        if (this.#isClosed) incoming.refuse();
        else this.#greet(incoming, places, onArrived);
      } catch (error) {
        // A peer that failed is not the end of the others; a closed endpoint is.
        if (error instanceof Deno.errors.BadResource) break;
        log.debug("incoming failed", { reason: describeError(error) });
      }
    }
    this.#listener = undefined;
  }

  /** Gives what was sent a while to arrive, or not when it is to be `atOnce`, then closes all connections. */
  async close({ atOnce = false }: { readonly atOnce?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#streams) stream.close();
    if (!atOnce) await Promise.all([...this.#streams].map(({ gone }) => gone));
    // Never `listener.stop()`: while a handshake has begun that `accept` has not taken yet, the next datagram of it would end the
    // whole program (a panic of Deno 2.4.2 and 2.9.6). `accept` refuses them until there are none, and ends.
    this.#endpoint?.close();
    this.#endpoint = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #greet(
    incoming: Deno.QuicIncoming,
    places: AdmissionControl,
    onArrived: (arrival: QuicArrival) => void,
  ): Promise<void> {
    let connection: Deno.QuicConn | undefined;
    let admission: ReturnType<AdmissionControl["admit"]> | undefined;
    try {
      // Unlike a plain `accept`, this one gives a connection that can be ended while its handshake is under way. Nothing is
      // read or written before that is over. (Asking `incoming` for its address would end it: Deno 2.4.2 and 2.9.6, measured.)
      connection = incoming.accept({ zeroRtt: true });
      const { host } = remoteOf(connection);
      await this.#handshake(connection, host);
      // Whoever answers the handshake gets what is sent to their address: it is not made up.
      admission = places.admit(host, () => connection?.close());
      if (typeof admission === "string") throw new TransportError("closed", admission);
      const stream = await this.#firstStream(connection);
      if (this.#isClosed) throw new TransportError("closed", "The socket is closed");
      const peer = this.#keep(connection, stream);
      peer.stream.gone.then(admission.release.bind(admission));
      onArrived({ ...peer, admission });
    } catch (error) {
      this.#refused++;
      if (typeof admission === "object") admission.release();
      connection?.close();
      log.debug("handshake failed", { reason: describeError(error) });
    }
  }

  async #handshake(connection: Deno.QuicConn, host: string): Promise<void> {
    const place = this.#handshakes.admit(host, () => connection.close());
    // On Deno 2.4.2 an aborted handshake shows here alone: the other promise never settles, and what nobody waits for would end
    // the whole program.
    const aborted = connection.closed.then(() => {
      throw new TransportError("closed", "The other side ended the handshake");
    });
    const finished = Promise.race([connection.handshake, aborted]);
    try {
      await withDeadline("finish handshake", finished, () => {}, {
        clock: this.#options.clock,
        timeoutMs: OPENING_MS,
      });
    } finally {
      if (typeof place === "object") place.release();
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
    return { stream, remote: remoteOf(connection) };
  }

  /** The first address of a host that this socket can send to. Throws TransportError where there is none. */
  async #nearest(host: string): Promise<string> {
    const { hostname } = this.#address;
    const reaches = (address: string) =>
      (hostname.includes(":") || !address.includes(":")) &&
      (isLoopback(address) || !isLoopback(hostname));
    const address = (await resolveHost(host)).find(reaches);
    if (address !== undefined) return address;
    throw new TransportError("unreachable", `Cannot connect to ${host}: not from ${hostname}`);
  }
}

/** Whose handshake is under way; where nobody else counts them, those who have not opened a stream yet, too. */
const HANDSHAKE_LIMITS = {
  connections: Infinity,
  unauthenticated: MAX_QUIC_HANDSHAKES,
  unauthenticatedPerAddress: MAX_QUIC_HANDSHAKES_PER_SOURCE,
};

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

function remoteOf(connection: Deno.QuicConn): HostPort {
  const { hostname, port } = connection.remoteAddr as Deno.NetAddr;
  return { host: plainHost(hostname), port };
}

/** IPv4 as such: a socket of both families shows it as part of IPv6 (RFC 4291 §2.5.5.2). */
function plainHost(host: string): string {
  return host.startsWith("::ffff:") && host.includes(".") ? host.slice("::ffff:".length) : host;
}
