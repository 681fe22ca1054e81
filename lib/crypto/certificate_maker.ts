/** Makes the certificates of a server: its CA's and the leaves under it. */

import { asBytes, type Bytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { formatPem } from "./pem.ts";
import { SERVER_TLS_NAME } from "./server_certificate.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  distinguishedName,
  dnsName,
  KEY_USAGE,
  keyUsage,
  serverAuthentication,
  signCertificate,
  subjectKeyIdentifier,
} from "./x509_writer.ts";

interface Facts {
  readonly nowMs: number;
  readonly random: Random;
}

const DAY_MS = 86_400_000;
const CA_VALIDITY_MS = 10 * 365 * DAY_MS;
/** What browsers allow; nobody has to notice, since the server renews. */
const LEAF_VALIDITY_MS = 397 * DAY_MS;
/** Certificates start a day early, since the clocks of those who check them may be behind (journey J10). */
const BACKDATE_MS = DAY_MS;

/** A CA certificate of this name that its own key signs, as PEM. */
export async function makeCertificateAuthority(
  keys: CryptoKeyPair,
  { nowMs, random, name }: Facts & { name: Parameters<typeof distinguishedName>[0] },
): Promise<string> {
  const der = await signCertificate({
    serial: newSerial(random),
    issuer: distinguishedName(name),
    subject: distinguishedName(name),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + CA_VALIDITY_MS,
    spki: await spkiOf(keys.publicKey),
    extensions: [
      basicConstraints(true),
      keyUsage(KEY_USAGE.keyCertSign, KEY_USAGE.cRLSign),
      await subjectKeyIdentifier(keys.publicKey),
    ],
  }, keys.privateKey);
  return formatPem("CERTIFICATE", der);
}

/** A certificate for `SERVER_TLS_NAME` and this key, as PEM. `issuer` is the DER of the CA's name. */
export async function makeLeaf(
  publicKey: CryptoKey,
  { nowMs, random, issuer, authorityKeys }: Facts & {
    issuer: Bytes;
    authorityKeys: CryptoKeyPair;
  },
): Promise<{ pem: string; notAfterMs: number }> {
  const notAfterMs = nowMs + LEAF_VALIDITY_MS;
  const der = await signCertificate({
    serial: newSerial(random),
    issuer,
    subject: distinguishedName([["CN", SERVER_TLS_NAME]]),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs,
    spki: await spkiOf(publicKey),
    extensions: [
      basicConstraints(false),
      keyUsage(KEY_USAGE.digitalSignature),
      serverAuthentication(),
      dnsName(SERVER_TLS_NAME),
      await authorityKeyIdentifier(authorityKeys.publicKey),
    ],
  }, authorityKeys.privateKey);
  return { pem: formatPem("CERTIFICATE", der), notAfterMs };
}

async function spkiOf(key: CryptoKey): Promise<Bytes> {
  return asBytes(new Uint8Array(await crypto.subtle.exportKey("spki", key)));
}

/** 127 random bits: positive in DER, and never repeated (RFC 5280 §4.1.2.2). */
function newSerial(random: Random): Bytes {
  const bytes = random.bytes(16);
  bytes[0] = bytes[0] & 0x7f | 0x40;
  return bytes;
}
