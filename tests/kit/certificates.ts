/** Certificate authorities and server certificates for tests; the real ones are made by the server. */

import { asBytes, type Bytes } from "../../lib/base/bytes.ts";
import { formatPem } from "../../lib/crypto/certificates/der.ts";
import {
  basicConstraints,
  distinguishedName,
  dnsName,
  KEY_USAGE,
  keyUsage,
  serverAuthentication,
  signCertificate,
} from "../../lib/crypto/certificates/x509_writer.ts";
import { TLS_SERVER_NAME } from "../../lib/net/dialling/dial.ts";
import type { TlsIdentity } from "../../lib/net/listening/acceptor.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const DAY_MS = 86_400_000;
const NAME = distinguishedName([["CN", "Heliograph server CA"]]);

export interface TestAuthority {
  readonly caPem: string;
  /** A new server certificate of this authority. */
  issue(serverName?: string): Promise<TlsIdentity>;
}

async function exported(form: "spki" | "pkcs8", key: CryptoKey): Promise<Bytes> {
  return asBytes(new Uint8Array(await crypto.subtle.exportKey(form, key)));
}

/** Two of them have the same subject, as a server and an attacker would. */
export async function testAuthority(): Promise<TestAuthority> {
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const now = Date.now();
  const issue = async (serial: number, subject: Bytes, key: CryptoKey, extensions: Bytes[]) =>
    formatPem(
      "CERTIFICATE",
      await signCertificate({
        serial: Uint8Array.of(serial),
        issuer: NAME,
        subject,
        notBeforeMs: now - DAY_MS,
        notAfterMs: now + DAY_MS,
        spki: await exported("spki", key),
        extensions,
      }, caKeys.privateKey),
    );
  const caPem = await issue(1, NAME, caKeys.publicKey, [
    basicConstraints(true),
    keyUsage(KEY_USAGE.keyCertSign),
  ]);
  return {
    caPem,
    async issue(serverName = TLS_SERVER_NAME) {
      const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const subject = distinguishedName([["CN", "heliograph"]]);
      const leaf = await issue(2, subject, keys.publicKey, [
        basicConstraints(false),
        serverAuthentication(),
        dnsName(serverName),
      ]);
      return {
        certificateChainPem: leaf + caPem,
        privateKeyPem: formatPem("PRIVATE KEY", await exported("pkcs8", keys.privateKey)),
      };
    },
  };
}
