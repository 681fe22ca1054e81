/**
 * Makes the certificates of a server: its CA's and the leaves under it. Only `authority` uses it, by `import()`, when one has
 * to be made: the X.509 library takes 0.1 s to load.
 */

// MUST come before the X.509 library, which registers its parts by it.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type Bytes, encodeHex } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { P256_SIGN, SERVER_TLS_NAME } from "./server_certificate.ts";

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
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/** A CA certificate of `name` that its own key signs, as PEM. */
export async function makeCertificateAuthority(
  keys: CryptoKeyPair,
  { nowMs, random, name }: Facts & { name: string },
): Promise<string> {
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(random),
    name,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + CA_VALIDITY_MS),
    signingAlgorithm: P256_SIGN,
    keys,
    extensions: [
      // It signs leaves only, never another CA.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${made.toString("pem")}\n`;
}

/** A certificate for `SERVER_TLS_NAME` and this key, as PEM. `authority` is the CA's certificate. */
export async function makeLeaf(
  publicKey: CryptoKey,
  { nowMs, random, authority, authorityKeys }: Facts & {
    authority: Bytes;
    authorityKeys: CryptoKeyPair;
  },
): Promise<{ pem: string; notAfterMs: number }> {
  const notAfterMs = nowMs + LEAF_VALIDITY_MS;
  const leaf = await X509CertificateGenerator.create({
    serialNumber: newSerial(random),
    subject: `CN=${SERVER_TLS_NAME}`,
    issuer: new X509Certificate(authority).subject,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(notAfterMs),
    signingAlgorithm: P256_SIGN,
    publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([SERVER_AUTH]),
      new SubjectAlternativeNameExtension([{ type: "dns", value: SERVER_TLS_NAME }]),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  return { pem: `${leaf.toString("pem")}\n`, notAfterMs };
}

/** 127 random bits: positive in DER, and never repeated (RFC 5280 §4.1.2.2). */
function newSerial(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = bytes[0] & 0x7f | 0x40;
  return encodeHex(bytes);
}
