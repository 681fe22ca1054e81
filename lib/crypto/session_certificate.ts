/**
 * A certificate for one session between two people: self-signed, an ECDSA P-256 key that never leaves the process. Nobody reads
 * what it says; the other side pins its hash, which came sealed (SR-76). Written here rather than by the X.509 library,
 * which takes 0.1 s to load.
 */

import { asBytes, type Bytes, concatBytes, utf8 } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { formatPem } from "./pem.ts";
import { P256_SIGN } from "./server_certificate.ts";

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
/** OBJECT IDENTIFIER ecdsa-with-SHA256 (RFC 5758 §3.2) in its AlgorithmIdentifier. */
const ECDSA_SHA256 = sequence(bytes(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** CN=heliograph: a name must be there (RFC 5280 §4.1.2.4). */
const NAME = sequence(
  tagged(0x31, sequence(bytes(0x06, 0x03, 0x55, 0x04, 0x03), tagged(0x0c, utf8("heliograph")))),
);

/** Makes one. `nowMs` is the wall clock's. */
export async function makeSessionCertificate(
  random: Random,
  nowMs: number,
): Promise<SessionCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const spki = asBytes(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
  const pkcs8 = asBytes(new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)));
  const serial = random.bytes(SERIAL_BYTES);
  // TBSCertificate of X.509 v3 (RFC 5280 §4.1); a first byte below 0x80 keeps the number positive, above 0 keeps it minimal.
  const body = sequence(
    tagged(0xa0, bytes(0x02, 0x01, 0x02)),
    tagged(0x02, concatBytes(bytes(0x40), serial)),
    ECDSA_SHA256,
    NAME,
    sequence(time(nowMs - HOUR_MS), time(nowMs + VALIDITY_MS)),
    NAME,
    spki,
  );
  const signature = new Uint8Array(await crypto.subtle.sign(P256_SIGN, keys.privateKey, body));
  const signed = sequence(
    integer(asBytes(signature.subarray(0, 32))),
    integer(asBytes(signature.subarray(32))),
  );
  const der = sequence(body, ECDSA_SHA256, tagged(0x03, concatBytes(bytes(0), signed)));
  const hash = asBytes(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
  return {
    certificatePem: formatPem("CERTIFICATE", der),
    privateKeyPem: formatPem("PRIVATE KEY", pkcs8),
    hash,
  };
}

function bytes(...values: number[]): Bytes {
  return Uint8Array.from(values);
}

/** DER: tag, length in its shortest form, value (X.690 §8.1, §10.1). */
function tagged(tag: number, ...parts: readonly Bytes[]): Bytes {
  const value = concatBytes(...parts);
  const { length } = value;
  const head = length < 0x80
    ? bytes(tag, length)
    : length < 0x100
    ? bytes(tag, 0x81, length)
    : bytes(tag, 0x82, length >> 8, length & 0xff);
  return concatBytes(head, value);
}

function sequence(...parts: readonly Bytes[]): Bytes {
  return tagged(0x30, ...parts);
}

/** A positive number: no zeros in front but the one that keeps it so (X.690 §8.3). */
function integer(value: Bytes): Bytes {
  const from = value.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? bytes(0) : value.subarray(from);
  return tagged(0x02, digits[0] >= 0x80 ? concatBytes(bytes(0), digits) : asBytes(digits));
}

/** GeneralizedTime from 2050 on, UTCTime before (RFC 5280 §4.1.2.5). */
function time(atMs: number): Bytes {
  const digits = new Date(atMs).toISOString().replace(/\.[0-9]+Z$/, "Z").replaceAll(/[-:T]/g, "");
  return Number(digits.slice(0, 4)) < 2050
    ? tagged(0x17, utf8(digits.slice(2)))
    : tagged(0x18, utf8(digits));
}
