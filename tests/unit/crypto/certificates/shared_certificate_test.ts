/** The certificate that nodes make alike, read by somebody else's X.509. */

import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { encodeHex } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { deriveSharedCertificate } from "../../../../lib/crypto/certificates/shared_certificate.ts";
import { readStoredLeaf } from "../../../../lib/crypto/certificates/stored_leaf.ts";

Deno.test("shared certificate follows from the secret alone, is signed by its own key and known by its SHA-256", async () => {
  // Many, since numbers are encoded differently by their first bits.
  for (let i = 0; i < 24; i++) {
    const secret = systemRandom.bytes(32);
    const made = await deriveSharedCertificate(secret);
    deepEqual(await deriveSharedCertificate(secret), made);
    const read = new X509Certificate(made.certificatePem);
    const publicKey = createPublicKey(createPrivateKey(made.privateKeyPem));
    const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
    deepEqual(new Uint8Array(read.publicKey.export({ type: "spki", format: "der" })), spki);
    ok(readStoredLeaf(made.certificatePem)?.isSignedBy(spki));
    equal(read.fingerprint256.replaceAll(":", "").toLowerCase(), encodeHex(made.hash));
    equal(Date.parse(read.validTo), Date.UTC(2049, 11, 31));
    notDeepEqual((await deriveSharedCertificate(systemRandom.bytes(32))).hash, made.hash);
  }
});
