/** Reaching somebody at an address: whose certificate it is comes first, and nothing is said to another one. */

import type { Clock } from "../../base/clock.ts";
import { TrustError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { formatHostPort, type HostPort } from "../../net/address.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { dialTls, probeServer } from "../../net/dial.ts";
import { formatServerFingerprint } from "../../net/server_fingerprint.ts";

/** A stream to an address, encrypted, and whose certificate TLS has proved on it. */
export interface DialledPeer {
  readonly stream: ByteStream;
  readonly channel: Fingerprint;
}

/** How somebody is reached; another one for tests and other transports. */
export type DialPeer = (
  address: HostPort,
  options: DialPeerOptions,
) => Promise<DialledPeer>;

/** Until when, and who it must be. */
export interface DialPeerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Of an invite, or of who was there before: another certificate ends it before a byte is said. */
  readonly expected: Fingerprint | undefined;
}

/** To find out whose certificate it is, and again for TLS with it. */
const DIAL_TIMEOUT_MS = 10_000;

/** Over TCP and TLS. Throws TransportError, ProtocolError, TrustError `server-certificate`. */
export async function dialPeer(
  address: HostPort,
  { expected, ...options }: DialPeerOptions,
): Promise<DialledPeer> {
  const timed = { ...options, timeoutMs: DIAL_TIMEOUT_MS };
  const { caPem, fingerprint: channel } = await probeServer(address, timed);
  if (expected !== undefined && expected !== channel) {
    throw new TrustError(
      "server-certificate",
      `Somebody else answers at ${formatHostPort(address)}: expected ${
        formatServerFingerprint(expected)
      }, they show ${formatServerFingerprint(channel)}. Nothing was said`,
      { details: { expected, shown: channel } },
    );
  }
  const { stream } = await dialTls(address, caPem, timed);
  return { stream, channel };
}
