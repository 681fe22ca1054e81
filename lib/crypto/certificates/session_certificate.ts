/**
 * A certificate for one session between two people: self-signed, an ECDSA P-256 key that never leaves the process. Nobody reads
 * what it says; the other side pins its hash, which came sealed (SR-76).
 */

import { asBytes, type Bytes, concatBytes } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import { formatPem } from "./der.ts";
import { distinguishedName, signCertificate } from "./x509_writer.ts";

/** For a QUIC socket, and what others pin of it. */
export interface SessionCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** SHA-256 of the certificate. */
  readonly hash: Bytes;
}

const SERIAL_BYTES = 15;
const HOUR_MS = 3_600_000;
/** Longer than any process runs; the pin is what ends it. */
const VALIDITY_MS = 400 * 24 * HOUR_MS;
/** A name must be there (RFC 5280 §4.1.2.4). */
const NAME = distinguishedName([["CN", "heliograph"]]);

/** Makes one. `nowMs` is the wall clock's. */
export async function makeSessionCertificate(
  random: Random,
  nowMs: number,
): Promise<SessionCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const spki = asBytes(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
  const pkcs8 = asBytes(new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)));
  const der = await signCertificate({
    serial: concatBytes(Uint8Array.of(0x40), random.bytes(SERIAL_BYTES)),
    issuer: NAME,
    subject: NAME,
    notBeforeMs: nowMs - HOUR_MS,
    notAfterMs: nowMs + VALIDITY_MS,
    spki,
  }, keys.privateKey);
  const hash = asBytes(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
  return {
    certificatePem: formatPem("CERTIFICATE", der),
    privateKeyPem: formatPem("PRIVATE KEY", pkcs8),
    hash,
  };
}
