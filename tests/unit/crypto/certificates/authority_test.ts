import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { Authority, type ServerLeaf } from "../../../../lib/crypto/certificates/authority.ts";
import {
  formatCertificateFingerprint,
  parseCertificateFingerprint,
} from "../../../../lib/base/ids.ts";
import {
  certificateDer,
  readServerCertificate,
  SERVER_TLS_NAME,
} from "../../../../lib/crypto/certificates/server_certificate.ts";

const random = systemRandom;
const DAY_MS = 86_400_000;
// TLS itself reads the real clock.
const nowMs = Date.now();
const { authority, files } = await Authority.create({ nowMs, random });
const other = await Authority.create({ nowMs, random });

/** What a client reads from a server with `leaf` that trusts only `caPem`; or the name of the refusal. */
async function connect(
  leaf: ServerLeaf,
  caPem: string,
  hostname = SERVER_TLS_NAME,
): Promise<string> {
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: leaf.chain,
    key: leaf.privateKey,
  });
  const serving = (async () => {
    using connection = await listener.accept();
    await connection.write(utf8("hello")).catch(() => undefined);
  })();
  const plain = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  let answer: string;
  try {
    using connection = await Deno.startTls(plain, { hostname, caCerts: [caPem] });
    const buffer = new Uint8Array(16);
    answer = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  } catch (error) {
    answer = error instanceof Error ? error.name : "unknown";
  }
  await serving;
  return answer;
}

Deno.test("authority's leaf is accepted by TLS under the pinned CA, and refused under another or for another name", async () => {
  const leaf = await authority.issueLeaf({ nowMs, random });
  equal(await connect(leaf, authority.certificate.pem), "hello");
  equal(await connect(leaf, other.authority.certificate.pem), "InvalidData");
  equal(await connect(leaf, authority.certificate.pem, "localhost"), "InvalidData");
});

Deno.test("authority's renewed leaf is accepted under the CA that was pinned before", async () => {
  const again = await Authority.open(files);
  const leaf = await again.issueLeaf({ nowMs: nowMs + DAY_MS / 48, random });
  equal(await connect(leaf, authority.certificate.pem), "hello");
});

Deno.test("authority makes a CA for ten years and leaves for 397 days", async () => {
  const ca = new X509Certificate(files.certificate);
  equal(ca.ca, true);
  equal(Math.round((Date.parse(ca.validTo) - nowMs) / DAY_MS), 3650);
  const { chain, notAfterMs } = await authority.issueLeaf({ nowMs, random });
  const leaf = new X509Certificate(chain);
  equal(leaf.ca, false);
  equal(Math.round((Date.parse(leaf.validTo) - nowMs) / DAY_MS), 397);
  equal(Math.round((notAfterMs - nowMs) / DAY_MS), 397);
  equal(leaf.issuer, ca.subject);
  notEqual(
    leaf.serialNumber,
    new X509Certificate((await authority.issueLeaf({ nowMs, random })).chain).serialNumber,
  );
});

Deno.test("authority renews a leaf with under 120 days left, a damaged one and another's", async () => {
  const { chain } = await authority.issueLeaf({ nowMs, random });
  equal(authority.needsRenewal(chain, nowMs), false);
  equal(authority.needsRenewal(chain, nowMs + 276 * DAY_MS), false);
  equal(authority.needsRenewal(chain, nowMs + 278 * DAY_MS), true);
  equal(authority.needsRenewal(chain.replace("MII", "MIJ"), nowMs), true);
  equal(authority.needsRenewal("", nowMs), true);
  equal(other.authority.needsRenewal(chain, nowMs), true);
});

Deno.test("SR-50: authority opens from its files, and not with another's key or a damaged one", async () => {
  const again = await Authority.open(files);
  equal(again.certificate.fingerprint, authority.certificate.fingerprint);
  equal(again.succession.serverId, authority.certificate.keyFingerprint);
  for (
    const bad of [
      { ...files, privateKey: other.files.privateKey },
      { ...files, privateKey: "" },
      { ...files, privateKey: files.privateKey.replace("M", "N") },
      { ...files, certificate: files.privateKey },
      { ...files, certificate: "" },
      { ...files, certificate: files.certificate + files.certificate },
    ]
  ) {
    await rejects(Authority.open(bad), { name: "CryptoError", code: "bad-authority" });
  }
});

Deno.test("server certificate from the wire is read as the authority knows it", async () => {
  const { der, fingerprint, keyFingerprint, pem } = authority.certificate;
  const read = await readServerCertificate(der);
  equal(read?.fingerprint, fingerprint);
  equal(read?.keyFingerprint, keyFingerprint);
  deepEqual(certificateDer(pem), der);
  deepEqual(certificateDer(files.certificate), der);
  notEqual(keyFingerprint, other.authority.certificate.keyFingerprint);
});

Deno.test("server certificate that is a leaf, cut, longer or noise is none", async () => {
  const { der } = authority.certificate;
  const leaf = certificateDer(
    (await authority.issueLeaf({ nowMs, random })).chain.split("\n-----BEGIN")[0] + "\n",
  );
  equal(leaf !== undefined && await readServerCertificate(leaf), undefined);
  for (const length of [0, 1, 4, 5, 100, der.length - 1]) {
    equal(await readServerCertificate(der.slice(0, length)), undefined, `${length}`);
  }
  equal(await readServerCertificate(new Uint8Array([...der, 0])), undefined);
  equal(await readServerCertificate(new Uint8Array(5000).fill(0x30)), undefined);
  equal(certificateDer("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"), undefined);
});

Deno.test("certificate fingerprint is shown and read like ssh's", () => {
  const { fingerprint } = authority.certificate;
  const shown = formatCertificateFingerprint(fingerprint);
  equal(/^SHA256:[A-Za-z0-9+/]{43}$/.test(shown), true, shown);
  equal(parseCertificateFingerprint(shown), fingerprint);
  equal(parseCertificateFingerprint(` ${shown}\n`), fingerprint);
  equal(parseCertificateFingerprint(`sha256:${fingerprint}`), fingerprint);
  for (
    const text of [
      "",
      "SHA256:",
      shown.slice(7),
      `${shown}=`,
      shown.slice(0, -1),
      `SHA1:${shown.slice(7)}`,
      "SHA256:é",
    ]
  ) {
    equal(parseCertificateFingerprint(text), undefined, text);
  }
});
