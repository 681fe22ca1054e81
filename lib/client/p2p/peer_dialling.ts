/**
 * Reaching somebody at an address, by QUIC or by TLS: whose certificate it is comes first, and nothing is said to another one.
 */

import { DIAL_DEADLINE_MS, HANDSHAKE_DEADLINE_MS } from "../../protocol/limits.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, TrustError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { formatHostPort, type HostPort } from "../../net/addresses/address.ts";
import type { ByteStream, Transport } from "../../net/streams/byte_stream.ts";
import { dialTls, probeServer } from "../../net/dialling/dial.ts";
import { raceDials, type Way } from "../../net/dialling/dial_race.ts";
import type { QuicSocket } from "../../net/quic/quic_socket.ts";
import { formatServerFingerprint } from "../../net/addresses/server_fingerprint.ts";
import { withDeadline } from "../../net/streams/deadline.ts";
import type { MetPeer } from "./handshake.ts";

const log = logger("client", "node");

/** The certificate authority of one person: what vouches for all that they show. */
export interface PeerAuthority {
  readonly caPem: string;
  /** Of it. */
  readonly fingerprint: Fingerprint;
}

/** A stream to an address, encrypted, and whose certificate was proved on it. */
export interface DialledPeer {
  readonly stream: ByteStream;
  readonly channel: PeerAuthority;
  readonly transport: Transport;
}

/** How somebody is reached; another one for tests and other transports. */
export type DialPeer = (
  address: HostPort,
  options: DialPeerOptions,
) => Promise<DialledPeer>;

/** Until when, by what, and who it must be. */
export interface DialPeerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Of an invite, or of who was there before: another certificate ends it before a byte is said. */
  readonly expected: Fingerprint | undefined;
  /** Of who was there before, so that they can be asked for without being shown theirs. MUST be as `expected`, where that is said. */
  readonly known: PeerAuthority | undefined;
  /** The own UDP port; undefined where there is none. */
  readonly quic: QuicSocket | undefined;
}

/**
 * The way that is there first, QUIC being a little ahead. Who is known is asked for by QUIC at once; of others TCP has to show
 * first whose certificate theirs is. Throws TransportError, ProtocolError, TrustError `server-certificate`, or the signal's
 * reason.
 */
export async function dialPeer(address: HostPort, options: DialPeerOptions): Promise<DialledPeer> {
  const { known, quic, signal } = options;
  const shown = (until: AbortSignal) => dialShown(address, { ...options, signal: until });
  if (known === undefined || quic === undefined) return await shown(signal);
  return await race([byQuic(quic, address, { ...options, channel: known }), shown], options);
}

/** Asks by TCP whose certificate it is, and then takes the way that is there first. */
async function dialShown(address: HostPort, options: DialPeerOptions): Promise<DialledPeer> {
  const { expected, known, quic } = options;
  const channel = await probeServer(address, timed(options));
  const { fingerprint } = channel;
  if (expected !== undefined && expected !== fingerprint) {
    throw new TrustError(
      "server-certificate",
      `Somebody else answers at ${formatHostPort(address)}: expected ${
        formatServerFingerprint(expected)
      }, they show ${formatServerFingerprint(fingerprint)}. Nothing was sent`,
      { details: { expected, shown: fingerprint } },
    );
  }
  const tls: Way<DialledPeer> = async (signal) => {
    const { stream } = await dialTls(address, channel.caPem, timed({ ...options, signal }));
    return { stream, channel, transport: "tls" };
  };
  // Whoever is known is asked for by QUIC already.
  if (quic === undefined || known?.fingerprint === fingerprint) return await tls(options.signal);
  return await race([byQuic(quic, address, { ...options, channel }), tls], options);
}

function byQuic(
  socket: QuicSocket,
  address: HostPort,
  { channel, ...options }: Pick<DialPeerOptions, "clock"> & { readonly channel: PeerAuthority },
): Way<DialledPeer> {
  return async (signal) => {
    try {
      const limits = { clock: options.clock, timeoutMs: DIAL_DEADLINE_MS, signal };
      const { stream } = await socket.dial(address, { authority: channel.caPem }, limits);
      return { stream, channel, transport: "quic" };
    } catch (error) {
      signal.throwIfAborted();
      log.debug("not reached by QUIC", {
        address: formatHostPort(address),
        reason: describeError(error),
      });
      throw error;
    }
  };
}

function race(
  ways: readonly Way<DialledPeer>[],
  { clock, signal }: Pick<DialPeerOptions, "clock" | "signal">,
): Promise<DialledPeer> {
  return raceDials(ways, { clock, signal, giveBack: ({ stream }) => closeStream(stream) });
}

function timed({ clock, random, signal }: DialPeerOptions) {
  return { clock, random, signal, timeoutMs: DIAL_DEADLINE_MS };
}

// A handshake under one deadline: who says nothing, or trickles, is gone when it is over, and so is their stream.

/**
 * What `meet` gives, or throws; then the stream is closed. `beganAtMs`: when the deadline began, by the monotonic clock; left
 * out, now.
 */
export async function meetInTime(
  stream: ByteStream,
  meet: () => Promise<MetPeer>,
  options: { clock: Clock; signal: AbortSignal; beganAtMs?: number | undefined },
): Promise<MetPeer> {
  const nowMs = options.clock.monotonicMs();
  const { beganAtMs = nowMs } = options;
  const timed = { ...options, timeoutMs: Math.max(0, beganAtMs + HANDSHAKE_DEADLINE_MS - nowMs) };
  try {
    const met = await withDeadline("meet the other side", meet(), () => {}, timed);
    options.signal.throwIfAborted();
    return met;
  } catch (error) {
    closeStream(stream);
    throw error;
  }
}

/** Gives a stream back that nobody owns any more. */
export function closeStream(stream: ByteStream): void {
  try {
    stream.close();
  } catch (error) {
    log.debug("close failed", { reason: describeError(error) });
  }
}
