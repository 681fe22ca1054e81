/**
 * Which server this profile talks to. At first contact nothing but the TLS probe is sent; its CA is pinned only after the
 * handshake with it succeeded, and never replaced silently afterwards (SR-49, SR-50).
 */

import { ProtocolError, TransportError, TrustError } from "../base/errors.ts";
import type { Fingerprint } from "../base/ids.ts";
import type { Clock } from "../base/clock.ts";
import type { Bytes } from "../base/bytes.ts";
import {
  certificateDer,
  certificatePem,
  formatCertificateFingerprint,
  readServerCertificate,
  type ServerCertificate,
} from "../crypto/server_certificate.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { type Dialled, dialPlain, dialTls, probeServer } from "../net/dial.ts";
import type { Database } from "../storage/database.ts";

/** How a first contact is decided. */
export type Trust =
  /** Only this CA: from `--trust SHA256:…` or an invite. */
  | { readonly kind: "expected"; readonly fingerprint: Fingerprint }
  /** Whoever answers first: `--trust first-use`. */
  | { readonly kind: "first-use" }
  /** A person looks at the fingerprint. */
  | { readonly kind: "ask"; confirm(fingerprint: string): Promise<boolean> }
  | { readonly kind: "none" };

/** A dialled server whose certificate chains to the pinned CA. */
export interface TrustedServer extends Dialled {
  readonly certificate: ServerCertificate;
}

/** Longer than a slow mobile line needs for three round trips. */
const DIAL_TIMEOUT_MS = 10_000;

/** The pins of a profile. */
export class KnownServers {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  find(address: HostPort): Bytes | undefined {
    return this.#database.query(
      "SELECT certificate FROM known_server WHERE address = ?",
      (row) => row.bytes("certificate"),
    ).first(formatHostPort(address));
  }

  pin(address: HostPort, certificate: Bytes): void {
    this.#database.command("INSERT OR IGNORE INTO known_server VALUES (?, ?, ?)")
      .run(formatHostPort(address), certificate, this.#clock.nowMs());
  }

  /** Identity pins of people stay (SR-50). */
  forget(address: HostPort): void {
    this.#database.command("DELETE FROM known_server WHERE address = ?")
      .run(formatHostPort(address));
  }
}

/**
 * Dials a server with TLS. Throws TrustError `server-unknown` (nobody vouched for it), `server-refused` (not the expected
 * one) or `server-changed`, each with the fingerprints in its details; TransportError when it cannot be reached.
 */
export async function dialTrusted(
  address: HostPort,
  options: {
    known: KnownServers;
    trust: Trust;
    clock: Clock;
    signal?: AbortSignal;
  },
): Promise<TrustedServer> {
  const { known, trust } = options;
  const deadline = { ...options, timeoutMs: DIAL_TIMEOUT_MS };
  const pinned = known.find(address);
  if (pinned !== undefined) {
    const certificate = await readCertificate(pinned);
    requireExpected(trust, certificate);
    try {
      return { ...await dialTls(address, certificate.pem, deadline), certificate };
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      throw await changed(address, { certificate, deadline, cause: error });
    }
  }
  const probed = await probeServer(address, deadline);
  const der = certificateDer(probed.caPem);
  const certificate = await readCertificate(der ?? new Uint8Array(0));
  requireExpected(trust, certificate);
  await decide(trust, certificate);
  const dialled = await dialTls(address, certificatePem(certificate.der), deadline);
  known.pin(address, certificate.der);
  return { ...dialled, certificate };
}

/** Dials without TLS, on this machine only. Who the server is, it says itself. */
export function dialLoopback(
  address: HostPort,
  options: { clock: Clock; signal?: AbortSignal },
): Promise<Dialled> {
  return dialPlain(address, { ...options, timeoutMs: DIAL_TIMEOUT_MS });
}

async function readCertificate(der: Bytes): Promise<ServerCertificate> {
  const certificate = await readServerCertificate(der);
  if (certificate !== undefined) return certificate;
  throw new TrustError(
    "server-refused",
    "This is no Heliograph server: its certificate is not one",
  );
}

function requireExpected(trust: Trust, certificate: ServerCertificate): void {
  if (trust.kind !== "expected" || trust.fingerprint === certificate.fingerprint) return;
  const expected = formatCertificateFingerprint(trust.fingerprint);
  const found = formatCertificateFingerprint(certificate.fingerprint);
  throw new TrustError(
    "server-refused",
    `This is another server than the expected one. Expected ${expected}, found ${found}`,
    { details: { expected, found } },
  );
}

async function decide(trust: Trust, certificate: ServerCertificate): Promise<void> {
  const fingerprint = formatCertificateFingerprint(certificate.fingerprint);
  if (trust.kind === "expected" || trust.kind === "first-use") return;
  if (trust.kind === "ask" && await trust.confirm(fingerprint)) return;
  throw new TrustError(
    "server-unknown",
    `This server is not known yet. Compare its fingerprint and say --trust ${fingerprint}`,
    { details: { fingerprint } },
  );
}

/** What the person is told when a server does not prove the pinned CA any more. */
async function changed(
  address: HostPort,
  facts: {
    certificate: ServerCertificate;
    deadline: Parameters<typeof probeServer>[1];
    cause: TrustError;
  },
): Promise<TrustError> {
  const { certificate, cause } = facts;
  const pinned = formatCertificateFingerprint(certificate.fingerprint);
  const found = await probeFingerprint(address, facts.deadline);
  if (found === undefined || found === pinned) {
    return new TrustError(
      "server-refused",
      `The server does not prove its known certificate ${pinned}: somebody may be between you and it`,
      { details: { pinned }, cause },
    );
  }
  return new TrustError(
    "server-changed",
    `The server's certificate changed. Known: ${pinned}, now: ${found}. If its operator confirms that, ` +
      "say --forget-server",
    { details: { pinned, found }, cause },
  );
}

/** Undefined when it shows none now: the reason to refuse it stays the first one. */
async function probeFingerprint(
  address: HostPort,
  deadline: Parameters<typeof probeServer>[1],
): Promise<string | undefined> {
  try {
    return formatCertificateFingerprint((await probeServer(address, deadline)).fingerprint);
  } catch (error) {
    if (error instanceof TransportError || error instanceof ProtocolError) return undefined;
    throw error;
  }
}
