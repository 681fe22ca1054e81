/**
 * Where somebody without a server is reached: a TCP port with TLS, and the UDP port of the same number with QUIC where the
 * system gives it. Both show one certificate, and both count who has not proved themselves yet at one desk.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { Admission } from "../../net/listening/admission.ts";
import type { ByteStream, Transport } from "../../net/streams/byte_stream.ts";
import type { TlsIdentity } from "../../net/listening/acceptor.ts";
import type { Accepted } from "../../net/listening/arrivals.ts";
import { Listener } from "../../net/listening/listener.ts";
import { type QuicArrival, QuicSocket } from "../../net/quic/quic_socket.ts";
import { RELAY_DESCRIPTORS } from "../../net/listening/tls_relay.ts";
import { P2P_QUIC_PROTOCOL } from "../../protocol/p2p/mod.ts";
import { PAIR_DESCRIPTORS } from "./pairs.ts";

/** Somebody who has connected, by either way. */
export interface Arrival {
  readonly stream: ByteStream;
  readonly remoteAddress: string;
  readonly transport: Transport;
  /** When it connected, by the monotonic clock, where the deadline of its handshake began. */
  readonly acceptedAtMs?: number;
  /** The receiver calls `signIn` and, when the stream is closed, `release`. */
  readonly admission: Admission;
}

/** Of the 1,024 that a person has as a rule: the rest is for pairs without a connection, and for the program itself. */
const DESCRIPTORS = 768;
/** Few enough that strangers cannot use up a person's descriptors: under made-up names they are soon people with a pair. */
export const NODE_LIMITS = {
  connections: Math.floor(DESCRIPTORS / (RELAY_DESCRIPTORS + PAIR_DESCRIPTORS)),
  unauthenticated: 64,
  unauthenticatedPerAddress: 16,
};
/** Pairs of ports that are tried where any will do: the UDP one of a number may be taken when the TCP one is not. */
const PAIRS = 8;

/** Owns both ports, not the streams. */
export class NodePorts {
  readonly #listener: Listener;
  /** With the port that was really taken. */
  readonly address: HostPort;
  /** Dials too: its port is the one that others know, and that an address translator has opened. */
  readonly quic: QuicSocket | undefined;
  /** Why there is no QUIC. */
  readonly withoutQuic: string | undefined;

  private constructor(listener: Listener, quic: QuicSocket | string) {
    this.#listener = listener;
    this.address = listener.address;
    this.quic = typeof quic === "string" ? undefined : quic;
    this.withoutQuic = typeof quic === "string" ? quic : undefined;
  }

  /** Throws TransportError as `Listener.open`: without TCP there is nothing, without UDP there is TCP. */
  static open(address: HostPort, options: { clock: Clock; tls: TlsIdentity }): NodePorts {
    for (let pair = 1;; pair++) {
      const listener = Listener.open(address, { ...options, limits: NODE_LIMITS });
      const quic = openQuic(listener.address, options);
      if (typeof quic !== "string" || address.port !== 0 || pair === PAIRS) {
        return new NodePorts(listener, quic);
      }
      // Closed at once: it accepts nobody yet.
      listener.close();
    }
  }

  /** Accepts by both ways until closed. `onArrived` must not throw. */
  async run(onArrived: (arrival: Arrival) => void): Promise<void> {
    const onTls = ({ stream, remoteAddress, admission, acceptedAtMs }: Accepted) =>
      onArrived({ stream, remoteAddress, admission, acceptedAtMs, transport: "tls" });
    const onQuic = ({ stream, remote, admission }: QuicArrival) =>
      onArrived({ stream, remoteAddress: remote.host, admission, transport: "quic" });
    const { desk } = this.#listener;
    await Promise.all([this.#listener.run(onTls), this.quic?.accept(onQuic, desk)]);
  }

  /** Takes in nobody by TCP any more, and by UDP from `close` on. */
  async stop(): Promise<void> {
    await this.#listener.close();
  }

  /** After the pairs, which have waited until what they sent has arrived. Closing twice is fine. */
  async close(): Promise<void> {
    await this.stop();
    await this.quic?.close({ atOnce: true });
  }
}

/** Or why there is none. */
function openQuic(
  { host, port }: HostPort,
  { clock, tls }: { clock: Clock; tls: TlsIdentity },
): QuicSocket | string {
  const { certificateChainPem: certificatePem, privateKeyPem } = tls;
  const identity = { certificatePem, privateKeyPem };
  try {
    return QuicSocket.open({ clock, host, port, protocol: P2P_QUIC_PROTOCOL, identity });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return describeError(error);
  }
}
