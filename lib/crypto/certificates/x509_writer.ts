/**
 * X.509 certificates of ECDSA P-256 keys, written in DER (RFC 5280, X.690): as much as our own need. They are read by the
 * runtime's parsers.
 */

import { asBytes, type Bytes, utf8 } from "../../base/bytes.ts";
import { bitString, bytes, integer, sequence, TAG, tagged, takeElement } from "./der.ts";
import { P256_SIGN } from "./server_certificate.ts";

/** What stands in a certificate. */
export interface CertificateBody {
  /** First byte from 1 to 0x7f: positive, and its shortest form (RFC 5280 §4.1.2.2). */
  readonly serial: Bytes;
  /** DER of both names: `distinguishedName`, or that of another certificate. */
  readonly issuer: Bytes;
  readonly subject: Bytes;
  /** To the second. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly spki: Bytes;
  readonly extensions?: readonly Bytes[];
}

/** OBJECT IDENTIFIER ecdsa-with-SHA256 (RFC 5758 §3.2) in its AlgorithmIdentifier. */
const ECDSA_SHA256 = sequence(bytes(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** Last byte of 2.5.4.x. */
const NAME_ATTRIBUTES = { CN: 3, OU: 11 } as const;
/** id-kp-serverAuth, 1.3.6.1.5.5.7.3.1. */
const SERVER_AUTH = bytes(0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);
const TRUE = bytes(0x01, 0x01, 0xff);

/** Bits of a key's usage by their numbers (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

/** Signs as ECDSA with SHA-256 on P-256: both numbers, one after the other. */
type Signer = (signed: Bytes) => Uint8Array;

/** A certificate in DER, signed by this key. */
export async function signCertificate(
  body: CertificateBody,
  key: CryptoKey | Signer,
): Promise<Bytes> {
  const { extensions = [] } = body;
  const signed = sequence(
    tagged(TAG.version, bytes(0x02, 0x01, 0x02)),
    tagged(TAG.integer, body.serial),
    ECDSA_SHA256,
    body.issuer,
    sequence(time(body.notBeforeMs), time(body.notAfterMs)),
    body.subject,
    body.spki,
    ...(extensions.length === 0 ? [] : [tagged(0xa3, sequence(...extensions))]),
  );
  const signature = typeof key === "function"
    ? key(signed)
    : new Uint8Array(await crypto.subtle.sign(P256_SIGN, key, signed));
  const numbers = sequence(
    integer(asBytes(signature.subarray(0, 32))),
    integer(asBytes(signature.subarray(32))),
  );
  return sequence(signed, ECDSA_SHA256, bitString(0, numbers));
}

/**
 * A name of one attribute after the other, e.g. `[["CN", "Heliograph server"]]`. Values are letters, digits, blanks and dots
 * (PrintableString).
 */
export function distinguishedName(
  parts: readonly (readonly [keyof typeof NAME_ATTRIBUTES, string])[],
): Bytes {
  return sequence(
    ...parts.map(([attribute, value]) =>
      tagged(
        0x31,
        sequence(
          bytes(0x06, 0x03, 0x55, 0x04, NAME_ATTRIBUTES[attribute]),
          tagged(0x13, utf8(value)),
        ),
      )
    ),
  );
}

/**
 * The name of a certificate of ours as it stands there: that of a CA is compared byte by byte with what its leaves name.
 * Undefined when it cannot be read.
 */
export function subjectOf(certificate: Bytes): Bytes | undefined {
  const whole = takeElement(certificate, TAG.sequence);
  const body = whole && takeElement(whole.value, TAG.sequence);
  let rest = body?.value;
  // Version, serial, algorithm, issuer, validity (RFC 5280 §4.1).
  for (
    const tag of [TAG.version, TAG.integer, TAG.sequence, TAG.sequence, TAG.sequence]
  ) rest = rest && takeElement(rest, tag)?.rest;
  return rest && takeElement(rest, TAG.sequence)?.whole;
}

/** A CA that signs leaves only, never another CA; or no CA. Critical. */
export function basicConstraints(isAuthority: boolean): Bytes {
  const value = isAuthority ? sequence(TRUE, bytes(0x02, 0x01, 0)) : sequence();
  return extension(19, value, true);
}

/** What the key may do. Critical. */
export function keyUsage(...bits: readonly (typeof KEY_USAGE)[keyof typeof KEY_USAGE][]): Bytes {
  const flags = bits.reduce<number>((all, bit) => all | 0x80 >> bit, 0);
  return extension(15, bitString(7 - Math.max(...bits), bytes(flags)), true);
}

/** For servers of TLS. */
export function serverAuthentication(): Bytes {
  return extension(37, sequence(SERVER_AUTH));
}

/** The one DNS name that it is for. */
export function dnsName(name: string): Bytes {
  return extension(17, sequence(tagged(0x82, utf8(name))));
}

/** SHA-1 of the key's bits, as everybody names keys (RFC 5280 §4.2.1.2 (1)); it protects nothing. */
export async function subjectKeyIdentifier(key: CryptoKey): Promise<Bytes> {
  return extension(14, tagged(0x04, await keyIdentifier(key)));
}

/** The same of the key that signs. */
export async function authorityKeyIdentifier(key: CryptoKey): Promise<Bytes> {
  return extension(35, sequence(tagged(0x80, await keyIdentifier(key))));
}

async function keyIdentifier(key: CryptoKey): Promise<Bytes> {
  const point = await crypto.subtle.exportKey("raw", key);
  return asBytes(new Uint8Array(await crypto.subtle.digest("SHA-1", point)));
}

/** One of id-ce, 2.5.29.x. */
function extension(last: number, value: Bytes, isCritical = false): Bytes {
  const id = bytes(0x06, 0x03, 0x55, 0x1d, last);
  return sequence(id, ...(isCritical ? [TRUE] : []), tagged(0x04, value));
}

/** GeneralizedTime from 2050 on, UTCTime before (RFC 5280 §4.1.2.5). */
function time(atMs: number): Bytes {
  const digits = new Date(atMs).toISOString().replace(/\.[0-9]+Z$/, "Z").replaceAll(/[-:T]/g, "");
  return Number(digits.slice(0, 4)) < 2050
    ? tagged(0x17, utf8(digits.slice(2)))
    : tagged(0x18, utf8(digits));
}
