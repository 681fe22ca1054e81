/** Certificate authorities and server certificates for tests; the real ones are made by the server. */

import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { TLS_SERVER_NAME } from "../../lib/net/dial.ts";
import type { TlsIdentity } from "../../lib/net/listener.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

export interface TestAuthority {
  readonly caPem: string;
  /** A new server certificate of this authority. */
  issue(serverName?: string): Promise<TlsIdentity>;
}

/** Two of them have the same subject, as a server and an attacker would. */
export async function testAuthority(): Promise<TestAuthority> {
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const now = Date.now();
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Heliograph server CA",
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    caPem: `${ca.toString("pem")}\n`,
    async issue(serverName = TLS_SERVER_NAME) {
      const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const certificate = await X509CertificateGenerator.create({
        serialNumber: "02",
        subject: "CN=heliograph",
        issuer: ca.subject,
        notBefore: new Date(now - DAY_MS),
        notAfter: new Date(now + DAY_MS),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey: caKeys.privateKey,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1"]),
          new SubjectAlternativeNameExtension([{ type: "dns", value: serverName }]),
        ],
      });
      const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
      return {
        certificateChainPem: `${certificate.toString("pem")}\n${ca.toString("pem")}\n`,
        privateKeyPem: PemConverter.encode(privateKey, "PRIVATE KEY"),
      };
    },
  };
}
