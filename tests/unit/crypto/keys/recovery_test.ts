import { deepEqual, equal, notDeepEqual, rejects } from "node:assert/strict";
import { decodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import type { AccountId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  formatRecoveryCode,
  newRecoverySecret,
  openIdentityCopy,
  parseRecoveryCode,
  sealIdentityCopy,
} from "../../../../lib/crypto/keys/recovery.ts";

const random = systemRandom;
const ALICE = "alice" as AccountId;
const SECRET = decodeHex("00112233445566778899aabbccddeeff") ?? new Uint8Array(0);
const CODE = formatRecoveryCode(SECRET);
const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function problemOf(text: string): string {
  const parsed = parseRecoveryCode(text);
  return parsed.ok ? "none" : parsed.problem;
}

Deno.test("SR-04: recovery code has 128 bits in seven groups and never changes its spelling", () => {
  equal(newRecoverySecret(random).length * 8, 128);
  // Kept on paper for years. Computed by another program: base 32 of the secret, then the CRC by polynomial division.
  equal(CODE, "008J-4CT4-ANK7-F24S-NAXW-SQFE-ZWQ9");
  equal(
    formatRecoveryCode(new Uint8Array(16)).startsWith("0000-0000-0000-0000-0000-0000-00"),
    true,
  );
});

Deno.test("SR-04: recovery code is read in any case, with any blanks, and with O, I and L for digits", () => {
  const expected = { ok: true, secret: SECRET };
  for (
    const text of [
      CODE,
      CODE.toLowerCase(),
      CODE.replaceAll("-", ""),
      ` ${CODE.replaceAll("-", " - ")}\n`,
      CODE.replaceAll("0", "O").replaceAll("1", "I"),
      CODE.replaceAll("0", "o").replaceAll("1", "l"),
    ]
  ) {
    deepEqual(parseRecoveryCode(text), expected, text);
  }
});

Deno.test("SR-04: recovery code with any one symbol wrong is told from a wrong code", () => {
  const plain = CODE.replaceAll("-", "");
  for (let at = 0; at < plain.length; at++) {
    for (const symbol of SYMBOLS) {
      if (symbol === plain[at]) continue;
      equal(
        problemOf(plain.slice(0, at) + symbol + plain.slice(at + 1)),
        "bad-check",
        `${symbol} at ${at}`,
      );
    }
  }
});

Deno.test("SR-04: recovery code with two neighbours swapped is told from a wrong code", () => {
  const plain = CODE.replaceAll("-", "");
  for (let at = 0; at + 1 < plain.length; at++) {
    if (plain[at] === plain[at + 1]) continue;
    const swapped = plain.slice(0, at) + plain[at + 1] + plain[at] + plain.slice(at + 2);
    equal(problemOf(swapped), "bad-check", swapped);
  }
});

Deno.test("SR-04: recovery code that is too short, too long or has a letter of no code says so", () => {
  deepEqual(parseRecoveryCode(CODE.slice(0, -1)), {
    ok: false,
    problem: "bad-length",
    message: "Recovery code has 27 characters instead of 28.",
  });
  equal(problemOf(`${CODE}0`), "bad-length");
  equal(problemOf(""), "bad-length");
  deepEqual(parseRecoveryCode(`0${CODE.slice(1).replace("4", "U")}`), {
    ok: false,
    problem: "bad-symbol",
    message: "Recovery code has a character that no code has, at position 5.",
  });
  equal(problemOf("\u{1F98A}"), "bad-symbol");
});

Deno.test("SR-04: recovery copy opens by its code for its account only", async () => {
  const pkcs8 = utf8("private key");
  const copy = await sealIdentityCopy(SECRET, { account: ALICE, pkcs8, random });
  deepEqual(await openIdentityCopy(SECRET, { account: ALICE, copy }), pkcs8);
  equal(await openIdentityCopy(SECRET, { account: "bob" as AccountId, copy }), undefined);
  equal(await openIdentityCopy(newRecoverySecret(random), { account: ALICE, copy }), undefined);
  notDeepEqual(copy, await sealIdentityCopy(SECRET, { account: ALICE, pkcs8, random }));
});

Deno.test("SR-04: recovery copy with any bit flipped, cut or longer does not open", async () => {
  const copy = await sealIdentityCopy(SECRET, { account: ALICE, pkcs8: utf8("k"), random });
  for (let bit = 16; bit < copy.length * 8; bit++) {
    const flipped = copy.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    equal(
      await openIdentityCopy(SECRET, { account: ALICE, copy: flipped }),
      undefined,
      `bit ${bit}`,
    );
  }
  for (let length = 0; length < copy.length; length++) {
    equal(
      await openIdentityCopy(SECRET, { account: ALICE, copy: copy.slice(0, length) }),
      undefined,
    );
  }
});

Deno.test("SR-31: recovery copy of a newer format is refused as such", async () => {
  const copy = await sealIdentityCopy(SECRET, { account: ALICE, pkcs8: utf8("k"), random });
  copy[1] = 2;
  await rejects(openIdentityCopy(SECRET, { account: ALICE, copy }), {
    name: "StorageError",
    code: "newer-format",
  });
});
