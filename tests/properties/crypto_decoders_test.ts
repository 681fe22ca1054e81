/** Everything of the crypto room that reads bytes or text from a file or a stranger: round trips and noise. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import type { Bytes } from "../../lib/base/bytes.ts";
import { HeliographError } from "../../lib/base/errors.ts";
import {
  type AccountId,
  formatCertificateFingerprint,
  parseCertificateFingerprint,
} from "../../lib/base/ids.ts";
import type { Random } from "../../lib/base/random.ts";
import {
  decodeHistoryRows,
  encodeHistoryBlock,
  foldForSearch,
  searchHistoryBlock,
} from "../../lib/crypto/sealing/history_block.ts";
import { importRootKey } from "../../lib/crypto/keys/kdf.ts";
import {
  createKeyStore,
  openKeyStore,
  removeSlots,
  type StoreSecret,
} from "../../lib/crypto/keys/key_store.ts";
import {
  formatRecoveryCode,
  openIdentityCopy,
  parseRecoveryCode,
  sealIdentityCopy,
} from "../../lib/crypto/keys/recovery.ts";
import { RecordSealer } from "../../lib/crypto/sealing/sealed_record.ts";
import {
  certificateDer,
  readServerCertificate,
} from "../../lib/crypto/certificates/server_certificate.ts";
import {
  readSuccession,
  verifyAuthorityRotation,
} from "../../lib/crypto/certificates/server_succession.ts";
import { fingerprint } from "../../lib/base/ids.ts";
import { Authority } from "../../lib/crypto/certificates/authority.ts";

const runs = (few: number) => ({ numRuns: Deno.env.get("SLOW") === "1" ? 50 * few : few });
const bytes = (constraints: fc.IntArrayConstraints = {}): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ maxLength: 300, ...constraints }).map((array) => new Uint8Array(array));

/** Repeatable; the tests that need it do not test secrecy. */
function countingRandom(): Random {
  let next = 0;
  return { bytes: (length) => new Uint8Array(length).fill(++next), fraction: () => 0.5 };
}
const random = countingRandom();

/** `original` cut, lengthened, overwritten or flipped somewhere; sometimes other bytes altogether. */
function noiseLike(original: Bytes): fc.Arbitrary<Bytes> {
  const at = fc.nat({ max: original.length - 1 });
  return fc.oneof(
    at.map((length) => original.slice(0, length)),
    bytes({ minLength: 1, maxLength: 40 }).map((tail) => new Uint8Array([...original, ...tail])),
    fc.tuple(at, bytes({ minLength: 1, maxLength: 8 })).map(([offset, patch]) => {
      const changed = original.slice();
      changed.set(patch.subarray(0, changed.length - offset), offset);
      return changed;
    }),
    fc.tuple(at, fc.nat({ max: 7 })).map(([offset, bit]) => {
      const changed = original.slice();
      changed[offset] ^= 1 << bit;
      return changed;
    }),
    bytes(),
  );
}

/** The result, or `refused` for a typed error; anything else fails the test. */
async function outcome<T>(action: () => T | Promise<T>): Promise<T | "refused"> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof HeliographError && error.name !== "Bug") return "refused";
    throw error;
  }
}

const isSame = (left: Bytes, right: Bytes) =>
  left.length === right.length && left.every((byte, i) => byte === right[i]);

Deno.test("key store that is noise is refused or does not open, and never ends in another error", async () => {
  const secret: StoreSecret = { kind: "session", key: new Uint8Array(32).fill(1) };
  const { file } = await createKeyStore(secret, { random });
  await fc.assert(
    fc.asyncProperty(noiseLike(file), async (noise) => {
      if (isSame(noise, file)) return;
      const opened = await outcome(() => openKeyStore(noise, secret));
      equal(opened === undefined || opened === "refused", true);
      await outcome(() => removeSlots(noise, "recovery"));
    }),
    runs(200),
  );
});

Deno.test("SR-80: sealed record opens to what was sealed, and noise does not open", async () => {
  const sealer = await RecordSealer.create(await importRootKey(new Uint8Array(32)), "test", random);
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.nat(), bytes(), async (table, row, plaintext) => {
      deepEqual(
        await sealer.open({ table, row }, await sealer.seal({ table, row }, plaintext)),
        plaintext,
      );
    }),
    runs(50),
  );
  const place = { table: "t", row: 1 };
  const sealed = await sealer.seal(place, new Uint8Array(20));
  await fc.assert(
    fc.asyncProperty(noiseLike(sealed), async (noise) => {
      if (!isSame(noise, sealed)) equal(await outcome(() => sealer.open(place, noise)), "refused");
    }),
    runs(200),
  );
});

