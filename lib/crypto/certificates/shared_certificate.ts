/**
 * A certificate that all nodes of a server make alike, out of the secret that they have and nobody else: whoever is sent to one of
 * them by its hash may reach any. Key, dates and signature (RFC 6979) follow from the secret.
 */

import { p256 } from "@noble/curves/nist.js";
import { hkdfSync } from "node:crypto";
import { asBytes, type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { bitString, bytes, formatPem, sequence, tagged } from "./der.ts";
import type { SessionCertificate } from "./session_certificate.ts";
import { distinguishedName, signCertificate } from "./x509_writer.ts";

const PURPOSE = "Heliograph v1 certificate of a server's nodes\0";
/** More than the order of the curve has, so that no key is likelier than another (FIPS 186-5 A.2.1). */
const SEED_BYTES = 48;
const SERIAL_BYTES = 15;
/** The pin is what ends it; the last date that is written in two digits (RFC 5280 §4.1.2.5). */
const NOT_BEFORE_MS = Date.UTC(2024, 0, 1);
const NOT_AFTER_MS = Date.UTC(2049, 11, 31);
const NAME = distinguishedName([["CN", "heliograph"]]);
/** id-ecPublicKey with prime256v1 (RFC 5480 §2.1.1). */
const EC_KEY = sequence(
  bytes(0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01),
  bytes(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07),
);

/** That of the nodes with this secret, which is of full strength. */
export async function deriveSharedCertificate(secret: Bytes): Promise<SessionCertificate> {
  const derived = asBytes(
    new Uint8Array(
      hkdfSync("sha256", secret, new Uint8Array(), utf8(PURPOSE), SEED_BYTES + SERIAL_BYTES),
    ),
  );
  const key = asBytes(p256.utils.randomSecretKey(derived.slice(0, SEED_BYTES)));
  const point = asBytes(p256.getPublicKey(key, false));
  const der = await signCertificate({
    serial: concatBytes(bytes(0x40), derived.subarray(SEED_BYTES)),
    issuer: NAME,
    subject: NAME,
    notBeforeMs: NOT_BEFORE_MS,
    notAfterMs: NOT_AFTER_MS,
    spki: sequence(EC_KEY, bitString(0, point)),
  }, (signed) => p256.sign(signed, key));
  return {
    certificatePem: formatPem("CERTIFICATE", der),
    privateKeyPem: formatPem("PRIVATE KEY", privateKeyInfo(key, point)),
    hash: asBytes(new Uint8Array(await crypto.subtle.digest("SHA-256", der))),
  };
}

/** PKCS #8 (RFC 5208 §5) of an ECPrivateKey (RFC 5915 §3). */
function privateKeyInfo(key: Bytes, point: Bytes): Bytes {
  const privateKey = sequence(
    bytes(0x02, 0x01, 0x01),
    tagged(0x04, key),
    tagged(0xa1, bitString(0, point)),
  );
  return sequence(bytes(0x02, 0x01, 0x00), EC_KEY, tagged(0x04, privateKey));
}
