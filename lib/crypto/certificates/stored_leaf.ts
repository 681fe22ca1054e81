/**
 * A TLS leaf of a server, as the server stored it or as it shows it: for which time it is and who signed it.
 */

import { Buffer } from "node:buffer";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { asBytes, type Bytes } from "../../base/bytes.ts";
import { parsePem, TAG, takeElement } from "./der.ts";

/** What is read of one. */
export interface StoredLeaf {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whether the CA with this key (SubjectPublicKeyInfo) signed it. */
  isSignedBy(spki: Bytes): boolean;
}

const END = "-----END CERTIFICATE-----";

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
  const outer = takeElement(der, TAG.sequence);
  const body = outer && takeElement(outer.value, TAG.sequence);
  const algorithm = body && takeElement(body.rest, TAG.sequence);
  const bits = algorithm && takeElement(algorithm.rest, TAG.bitString);
  // The first byte of a BIT STRING says how many bits of its last one do not count.
  if (body === undefined || bits === undefined || bits.value[0] !== 0) return undefined;
  if (outer?.rest.length !== 0 || bits.rest.length !== 0) return undefined;
  return { body: body.whole, signature: asBytes(bits.value.subarray(1)) };
}
