import { deepEqual, equal } from "node:assert/strict";
import { encodeHex } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import {
  formatToken,
  hashToken,
  isToken,
  newToken,
  parseToken,
  REGISTRATION_TOKEN_BYTES,
  SESSION_TOKEN_BYTES,
} from "../../../lib/crypto/token.ts";

Deno.test("SR-44, SR-47: tokens have 128 and 256 bits and come back from their text", () => {
  for (const [sizeBytes, bits] of [[REGISTRATION_TOKEN_BYTES, 128], [SESSION_TOKEN_BYTES, 256]]) {
    const token = newToken(systemRandom, sizeBytes);
    equal(token.length * 8, bits);
    deepEqual(parseToken(formatToken(token), sizeBytes), token);
  }
});

Deno.test("token text of another length or with another character is none", () => {
  for (
    const text of [
      "",
      "0".repeat(31),
      "0".repeat(33),
      "0".repeat(64),
      "g".repeat(32),
      " ".repeat(32),
    ]
  ) {
    equal(parseToken(text, REGISTRATION_TOKEN_BYTES), undefined);
  }
});

Deno.test("SR-47: stored hash admits its token only, and does not contain it", async () => {
  const token = newToken(systemRandom, SESSION_TOKEN_BYTES);
  const hash = await hashToken(token);
  equal(hash.length, 32);
  equal(await isToken(token, hash), true);
  equal(await isToken(newToken(systemRandom, SESSION_TOKEN_BYTES), hash), false);
  equal(await isToken(token, hash.slice(0, 31)), false);
  equal(await isToken(token, new Uint8Array(0)), false);
  equal(encodeHex(hash).includes(encodeHex(token).slice(0, 16)), false);
  // Kept for ever in databases: SHA-256("Heliograph v1 token" NUL, 16 zero bytes), by sha256sum.
  equal(
    encodeHex(await hashToken(new Uint8Array(16))),
    "deef5f90b7d6afcc50bfab6131b4dad25e30fdcf135bd6a47f4146f5f1175f06",
  );
});
