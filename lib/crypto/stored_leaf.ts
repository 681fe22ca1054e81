/**
 * A TLS leaf of a server, as the server stored it or as it shows it: for which time it is and who signed it. Read without the
 * X.509 library of `certificate_maker`, since a server does so at each start.
 */

import { Buffer } from "node:buffer";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { asBytes, ByteReader, type Bytes } from "../base/bytes.ts";
import { parsePem } from "./pem.ts";

/** What is read of one. */
export interface StoredLeaf {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whether the CA with this key (SubjectPublicKeyInfo) signed it. */
  isSignedBy(spki: Bytes): boolean;
}

const END = "-----END CERTIFICATE-----";
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/** Reads the first certificate of a PEM chain. Undefined when it is damaged. */
export function readStoredLeaf(chain: string): StoredLeaf | undefined {
  const der = parsePem("CERTIFICATE", chain.slice(0, chain.indexOf(END) + END.length));
  const signed = der && takeApart(der);
  if (der === undefined || signed === undefined) return undefined;
  let [notBeforeMs, notAfterMs] = [NaN, NaN];
  try {
    const { validFrom, validTo } = new X509Certificate(der);
    [notBeforeMs, notAfterMs] = [Date.parse(validFrom), Date.parse(validTo)];
  } catch {
    // The parser throws for every kind of bad certificate.
    return undefined;
  }
  if (Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs)) return undefined;
  return {
    notBeforeMs,
    notAfterMs,
    isSignedBy: (spki) => {
      const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
      return verify("sha256", signed.body, key, signed.signature);
    },
  };
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING } (RFC 5280 §4.1). */
function takeApart(der: Bytes): { body: Bytes; signature: Bytes } | undefined {
  const outer = takeElement(der, SEQUENCE);
  const body = outer && takeElement(outer.value, SEQUENCE);
  const algorithm = body && takeElement(body.rest, SEQUENCE);
  const bits = algorithm && takeElement(algorithm.rest, BIT_STRING);
  // The first byte of a BIT STRING says how many bits of its last one do not count.
  if (body === undefined || bits === undefined || bits.value[0] !== 0) return undefined;
  if (outer?.rest.length !== 0 || bits.rest.length !== 0) return undefined;
  return { body: body.whole, signature: asBytes(bits.value.subarray(1)) };
}

/** DER: a tag, a length of up to two bytes, a value (X.690 §8.1). */
function takeElement(
  bytes: Bytes,
  tag: number,
): { whole: Bytes; value: Bytes; rest: Bytes } | undefined {
  const reader = new ByteReader(bytes);
  const found = reader.u8();
  const length = readLength(reader);
  const value = reader.raw(length);
  if (reader.failed || found !== tag) return undefined;
  const end = bytes.length - reader.remaining;
  return { whole: bytes.slice(0, end), value, rest: bytes.slice(end) };
}

/** NaN, which cannot be read, for longer ones than certificates of servers have. */
function readLength(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 0x80) return first;
  if (first === 0x81) return reader.u8();
  return first === 0x82 ? reader.u16() : NaN;
}
