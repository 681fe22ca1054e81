/** Session certificates, read by somebody else's X.509. */

import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { encodeHex } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { makeSessionCertificate } from "../../../../lib/crypto/certificates/session_certificate.ts";
import { readStoredLeaf } from "../../../../lib/crypto/certificates/stored_leaf.ts";

const NOW_MS = Date.UTC(2026, 5, 1, 12);

Deno.test("session certificate is signed by its own key and known by its SHA-256", async () => {
  // Many, since a signature's numbers are encoded differently by their first bits.
  for (let i = 0; i < 24; i++) {
    const made = await makeSessionCertificate(systemRandom, NOW_MS);
    const read = new X509Certificate(made.certificatePem);
    const publicKey = createPublicKey(createPrivateKey(made.privateKeyPem));
    const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
    deepEqual(new Uint8Array(read.publicKey.export({ type: "spki", format: "der" })), spki);
    ok(readStoredLeaf(made.certificatePem)?.isSignedBy(spki));
    equal(read.fingerprint256.replaceAll(":", "").toLowerCase(), encodeHex(made.hash));
    equal(read.subject, "CN=heliograph");
  }
});

Deno.test("session certificate holds an hour back and for more than a year, past 2050 too", async () => {
  for (const nowMs of [NOW_MS, Date.UTC(2049, 11, 30)]) {
    const { certificatePem } = await makeSessionCertificate(systemRandom, nowMs);
    const { validFrom, validTo } = new X509Certificate(certificatePem);
    equal(Date.parse(validFrom), nowMs - 3_600_000);
    ok(Date.parse(validTo) > nowMs + 366 * 86_400_000);
  }
});

Deno.test("session certificates are new each time", async () => {
  const first = await makeSessionCertificate(systemRandom, NOW_MS);
  const second = await makeSessionCertificate(systemRandom, NOW_MS);
  notDeepEqual(first.hash, second.hash);
});
