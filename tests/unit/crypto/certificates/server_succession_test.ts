import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { Authority } from "../../../../lib/crypto/certificates/authority.ts";
import { formatAuthorityCertificate } from "../../../../lib/crypto/certificates/authority_files.ts";
import {
  certificateDer,
  readServerCertificate,
  type ServerCertificate,
} from "../../../../lib/crypto/certificates/server_certificate.ts";
import {
  extendSuccession,
  hasAuthority,
  readSuccession,
  signAuthorityRotation,
  verifyAuthorityRotation,
} from "../../../../lib/crypto/certificates/server_succession.ts";
import {
  numberField,
  signStatement,
  STATEMENT_KINDS,
} from "../../../../lib/crypto/statements/statement.ts";
import { SUCCESSION_PARTS_MAX } from "../../../../lib/protocol/hop/server.ts";

const random = systemRandom;
const nowMs = 1_700_000_000_000;
const make = async () => (await Authority.create({ nowMs, random })).authority;
const [first, second, third, stranger] = await Promise.all([make(), make(), make(), make()]);
const { serverId } = first.succession;

/** What `by` signs about `to`, in the name of the server `of`. */
function statement(
  by: Authority,
  to: { certificate: ServerCertificate },
  of = serverId,
): Promise<Bytes> {
  const signer = { serverId: of, sign: (message: Bytes) => by.sign(message) };
  return signAuthorityRotation(signer, to.certificate, nowMs);
}

const founder = first.certificate.der;
const toSecond = await statement(first, second);
const toThird = await statement(second, third);

Deno.test("SR-50: a succession leads from any of its CAs to the one in use, under the first one's id", async () => {
  const read = await readSuccession([founder, toSecond, toThird]);
  equal(read?.serverId, first.certificate.keyFingerprint);
  equal(read?.present.fingerprint, third.certificate.fingerprint);
  for (const { certificate } of [first, second, third]) {
    equal(read && hasAuthority(read, certificate.fingerprint), true);
  }
  equal(read && hasAuthority(read, stranger.certificate.fingerprint), false);
  const { certificate } = first;
  deepEqual(await readSuccession([founder]), {
    serverId: certificate.keyFingerprint,
    authorities: [certificate],
    present: certificate,
    parts: [founder],
  });
});

const leafDer = async () => {
  const { chain } = await first.issueLeaf({ nowMs, random });
  return certificateDer(`${chain.split("\n-----BEGIN")[0]}\n`) ?? new Uint8Array(0);
};

const HOSTILE: readonly [string, () => Promise<readonly Bytes[]>][] = [
  ["of no part", () => Promise.resolve([])],
  [
    "whose successor signs itself in",
    async () => [founder, await statement(second, second)],
  ],
  [
    "with a statement of a stranger",
    async () => [founder, toSecond, await statement(stranger, third)],
  ],
  ["with statements in another order", () => Promise.resolve([founder, toThird, toSecond])],
  ["without a statement in the middle", () => Promise.resolve([founder, toThird])],
  [
    "with a statement about another server",
    async () => [founder, await statement(first, second, stranger.succession.serverId)],
  ],
  [
    "whose later statement names the server by a later CA",
    async () => [
      founder,
      toSecond,
      await statement(second, third, second.certificate.keyFingerprint),
    ],
  ],
  ["that another CA founded", () => Promise.resolve([stranger.certificate.der, toSecond])],
  [
    "that goes back to a CA that was given up",
    async () => [founder, toSecond, await statement(second, first)],
  ],
  ["that names the CA in use again", async () => [founder, await statement(first, first)]],
  [
    "that names a certificate that is no CA",
    async () => {
      const certificate = { ...second.certificate, der: await leafDer() };
      return [founder, await statement(first, { certificate })];
    },
  ],
  ["with an empty part", () => Promise.resolve([founder, toSecond, new Uint8Array(0)])],
  ["with a statement as its first part", () => Promise.resolve([toSecond, toThird])],
];

