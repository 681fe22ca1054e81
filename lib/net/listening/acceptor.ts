/** The listening sockets that connections come from: plain, in TLS, or in TLS over a relay; and why there can be none. */

import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../addresses/address.ts";
import type { ByteStream } from "../streams/byte_stream.ts";
import type { SocketCutter } from "./cutting.ts";
import { TlsRelay } from "./tls_relay.ts";

/** What a server shows and proves itself with, as PEM. */
export interface TlsIdentity {
  /** The server's certificate, then its CA. */
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
}

/** The part of `Deno.Listener` that is used. */
export interface Acceptor {
  accept(): Promise<AcceptedConn>;
  close(): void;
}

/** The part of `Deno.Conn` and `Deno.TlsConn` that is used. */
export interface AcceptedConn extends ByteStream {
  readonly remoteAddr: Deno.Addr;
  handshake?(): Promise<unknown>;
  /** Before the handshake: what comes in front of TLS. Left out where nothing is between it and `read`. */
  readPlain?(buffer: Uint8Array): Promise<number | null>;
  /** Closes it with nothing left behind, whatever state it is in. Left out where `close` does, or a descriptor has to be found. */
  cut?(): void;
  setNoDelay?(noDelay?: boolean): void;
  setKeepAlive?(keepAlive?: boolean): void;
}

/**
 * Listens on `address`: in TLS with `tls`, which is relayed where nothing can cut a descriptor (`tls_relay.ts`). Throws
 * TransportError `address-in-use`, `permission-denied`, `address-not-available` or `listen-failed`.
 */
export function openAcceptor(
  { host, port }: HostPort,
  { tls, cutter, clock, sharesPort: reusePort = false }: {
    tls?: TlsIdentity;
    cutter?: SocketCutter;
    clock: Clock;
    /** With other processes of the same user that say so too: the system shares out who connects (`SO_REUSEPORT`, Linux). */
    sharesPort?: boolean;
  },
): Acceptor & { readonly addr: Deno.NetAddr } {
  try {
    if (tls === undefined) return Deno.listen({ hostname: host, port, reusePort });
    if (cutter === undefined) return TlsRelay.listen({ host, port, reusePort }, tls, clock);
    const { certificateChainPem: cert, privateKeyPem: key } = tls;
    return Deno.listenTls({ hostname: host, port, cert, key, reusePort });
  } catch (error) {
    throw listenError({ host, port }, error);
  }
}

/** Whether Deno takes the pair, shown on a port of no matter. Throws TransportError. */
export function checkIdentity(tls: TlsIdentity): void {
  try {
    const { certificateChainPem: cert, privateKeyPem: key } = tls;
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }).close();
  } catch (error) {
    const message = "Cannot use the TLS certificate: certificate or key cannot be read";
    throw new TransportError("bad-certificate", message, { cause: error });
  }
}

function listenError(address: HostPort, error: unknown): TransportError {
  const where = formatHostPort(address);
  const [code, why] = error instanceof Deno.errors.AddrInUse
    ? ["address-in-use", "port is already in use"]
    : error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
    ? ["permission-denied", "you don't have permission to use this port"]
    : error instanceof Deno.errors.AddrNotAvailable
    ? ["address-not-available", "this machine has no such address"]
    : /resolve|lookup|No address/i.test(describeError(error))
    ? ["address-not-available", "no such host"]
    : ["listen-failed", describeError(error)];
  return new TransportError(code, `Cannot listen on ${where}: ${why}`, { cause: error });
}
