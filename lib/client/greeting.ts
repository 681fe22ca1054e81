/** From an address to a link whose server is known: dial, hello, compare. */

import { type Bytes, decodeBase64, encodeBase64, equalBytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { ProtocolError, TransportError, TrustError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { readServerCertificate, type ServerCertificate } from "../crypto/server_certificate.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import type { ByteStream } from "../net/byte_stream.ts";
import { NONCE_BYTES } from "../protocol/hop/hello.ts";
import { PROTOCOL_VERSIONS } from "../protocol/versions.ts";
import type { Link } from "./link.ts";
import { openLink } from "./open_link.ts";
import { dialLoopback, dialTrusted, type KnownServers, type Trust } from "./server_trust.ts";

/** What both sides know after hello; later proofs are made over it (SR-41, SR-43). */
export interface Greeted {
  readonly link: Link;
  readonly address: HostPort;
  readonly version: number;
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
  readonly certificate: ServerCertificate;
  readonly serverName: string;
  readonly registration: "open" | "invite" | "closed";
  /** Whether the server can prepare videos. */
  readonly video: boolean;
}

/** How far an unknown server is trusted, and over what. */
export interface GreetOptions {
  readonly known: KnownServers;
  readonly trust: Trust;
  readonly tls: "auto" | "off";
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

const PROGRAM = "heliograph/0.1";

/** Throws TrustError, TransportError, and Refusal `unsupported-version`. The caller closes the link. */
export async function greet(address: HostPort, options: GreetOptions): Promise<Greeted> {
  const dialled = options.tls === "off"
    ? { ...await dialLoopback(address, options), certificate: undefined }
    : await dialTrusted(address, options);
  return await greetStream(dialled.stream, { ...options, address, pinned: dialled.certificate });
}

/** Says hello over a stream of any transport. `pinned` is the CA that TLS verified, if it was TLS. */
export async function greetStream(
  stream: ByteStream,
  options: Omit<GreetOptions, "known" | "trust" | "tls"> & {
    address: HostPort;
    pinned: ServerCertificate | undefined;
  },
): Promise<Greeted> {
  const { address, clock, random, pinned } = options;
  const link = openLink(stream, address, clock);
  try {
    const clientNonce = random.bytes(NONCE_BYTES);
    const { fields, payload } = await link.ask("hello", {
      versions: PROTOCOL_VERSIONS,
      program: PROGRAM,
      nonce: encodeBase64(clientNonce),
    });
    const serverNonce = decodeBase64(fields.nonce);
    const certificate = pinned ?? await readServerCertificate(payload);
    if (serverNonce?.length !== NONCE_BYTES || certificate === undefined) {
      throw new ProtocolError("bad-message", "Cannot read the server's hello");
    }
    if (!equalBytes(certificate.der, payload)) {
      throw new TrustError(
        "server-refused",
        "The server claims another certificate than the one it proved",
      );
    }
    const { version, serverName, registration, video } = fields;
    if (version < PROTOCOL_VERSIONS.min || version > PROTOCOL_VERSIONS.max) {
      throw new ProtocolError("bad-message", `The server chose version ${version}, unasked`);
    }
    const facts = { version, serverName, registration, video };
    return { link, address, clientNonce, serverNonce, certificate, ...facts };
  } catch (error) {
    await link.close();
    if (!(error instanceof TransportError)) throw error;
    throw new TransportError(
      error.code,
      `Cannot talk to ${formatHostPort(address)}: it ended the connection`,
      { cause: error },
    );
  }
}
