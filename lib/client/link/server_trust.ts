/**
 * Which server this profile talks to. At first contact nothing but the TLS probe is sent; its CA is pinned only after the
 * handshake with it succeeded (SR-49), and afterwards another one is taken only by statements that lead from the pinned CA to
 * it (SR-50).
 */

import { DIAL_DEADLINE_MS } from "../../protocol/limits.ts";
import { ProtocolError, TransportError, TrustError } from "../../base/errors.ts";
import { type Fingerprint, formatCertificateFingerprint } from "../../base/ids.ts";
import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { Bytes } from "../../base/bytes.ts";
import {
  certificateDer,
  readServerCertificate,
  type ServerCertificate,
} from "../../crypto/certificates/server_certificate.ts";
import { hasAuthority, type Succession } from "../../crypto/certificates/server_succession.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import { type Dialled, dialPlain, dialTls, probeServer } from "../../net/dialling/dial.ts";
import type { KnownServers, ServerPin } from "./known_servers.ts";
import { readStoredLeaf } from "../../crypto/certificates/stored_leaf.ts";

const log = logger("client", "trust");

/** How a first contact is decided. */
export type Trust =
  /** Only the server that has or had this CA: from `--trust SHA256:…` or an invite. */
  | { readonly kind: "expected"; readonly fingerprint: Fingerprint }
  /** Whoever answers first: `--trust first-use`. */
  | { readonly kind: "first-use" }
  /** A person looks at the fingerprint. */
  | { readonly kind: "ask"; confirm(fingerprint: string): Promise<boolean> }
  | { readonly kind: "none" };

/** Decides about a server by what it says in hello. */
export interface Judge {
  /**
   * Takes or refuses how its CA came to be, and pins the CA. MUST be called before anything but hello is said. Returns the CA
   * that was pinned before, when this one took its place. Throws TrustError.
   */
  accept(succession: Succession): ServerCertificate | undefined;
  /** There while only hello can show that it is the right server. */
  readonly doubt?: Doubt | undefined;
}

/** What a server is refused with when its hello fails in any way: with both fingerprints. */
export type Doubt = (cause: unknown) => TrustError;

/** A dialled server. TLS has proved its CA, and nothing vouches for that CA before the judge took it. */
export interface ProvenServer extends Dialled {
  readonly judge: Judge;
}

/** A dial under way. */
interface Dial {
  readonly address: HostPort;
  readonly known: KnownServers;
  readonly trust: Trust;
  readonly deadline: Parameters<typeof probeServer>[1];
}

/**
 * Dials a server with TLS. Throws TrustError `server-unknown` (nobody vouched for it), `server-refused` (not the expected
 * one) or `server-changed`, each with the fingerprints in its details; `wrong-clock` when only this machine's time speaks
 * against it; TransportError when it cannot be reached.
 */
export async function dialTrusted(
  address: HostPort,
  options: {
    known: KnownServers;
    trust: Trust;
    clock: Clock;
    signal?: AbortSignal;
  },
): Promise<ProvenServer> {
  const { known, trust } = options;
  const dial = { address, known, trust, deadline: { ...options, timeoutMs: DIAL_DEADLINE_MS } };
  const pin = known.find(address);
  return pin === undefined ? await dialUnknown(dial) : await dialKnown(dial, pin);
}

/** What to throw when a doubted server did not show that it is the right one. */
export function confirmDoubt(doubt: Doubt, cause: unknown): TrustError {
  return doubt(cause);
}

/** Dials without TLS, on this machine only. Who the server is, it says itself. */
export function dialLoopback(
  address: HostPort,
  options: { clock: Clock; signal?: AbortSignal },
): Promise<Dialled> {
  return dialPlain(address, { ...options, timeoutMs: DIAL_DEADLINE_MS });
}

async function dialUnknown(dial: Dial): Promise<ProvenServer> {
  const { address, known, trust, deadline } = dial;
  const probed = await probeServer(address, deadline);
  const certificate = await readCertificate(certificateDer(probed.caPem) ?? new Uint8Array(0));
  // Who proves a CA that is pinned elsewhere is that server, moved: its address was never what is trusted.
  if (!known.hasCertificate(certificate)) await decide(trust, certificate);
  const take = (succession: Succession): undefined => {
    requireExpected(trust, succession);
    known.pin(address, succession);
  };
  if (trust.kind !== "expected" || trust.fingerprint === certificate.fingerprint) {
    const dialled = await dialIssued(dial, certificate, probed.leafPem);
    return { ...dialled, judge: judge(certificate, take) };
  }
  // The fingerprint may be that of a CA before: its statements can lead here.
  const doubt = (cause: unknown) => unexpected(trust.fingerprint, certificate, cause);
  const dialled = await dialShown(dial, certificate, doubt);
  return { ...dialled, judge: judge(certificate, take, doubt) };
}

async function dialKnown(dial: Dial, pin: ServerPin): Promise<ProvenServer> {
  const { address, known, trust, deadline } = dial;
  const pinned = await readCertificate(pin.certificate);
  const serverId = pin.serverId ?? pinned.keyFingerprint;
  const take = (succession: Succession) => {
    const { present } = succession;
    if (!hasAuthority(succession, pinned.fingerprint) || succession.serverId !== serverId) {
      throw changed(pinned, present, undefined);
    }
    requireExpected(trust, succession);
    if (present.fingerprint === pinned.fingerprint) return undefined;
    known.replace(address, pinned, succession);
    log.warn("server.ca-renewed", { from: pinned.fingerprint, to: present.fingerprint });
    return pinned;
  };
  try {
    return { ...await dialTls(address, pinned.pem, deadline), judge: judge(pinned, take) };
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const shown = await shownCertificates(dial);
    const certificate = shown?.authority;
    if (certificate === undefined || certificate.fingerprint === pinned.fingerprint) {
      if (shown !== undefined) requireInTime(shown.leafPem, pinned, deadline.clock);
      throw unproven(pinned, error);
    }
    const doubt = (cause: unknown) => changed(pinned, certificate, cause);
    const dialled = await dialShown(dial, certificate, doubt);
    return { ...dialled, judge: judge(certificate, take, doubt) };
  }
}

