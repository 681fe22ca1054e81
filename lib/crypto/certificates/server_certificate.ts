/**
 * A certificate authority of a server, as its clients see it: what they pin, compare and show. How one follows another is
 * `server_succession`. Making one is `certificate_maker`.
 */

import { X509Certificate } from "node:crypto";
import { asBytes, type Bytes, encodeHex } from "../../base/bytes.ts";
import { type Fingerprint, fingerprint } from "../../base/ids.ts";
import { formatPem, parsePem } from "./der.ts";

/** The name that every leaf is for. Nobody can get a public certificate for `.internal` (ICANN reserved it in 2024). */
export const SERVER_TLS_NAME = "heliograph.internal";

/** A self-made CA. All of it is public. */
export interface ServerCertificate {
  readonly der: Bytes;
  /** For `caCerts` of `Deno.startTls`. */
  readonly pem: string;
  /** SHA-256 of the certificate: what people compare and clients pin. */
  readonly fingerprint: Fingerprint;
  /** SHA-256 of its public key (SubjectPublicKeyInfo). That of a server's first CA is the server's id. */
  readonly keyFingerprint: Fingerprint;
  readonly spki: Bytes;
}

/** Ours have about 400 bytes. */
const MAX_CERTIFICATE_BYTES = 4096;
/** SubjectPublicKeyInfo of a P-256 key up to its point (RFC 5480 §2): the only algorithm of our CAs. */
const P256_SPKI_PREFIX = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const P256_SPKI_BYTES = 91;

/** The only certificate of a PEM text. Returns undefined when there is not exactly one. */
export function certificateDer(pem: string): Bytes | undefined {
  return parsePem("CERTIFICATE", pem);
}

/**
 * Reads a certificate from outside, such as from the TLS probe. Returns undefined for whatever is not one CA certificate
 * with a P-256 key. That it signed the server's leaf is for TLS to verify.
 */
export async function readServerCertificate(der: Bytes): Promise<ServerCertificate | undefined> {
  if (!isOneSequence(der) || der.length > MAX_CERTIFICATE_BYTES) return undefined;
  let spki: Bytes;
  try {
    const certificate = new X509Certificate(der);
    if (!certificate.ca) return undefined;
    spki = asBytes(new Uint8Array(certificate.publicKey.export({ type: "spki", format: "der" })));
  } catch {
    // The parser throws for every kind of bad certificate; that is an expected outcome here.
    return undefined;
  }
  if (spki.length !== P256_SPKI_BYTES || !encodeHex(spki).startsWith(P256_SPKI_PREFIX)) {
    return undefined;
  }
  return {
    der,
    pem: formatPem("CERTIFICATE", der),
    fingerprint: await fingerprint(der),
    keyFingerprint: await fingerprint(spki),
    spki,
  };
}

/** The parser ignores what follows a certificate; then one certificate would have many fingerprints. */
function isOneSequence(der: Bytes): boolean {
  return der.length > 4 && der[0] === 0x30 && der[1] === 0x82 &&
    (der[2] << 8 | der[3]) === der.length - 4;
}

/** ECDSA with SHA-256; signatures are r ‖ s, 64 bytes (Web Crypto API §23). */
export const P256_SIGN = { name: "ECDSA", hash: "SHA-256" } as const;
