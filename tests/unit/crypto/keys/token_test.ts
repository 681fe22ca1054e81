import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { encodeHex } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { hashToken, newToken } from "../../../../lib/crypto/keys/token.ts";

Deno.test("SR-44: a token is 128 bits of the random source", () => {
  const counting = { ...systemRandom, bytes: (length: number) => new Uint8Array(length).fill(7) };
  deepEqual(newToken(counting), new Uint8Array(16).fill(7));
});

Deno.test("SR-47: the stored hash is another for each token, and does not contain it", async () => {
  const token = newToken(systemRandom);
  const hash = await hashToken(token);
  equal(hash.length, 32);
  notDeepEqual(hash, await hashToken(newToken(systemRandom)));
  equal(encodeHex(hash).includes(encodeHex(token).slice(0, 16)), false);
  // Kept for ever in databases: SHA-256("Heliograph v1 token" NUL, 16 zero bytes), by sha256sum.
  equal(
    encodeHex(await hashToken(new Uint8Array(16))),
    "deef5f90b7d6afcc50bfab6131b4dad25e30fdcf135bd6a47f4146f5f1175f06",
  );
});
