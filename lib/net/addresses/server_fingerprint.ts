/** A server's fingerprint: SHA-256 of its CA certificate's DER, and the form in which people compare it. */

import { type Bytes, decodeBase64, encodeBase64, encodeHex } from "../../base/bytes.ts";
import { type Fingerprint, fingerprint, idBytes, parseFingerprint } from "../../base/ids.ts";

const PREFIX = "SHA256:";

/** `SHA256:` and base64 without padding, as ssh shows its keys. */
export function formatServerFingerprint(of: Fingerprint): string {
  return PREFIX + encodeBase64(idBytes(of)).replace(/=+$/, "");
}

/** Takes exactly what `formatServerFingerprint` gives; undefined for anything else. */
export function parseServerFingerprint(text: string): Fingerprint | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const digits = text.slice(PREFIX.length);
  if (digits.length !== 43) return undefined;
  const bytes = decodeBase64(`${digits}=`);
  return bytes === undefined ? undefined : parseFingerprint(encodeHex(bytes));
}

/** The fingerprint of a certificate in PEM, the last one when there are several; undefined when there is none. */
export async function fingerprintOfPem(pem: string): Promise<Fingerprint | undefined> {
  const blocks = [...pem.matchAll(
    /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g,
  )];
  const body = blocks.at(-1)?.[1].replace(/\s/g, "");
  const der = body === undefined ? undefined : decodeBase64(body);
  return der === undefined ? undefined : await fingerprint(der);
}

/** A DER certificate as PEM (RFC 7468 §5.1). */
export function encodeCertificatePem(der: Bytes): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