for (const [what, parts] of HOSTILE) {
  Deno.test(`SR-50: a succession ${what} is none`, async () => {
    equal(await readSuccession(await parts()), undefined);
  });
}

Deno.test("SR-50: a succession may have 31 statements, and not one more", async () => {
  let authority = first;
  let succession = first.succession;
  while (succession.parts.length < SUCCESSION_PARTS_MAX) {
    const next = await make();
    succession = await extendSuccession(succession, next.certificate, {
      sign: (message) => authority.sign(message),
      nowMs,
    });
    authority = next;
  }
  equal((await readSuccession(succession.parts))?.serverId, serverId);
  const onceMore = await statement(authority, stranger);
  equal(await readSuccession([...succession.parts, onceMore]), undefined);
});

Deno.test("SR-50: changed CA is believed only by a statement of the old CA's key", async () => {
  const pinned = { serverId, from: first.certificate };
  const verified = await verifyAuthorityRotation(pinned, toSecond);
  equal(verified?.to.fingerprint, second.certificate.fingerprint);
  equal(verified?.atMs, nowMs);
  equal(await verifyAuthorityRotation(pinned, await statement(second, second)), undefined);
  const other = { serverId: stranger.succession.serverId, from: stranger.certificate };
  equal(await verifyAuthorityRotation(other, toSecond), undefined);
  for (let at = 0; at < toSecond.length; at += 7) {
    const damaged = toSecond.slice();
    damaged[at] ^= 1;
    equal(await verifyAuthorityRotation(pinned, damaged), undefined, `byte ${at}`);
  }
});

Deno.test("SR-02: no other statement of the CA's key passes for the one that names its successor", async () => {
  const fields = [second.certificate.der, numberField(nowMs)];
  for (const kind of STATEMENT_KINDS) {
    const bytes = await signStatement(kind, serverId, fields, (message) => first.sign(message));
    const verified = await verifyAuthorityRotation({ serverId, from: first.certificate }, bytes);
    equal(verified !== undefined, kind === "ca-rotation", kind);
  }
});

Deno.test("SR-50: authority's successor has a key of its own and remembers where it comes from", async () => {
  const files = await first.succeed({ nowMs, random });
  const next = await Authority.open(files);
  notEqual(next.certificate.keyFingerprint, first.certificate.keyFingerprint);
  equal(next.succession.serverId, serverId);
  const afterNext = await Authority.open(await next.succeed({ nowMs, random }));
  equal(afterNext.succession.serverId, serverId);
  equal(afterNext.succession.authorities.length, 3);
  equal(formatAuthorityCertificate(first.succession), first.succession.present.pem);
  deepEqual(formatAuthorityCertificate(afterNext.succession).match(/BEGIN [A-Z ]+/g), [
    "BEGIN CERTIFICATE",
    "BEGIN HELIOGRAPH CA SUCCESSION",
  ]);
});

Deno.test("SR-50: authority does not open with a succession that is damaged or another's", async () => {
  const files = await first.succeed({ nowMs, random });
  const others = await stranger.succeed({ nowMs, random });
  const at = files.certificate.indexOf("-----BEGIN HELIOGRAPH");
  const othersAt = others.certificate.indexOf("-----BEGIN HELIOGRAPH");
  for (
    const certificate of [
      files.certificate.slice(0, at) + others.certificate.slice(othersAt),
      files.certificate.slice(0, -40),
      files.certificate.replace("END HELIOGRAPH", "END"),
      files.certificate.slice(at),
      `${files.certificate}x`,
    ]
  ) {
    await rejects(Authority.open({ ...files, certificate }), { code: "bad-authority" });
  }
});

Deno.test("succession of ours fits into hello", async () => {
  const der = (await readServerCertificate(second.certificate.der))?.der ?? new Uint8Array(0);
  const bytes = der.length + (SUCCESSION_PARTS_MAX - 1) * toSecond.length;
  equal(bytes < 20 * 1024, true, `${bytes} bytes`);
});
