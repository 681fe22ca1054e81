/** Dialling a server: plain on loopback, TLS with a pinned CA elsewhere, and the probe that shows whom one would pin. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { describeError, ProtocolError, TransportError, TrustError } from "../../base/errors.ts";
import { type Fingerprint, fingerprint } from "../../base/ids.ts";
import { type Random, systemRandom } from "../../base/random.ts";
import { formatHostPort, type HostPort, isLoopback } from "../addresses/address.ts";
import type { ByteStream } from "../streams/byte_stream.ts";
import { type DeadlineOptions, withDeadline } from "../streams/deadline.ts";
import { encodeCertificatePem } from "../addresses/server_fingerprint.ts";
import { clientHello, PROBE_MAX_BYTES, readCertificates } from "./tls_probe.ts";

/**
 * The name in every server's certificate, whatever its address. `.internal` is reserved, so no public CA issues it. What
 * else Deno would add to `caCerts`, the programs have taken away before they dial (`root_store.ts`).
 */
export const TLS_SERVER_NAME = "heliograph.internal";

/** A stream to a server, and where it really leads. Belongs to whoever dialled. */
export interface Dialled {
  readonly stream: ByteStream;
  /** The resolved address, without port. */
  readonly remoteAddress: string;
}

/** What a server shows to a stranger. Pin it only after `dialTls` has succeeded with it (SR-49). */
export interface ProbedServer {
  /** Its own certificate. */
  readonly leafPem: string;
  readonly caPem: string;
  readonly fingerprint: Fingerprint;
}

/**
 * Connects without TLS, to this machine only: the resolved address decides, before a byte is sent (SR-49). Throws
 * `TransportError`, or `TrustError` `plain-not-loopback`.
 */
export async function dialPlain(address: HostPort, options: DeadlineOptions): Promise<Dialled> {
  const stream = await connect(address, options);
  const remoteAddress = stream.remoteAddr.hostname;
  if (!isLoopback(remoteAddress)) {
    stream.close();
    throw new TrustError(
      "plain-not-loopback",
      `Cannot connect without TLS: ${remoteAddress} is not this machine`,
    );
  }
  return { stream, remoteAddress };
}

/**
 * Connects with TLS to the server whose certificate was issued by the pinned CA. Throws `TransportError`, or `TrustError`
 * `server-certificate` when another CA issued it. The time limit covers the handshake.
 */
export async function dialTls(
  address: HostPort,
  caPem: string,
  options: DeadlineOptions,
): Promise<Dialled> {
  const close = (dialled: Dialled) => dialled.stream.close();
  return await withDeadline("connect", startTls(address, caPem, options), close, options);
}

async function startTls(address: HostPort, caPem: string, options: DeadlineOptions) {
  const tcp = await connect(address, options);
  const remoteAddress = tcp.remoteAddr.hostname;
  let stream: Deno.TlsConn | undefined;
  // Ends a handshake that nobody waits for any more; the race in `dialTls` reports the reason.
  const giveUp = () => closeQuietly(stream);
  const cancel = options.clock.after(options.timeoutMs, giveUp);
  options.signal?.addEventListener("abort", giveUp, { once: true });
  try {
    stream = await Deno.startTls(tcp, { hostname: TLS_SERVER_NAME, caCerts: [caPem] });
    await stream.handshake();
    return { stream, remoteAddress };
  } catch (error) {
    closeQuietly(stream);
    throw tlsError(address, error);
  } finally {
    cancel();
    options.signal?.removeEventListener("abort", giveUp);
  }
}

/** Asks a server for its certificates and sends nothing else. Throws `TransportError`, `not-tls` for what is no such server. */
export async function probeServer(
  address: HostPort,
  options: DeadlineOptions & { readonly random?: Random },
): Promise<ProbedServer> {
  const stream = await connect(address, options);
  try {
    const hello = clientHello(TLS_SERVER_NAME, options.random ?? systemRandom);
    const reading = readChain(address, stream, hello);
    const chain = await withDeadline("read certificates", reading, () => {}, options);
    const ca = chain[chain.length - 1];
    const [leafPem, caPem] = [chain[0], ca].map(encodeCertificatePem);
    return { leafPem, caPem, fingerprint: await fingerprint(ca) };
  } finally {
    closeQuietly(stream);
  }
}

async function readChain(
  address: HostPort,
  stream: ByteStream,
  hello: Bytes,
): Promise<readonly Bytes[]> {
  const where = formatHostPort(address);
  let answer: Bytes = new Uint8Array(0);
  try {
    for (let at = 0; at < hello.length;) at += await stream.write(hello.subarray(at));
    const buffer = new Uint8Array(8192);
    while (answer.length < PROBE_MAX_BYTES) {
      const count = await stream.read(buffer.subarray(0, PROBE_MAX_BYTES - answer.length));
      if (count === null) break;
      answer = concatBytes(answer, buffer.subarray(0, count));
      const chain = readCertificates(answer);
      if (chain !== undefined) return chain;
    }
  } catch (error) {
    if (error instanceof TransportError) throw error;
    if (error instanceof ProtocolError) throw notTls(where, error);
    throw new TransportError(
      "connection-lost",
      `Cannot talk to ${where}: the connection is lost`,
      {
        cause: error,
      },
    );
  }
  if (answer.length > 0) throw notTls(where);
  // As a forwarder does whose server is down.
  throw new TransportError("ended", `Cannot talk to ${where}: it ended the connection`);
}

function notTls(where: string, cause?: ProtocolError): TransportError {
  const message = `Cannot talk to ${where}: it is not a Heliograph server`;
  return new TransportError("not-tls", message, { cause });
}

/** A TCP connection without Nagle's algorithm, which costs 14 ms per message (p50) beside delayed acknowledgements. */
async function connect(address: HostPort, options: DeadlineOptions): Promise<Deno.TcpConn> {
  const connecting = Deno.connect({ hostname: address.host, port: address.port });
  try {
    const stream = await withDeadline("connect", connecting, closeQuietly, options);
    stream.setNoDelay(true);
    stream.setKeepAlive(true);
    return stream;
  } catch (error) {
    if (error instanceof TransportError || error === options.signal?.reason) throw error;
    throw connectError(address, error);
  }
}

function connectError(address: HostPort, error: unknown): TransportError {
  const where = formatHostPort(address);
  const [code, why] = error instanceof Deno.errors.ConnectionRefused
    ? ["refused", "nothing listens there"]
    : error instanceof Deno.errors.TimedOut
    ? ["timed-out", "no answer"]
    : /resolve|lookup|No address/i.test(describeError(error))
    ? ["host-not-found", "no such host"]
    : ["unreachable", describeError(error)];
  return new TransportError(code, `Cannot connect to ${where}: ${why}`, { cause: error });
}

function tlsError(address: HostPort, error: unknown): TransportError | TrustError {
  if (error instanceof TransportError) return error;
  const where = formatHostPort(address);
  // rustls's own words; Deno has no class for it.
  if (/invalid peer certificate/i.test(describeError(error))) {
    const message = `Cannot trust ${where}: its certificate is not the expected one`;
    return new TrustError("server-certificate", message, { cause: error });
  }
  const message = `Cannot connect to ${where}: TLS handshake failed`;
  return new TransportError("tls-failed", message, { cause: error });
}

function closeQuietly(stream: ByteStream | undefined): void {
  try {
    stream?.close();
  } catch (error) {
    // Closed already, by its own failure or by a deadline.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
