/** From an address to a link whose server is known: dial, hello, compare. */

import type { Clock } from "../../base/clock.ts";
import { ProtocolError, Refusal, TransportError, TrustError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { ServerCertificate } from "../../crypto/certificates/server_certificate.ts";
import { formatHostPort, type HostPort } from "../../net/addresses/address.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import type { LineSimulation } from "../../net/streams/line_simulation.ts";
import { overLine } from "../../net/streams/simulated_stream.ts";
import type { KnownServers } from "./known_servers.ts";
import { type Link, openLink } from "./link.ts";
import { confirmDoubt, dialLoopback, dialTrusted, type Judge, type Trust } from "./server_trust.ts";
import { type Bytes, decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { readSuccession, type Succession } from "../../crypto/certificates/server_succession.ts";
import { NONCE_BYTES } from "../../protocol/hop/server.ts";
import { splitSections } from "../../protocol/sections.ts";
import {
  describeMismatch,
  PROTOCOL_VERSIONS,
  spellVersions,
  type VersionRange,
} from "../../protocol/versions.ts";

/** A link after hello, to the server that was meant. */
export interface HandshakeResult extends Omit<Hello, "succession"> {
  readonly link: Link;
  readonly address: HostPort;
  /** What statements name the server by (SR-02): of its first CA, and so the same under each CA. */
  readonly serverId: Fingerprint;
  /** The CA in use, which TLS has proved. Without TLS, what the server says. */
  readonly certificate: ServerCertificate;
  /** The CA that was pinned before, when its statements led to the one in use just now: to be told once (SR-50). */
  readonly renewedFrom: ServerCertificate | undefined;
  readonly transport: "tls" | "plain";
}

/** How far an unknown server is trusted, and over what. */
interface HandshakeOptions {
  readonly known: KnownServers;
  readonly trust: Trust;
  readonly tls: "auto" | "off";
  /** A worse line, from hello on; left out, the real one. */
  readonly simulate?: LineSimulation | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** Which versions of the protocol this client speaks, for a person: `1`, or `1 to 3`. */
export function protocolWords(): string {
  return spellVersions(PROTOCOL_VERSIONS);
}

/** Throws TrustError, TransportError, and Refusal `unsupported-version`. The caller closes the link. */
export async function performHandshake(
  address: HostPort,
  options: HandshakeOptions,
): Promise<HandshakeResult> {
  if (options.tls === "off") {
    const { stream } = await dialLoopback(address, options);
    return await greetStream(stream, { ...options, address, judge: undefined });
  }
  const { stream, judge } = await dialTrusted(address, options);
  try {
    return await greetStream(stream, { ...options, address, judge });
  } catch (error) {
    if (judge.doubt === undefined || error instanceof TrustError) throw error;
    options.signal?.throwIfAborted();
    throw confirmDoubt(judge.doubt, error);
  }
}

/** Says hello over a stream of any transport. `judge`: decides about the server, if TLS has proved anything. */
export async function greetStream(
  stream: ByteStream,
  options: Omit<HandshakeOptions, "known" | "trust" | "tls"> & {
    address: HostPort;
    judge: Judge | undefined;
  },
): Promise<HandshakeResult> {
  const { address, clock, random, judge, simulate } = options;
  const link = openLink(overLine(stream, simulate, options), address, clock);
  try {
    const { succession, ...hello } = await sayHello(link, random);
    const { serverId, present: certificate } = succession;
    return {
      ...hello,
      link,
      address,
      serverId,
      certificate,
      renewedFrom: judge?.accept(succession),
      transport: judge === undefined ? "plain" : "tls",
    };
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

/** What both sides know after hello; later proofs are made over it (SR-41, SR-43). */
interface Hello {
  readonly version: number;
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
  /** How its CA came to be: each statement was checked; that the CA is the server's is for TLS to prove. */
  readonly succession: Succession;
  readonly serverName: string;
  /** What its operator says to everyone who connects; empty: nothing. Foreign text. */
  readonly motd: string;
  readonly registration: "open" | "invite" | "closed";
  /** The life of its database: after a restored backup it is another one (SR-58). */
  readonly incarnation: string;
  /** Whether the server can prepare videos. */
  readonly video: boolean;
}

const PROGRAM = "heliograph/0.1";

/** Throws ProtocolError, TransportError, and Refusal `unsupported-version`. */
async function sayHello(link: Link, random: Random): Promise<Hello> {
  const clientNonce = random.bytes(NONCE_BYTES);
  const { fields, payload } = await askHello(link, clientNonce);
  const serverNonce = decodeBase64(fields.nonce);
  const succession = await readSuccession(splitSections(payload, fields.sizes));
  if (serverNonce?.length !== NONCE_BYTES || succession === undefined) {
    throw new ProtocolError("bad-message", "Cannot read the server's hello");
  }
  const { version, serverName, motd = "", registration, incarnation, video } = fields;
  if (version < PROTOCOL_VERSIONS.min || version > PROTOCOL_VERSIONS.max) {
    throw new ProtocolError("bad-message", `The server chose version ${version}, unasked`);
  }
  link.agreed(version);
  const about = { serverName, motd, registration, incarnation, video };
  return { version, clientNonce, serverNonce, succession, ...about };
}

async function askHello(link: Link, nonce: Bytes) {
  const versions = PROTOCOL_VERSIONS;
  try {
    return await link.ask("hello", { versions, program: PROGRAM, nonce: encodeBase64(nonce) });
  } catch (error) {
    const range = error instanceof Refusal && error.code === "unsupported-version"
      ? error.details.versions
      : undefined;
    if (range === undefined) throw error;
    // The server of another version may have other words for it; who is too old is plain. Checked by `failure`.
    const words = describeMismatch(versions, range as VersionRange);
    throw new Refusal("unsupported-version", words, { cause: error, details: { versions: range } });
  }
}