/** `certificate`: the CA that TLS proved. `take` sees a succession that ends with it only. */
function judge(
  certificate: ServerCertificate,
  take: Judge["accept"],
  doubt?: Doubt,
): Judge {
  return {
    accept(succession) {
      if (succession.present.fingerprint === certificate.fingerprint) return take(succession);
      const message = "The server claims another certificate than the one it proved";
      if (doubt !== undefined) throw confirmDoubt(doubt, undefined);
      throw new TrustError("server-refused", message);
    },
    doubt,
  };
}

/** Dials with the CA of the leaf that was shown. */
async function dialIssued(
  { address, deadline }: Dial,
  certificate: ServerCertificate,
  leafPem: string,
): Promise<Dialled> {
  try {
    return await dialTls(address, certificate.pem, deadline);
  } catch (error) {
    if (error instanceof TrustError) requireInTime(leafPem, certificate, deadline.clock);
    throw error;
  }
}

/** Dials with a CA that nothing vouches for yet: only to hear in hello how it came to be. */
async function dialShown(
  { address, deadline }: Dial,
  certificate: ServerCertificate,
  doubt: Doubt,
): Promise<Dialled> {
  try {
    return await dialTls(address, certificate.pem, deadline);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw confirmDoubt(doubt, error);
  }
}

/** Undefined when it shows none now: the reason to refuse it stays the first one. */
async function shownCertificates({ address, deadline }: Dial) {
  try {
    const { leafPem, caPem } = await probeServer(address, deadline);
    const authority = await readServerCertificate(certificateDer(caPem) ?? new Uint8Array(0));
    return { authority, leafPem };
  } catch (error) {
    if (error instanceof TransportError || error instanceof ProtocolError) return undefined;
    throw error;
  }
}

async function readCertificate(der: Bytes): Promise<ServerCertificate> {
  const certificate = await readServerCertificate(der);
  if (certificate !== undefined) return certificate;
  throw new TrustError(
    "server-refused",
    "This is not a Heliograph server: its certificate is of another kind",
  );
}

function requireExpected(trust: Trust, succession: Succession): void {
  if (trust.kind !== "expected" || hasAuthority(succession, trust.fingerprint)) return;
  throw unexpected(trust.fingerprint, succession.present, undefined);
}

async function decide(trust: Trust, certificate: ServerCertificate): Promise<void> {
  const fingerprint = formatCertificateFingerprint(certificate.fingerprint);
  if (trust.kind === "expected" || trust.kind === "first-use") return;
  if (trust.kind === "ask" && await trust.confirm(fingerprint)) return;
  throw new TrustError(
    "server-unknown",
    `First time on this server. Check its fingerprint with the operator, then add --trust ${fingerprint}`,
    { details: { fingerprint } },
  );
}

function unexpected(
  fingerprint: Fingerprint,
  certificate: ServerCertificate,
  cause: unknown,
): TrustError {
  const expected = formatCertificateFingerprint(fingerprint);
  const found = formatCertificateFingerprint(certificate.fingerprint);
  return new TrustError(
    "server-refused",
    `This is not the expected server. Expected ${expected}, found ${found}`,
    { details: { expected, found }, cause },
  );
}

/** What the person is told when a server shows the pinned CA and does not prove it. */
function unproven(certificate: ServerCertificate, cause: unknown): TrustError {
  const pinned = formatCertificateFingerprint(certificate.fingerprint);
  return new TrustError(
    "server-refused",
    `The server does not prove its known certificate ${pinned}: somebody may be between you and it`,
    { details: { pinned }, cause },
  );
}

/** What the person is told when a server shows another CA, and no statement of the pinned one leads to it. */
function changed(
  before: ServerCertificate,
  certificate: ServerCertificate,
  cause: unknown,
): TrustError {
  const pinned = formatCertificateFingerprint(before.fingerprint);
  const found = formatCertificateFingerprint(certificate.fingerprint);
  return new TrustError(
    "server-changed",
    `The server's certificate changed. Known: ${pinned}, now: ${found}. If its operator confirms that, ` +
      "say --forget-server",
    { details: { pinned, found }, cause },
  );
}

// Tells a wrong clock from a wrong server: TLS refuses both in the same way.

/**
 * Throws TrustError `wrong-clock` when TLS refused the leaf that a server shows and the reason is the time: the CA signed it,
 * and by this machine's clock it is not good now. `certificate` MUST be one that is trusted already: a stranger could name
 * any time.
 */
function requireInTime(
  leafPem: string,
  certificate: ServerCertificate,
  clock: Clock,
): void {
  const leaf = readStoredLeaf(leafPem);
  const nowMs = clock.nowMs();
  if (leaf === undefined || !leaf.isSignedBy(certificate.spki)) return;
  if (leaf.notBeforeMs <= nowMs && nowMs <= leaf.notAfterMs) return;
  const [now, from, until] = [nowMs, leaf.notBeforeMs, leaf.notAfterMs].map(formatTime);
  throw new TrustError(
    "wrong-clock",
    `This machine's clock says ${now}, but the server's certificate is valid from ${from} to ${until}. ` +
      "Set the clock; if it is right, tell the server's operator",
    { details: { now, from, until } },
  );
}

/** `2026-11-20 14:05 UTC`: far off by hours or years, so the zone is said instead of the seconds. */
function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