Deno.test("history block gives back its rows and finds exactly those that contain the words", async () => {
  const text = fc.string({ unit: fc.constantFrom(..."abAB é\0ςΣ字\u{1F98A}"), maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ text, content: bytes() }), { maxLength: 20 }),
      text,
      async (rows, words) => {
        const block = encodeHistoryBlock(rows);
        deepEqual(decodeHistoryRows(block.rows), rows.map((row) => row.content));
        const needle = foldForSearch(words);
        const expected = rows.flatMap((row, i) =>
          needle !== "" && foldForSearch(row.text).includes(needle) ? [i] : []
        );
        deepEqual(searchHistoryBlock(block.search, needle), expected);
        await Promise.resolve();
      },
    ),
    runs(300),
  );
});

Deno.test("history block that is noise is refused or read, and never ends in another error", async () => {
  const block = encodeHistoryBlock([{ text: "hello", content: new Uint8Array(9) }, {
    text: "you",
    content: new Uint8Array(0),
  }]);
  await fc.assert(
    fc.asyncProperty(noiseLike(block.rows), noiseLike(block.search), async (rows, search) => {
      await outcome(() => decodeHistoryRows(rows));
      await outcome(() => searchHistoryBlock(search, "l"));
    }),
    runs(300),
  );
});

Deno.test("SR-04: every recovery secret comes back from its code, and noise is refused", () => {
  fc.assert(
    fc.property(bytes({ minLength: 16, maxLength: 16 }), (secret) => {
      deepEqual(parseRecoveryCode(formatRecoveryCode(secret)), { ok: true, secret });
    }),
    runs(300),
  );
  const symbols = fc.string({ unit: fc.constantFrom(..."0189AZOIL-u é"), maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(symbols, fc.string({ unit: "binary" })), (text) => {
      const parsed = parseRecoveryCode(text);
      if (parsed.ok) equal(parseRecoveryCode(formatRecoveryCode(parsed.secret)).ok, true);
    }),
    runs(500),
  );
});

Deno.test("SR-04: recovery copy that is noise does not open", async () => {
  const account = "alice" as AccountId;
  const secret = new Uint8Array(16).fill(1);
  const copy = await sealIdentityCopy(secret, { account, pkcs8: new Uint8Array(30), random });
  await fc.assert(
    fc.asyncProperty(noiseLike(copy), async (noise) => {
      if (isSame(noise, copy)) return;
      const opened = await outcome(() => openIdentityCopy(secret, { account, copy: noise }));
      equal(opened === undefined || opened === "refused", true);
    }),
    runs(200),
  );
});

Deno.test("certificate fingerprint comes back from its text, and noise is none", async () => {
  await fc.assert(
    fc.asyncProperty(
      bytes({ minLength: 16, maxLength: 16 }),
      fc.string(),
      async (certificate, text) => {
        const print = await fingerprint(certificate);
        equal(parseCertificateFingerprint(formatCertificateFingerprint(print)), print);
        equal(parseCertificateFingerprint(text), undefined);
        certificateDer(text);
      },
    ),
    runs(100),
  );
});

Deno.test("server certificate and rotation that are noise are none", async () => {
  const { authority } = await Authority.create({ nowMs: 1_700_000_000_000, random });
  const { der } = authority.certificate;
  await fc.assert(
    fc.asyncProperty(noiseLike(der), async (noise) => {
      const read = await readServerCertificate(noise);
      // A CA whose signature does not fit is still a CA to pin; but it is another one, with another fingerprint.
      if (read !== undefined && !isSame(noise, der)) {
        equal(read.fingerprint === authority.certificate.fingerprint, false);
      }
      const from = { serverId: authority.succession.serverId, from: authority.certificate };
      equal(await verifyAuthorityRotation(from, noise), undefined);
    }),
    runs(300),
  );
});

Deno.test("succession of CAs with noise in any part is none", async () => {
  const { authority } = await Authority.create({ nowMs: 1_700_000_000_000, random });
  const next = await Authority.open(await authority.succeed({ nowMs: 1_700_000_000_000, random }));
  const [first, statement] = next.succession.parts;
  await fc.assert(
    fc.asyncProperty(noiseLike(statement), async (noise) => {
      if (isSame(noise, statement)) return;
      equal(await readSuccession([first, noise]), undefined);
      equal(await readSuccession([first, statement, noise]), undefined);
      equal(await readSuccession([noise, statement]), undefined);
    }),
    runs(100),
  );
});

Deno.test("ca.pem with noise anywhere is refused as damaged, and in no other way", async () => {
  const { authority } = await Authority.create({ nowMs: 1_700_000_000_000, random });
  const files = await authority.succeed({ nowMs: 1_700_000_000_000, random });
  const bare = (text: string) => text.replaceAll(/\s/g, "");
  await fc.assert(
    fc.asyncProperty(fc.nat(files.certificate.length), fc.base64String(), async (at, noise) => {
      const certificate = files.certificate.slice(0, at) + noise + files.certificate.slice(at + 7);
      // Blanks at the ends of lines are no damage.
      if (bare(certificate) === bare(files.certificate)) return;
      await rejects(Authority.open({ ...files, certificate }), { code: "bad-authority" });
    }),
    runs(100),
  );
});
