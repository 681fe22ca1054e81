/** The server's own certificates, as clocks see them. */

import { equal } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { systemRandom } from "../../../lib/base/random.ts";
import { makeCertificateAuthority } from "../../../lib/crypto/certificate_maker.ts";

const NOW_MS = Date.UTC(2026, 10, 21);

Deno.test("J10: whose clock is a day behind takes the certificate of a server that is new", async () => {
  // A pair by the algorithm's options, which Deno's types do not tell from a single key.
  const keys = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  ) as CryptoKeyPair;
  const facts = { nowMs: NOW_MS, random: systemRandom, name: "CN=test" };
  const { validFrom } = new X509Certificate(await makeCertificateAuthority(keys, facts));
  equal(Date.parse(validFrom), NOW_MS - 86_400_000);
});
