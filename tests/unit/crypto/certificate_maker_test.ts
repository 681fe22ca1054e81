/** The server's own certificates, as clocks and others' parsers see them. */

import { equal, ok } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { decodeHex, encodeHex } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { makeCertificateAuthority, makeLeaf } from "../../../lib/crypto/certificates/authority.ts";
import { certificateDer } from "../../../lib/crypto/certificates/server_certificate.ts";
import { readStoredLeaf } from "../../../lib/crypto/certificates/stored_leaf.ts";
import { subjectOf } from "../../../lib/crypto/certificates/x509_writer.ts";

const NOW_MS = Date.UTC(2026, 10, 21);
const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;

Deno.test("J10: whose clock is a day behind takes the certificate of a server that is new", async () => {
  // A pair by the algorithm's options, which Deno's types do not tell from a single key.
  const keys = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]) as CryptoKeyPair;
  const facts = { nowMs: NOW_MS, random: systemRandom, name: [["CN", "test"]] as const };
  const { validFrom } = new X509Certificate(await makeCertificateAuthority(keys, facts));
  equal(Date.parse(validFrom), NOW_MS - 86_400_000);
});

/** A key of this test only, and another one's public half. */
const AUTHORITY_KEY = {
  kty: "EC",
  crv: "P-256",
  d: "0LSHfe6rZAjfoVEqgN-aVGW7HKtENhAEvD2SIXFLm1g",
  x: "kDbmlpQ21-1oCDaA1SuQ_VNS1664xQZW-KmDF3ojbYQ",
  y: "i4gZGJTIX0obyT2KhmCrzJxLQFwU2RRFA8cuGGBYAgM",
};
const LEAF_KEY = {
  kty: "EC",
  crv: "P-256",
  x: "0qv1Xx8Rf5Lf78AnjKOb2R87NTnlVvVT6RGFvNnSqYU",
  y: "KcFS24mqNqT7mExYp2imzJHQro-hyTMLB50yDeLCHmA",
};
/** What is signed of a CA and of a leaf, as @peculiar/x509 2.2.0 wrote it, by which certificates were made before. */
const BODIES = {
  authority:
    "30820149a003020102021045c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5300a06082a8648ce3d040302303031" +
    "1a30180603550403131148656c696f67726170682073657276657231123010060355040b130973756363" +
    "6573736f72301e170d3236313132323132303030305a170d3336313132303132303030305a3030311a30" +
    "180603550403131148656c696f67726170682073657276657231123010060355040b1309737563636573" +
    "736f723059301306072a8648ce3d020106082a8648ce3d030107034200049036e6969436d7ed68083680" +
    "d52b90fd5352d7aeb8c50656f8a983177a236d848b88191894c85f4a1bc93d8a8660abcc9c4b405c14d9" +
    "144503c72e1860580203a345304330120603551d130101ff040830060101ff020100300e0603551d0f01" +
    "01ff040403020106301d0603551d0e04160414e2b49c4ea4a024111c4d17b4d9303e40a724d74b",
  leaf: "30820168a003020102021045c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5300a06082a8648ce3d040302303031" +
    "1a30180603550403131148656c696f67726170682073657276657231123010060355040b130973756363" +
    "6573736f72301e170d3236313132323132303030305a170d3237313232353132303030305a301e311c30" +
    "1a0603550403131368656c696f67726170682e696e7465726e616c3059301306072a8648ce3d02010608" +
    "2a8648ce3d03010703420004d2abf55f1f117f92dfefc0278ca39bd91f3b3539e556f553e91185bcd9d2" +
    "a98529c152db89aa36a4fb984c58a768a6cc91d0ae8fa1c9330b079d320de2c21e60a3763074300c0603" +
    "551d130101ff04023000300e0603551d0f0101ff04040302078030130603551d25040c300a06082b0601" +
    "0505070301301e0603551d1104173015821368656c696f67726170682e696e7465726e616c301f060355" +
    "1d23041830168014e2b49c4ea4a024111c4d17b4d9303e40a724d74b",
};

Deno.test("certificates are those, byte by byte, that an X.509 library writes, and their signatures hold", async () => {
  const { d: _, ...publicPart } = AUTHORITY_KEY;
  const authorityKeys = {
    privateKey: await crypto.subtle.importKey("jwk", AUTHORITY_KEY, P256, true, ["sign"]),
    publicKey: await crypto.subtle.importKey("jwk", publicPart, P256, true, ["verify"]),
  };
  const leafKey = await crypto.subtle.importKey("jwk", LEAF_KEY, P256, true, ["verify"]);
  const random = { ...systemRandom, bytes: (count: number) => new Uint8Array(count).fill(0xc5) };
  const facts = { nowMs: Date.UTC(2026, 10, 23, 12), random };
  const name = [["CN", "Heliograph server"], ["OU", "successor"]] as const;
  const authority = await makeCertificateAuthority(authorityKeys, { ...facts, name });
  const issuer = subjectOf(certificateDer(authority)!)!;
  const leaf = await makeLeaf(leafKey, { ...facts, issuer, authorityKeys });
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", authorityKeys.publicKey));
  for (const [pem, body] of [[authority, BODIES.authority], [leaf.pem, BODIES.leaf]]) {
    // Behind the head of four bytes of the outer sequence.
    ok(encodeHex(certificateDer(pem)!).startsWith(body, 8));
    ok(readStoredLeaf(pem)?.isSignedBy(spki));
  }
});

Deno.test("the name of what is no certificate is not read", () => {
  for (const hex of ["", "30", "3000", "30023000", "3004300230ff"]) {
    equal(subjectOf(decodeHex(hex)!), undefined, hex);
  }
});
