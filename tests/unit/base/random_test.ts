import { equal, match, notDeepEqual, ok } from "node:assert/strict";
import { randomHex, systemRandom } from "../../../lib/base/random.ts";

Deno.test("system random gives any number of bytes, also more than WebCrypto gives at once", () => {
  for (const length of [0, 1, 65_536, 65_537, 200_000]) {
    equal(systemRandom.bytes(length).length, length);
  }
});

Deno.test("system random fills every part of a long array", () => {
  const bytes = systemRandom.bytes(200_000);
  for (let i = 0; i < bytes.length; i += 20_000) {
    // 20,000 zeroes in a row do not happen by chance.
    ok(bytes.subarray(i, i + 20_000).some((byte) => byte !== 0), `at ${i}`);
  }
  notDeepEqual(systemRandom.bytes(32), systemRandom.bytes(32));
});

Deno.test("fraction is at least 0 and below 1", () => {
  for (let i = 0; i < 1_000; i++) {
    const fraction = systemRandom.fraction();
    ok(fraction >= 0 && fraction < 1);
  }
});

Deno.test("random hex has two lower-case digits for each byte that was drawn", () => {
  match(randomHex(systemRandom, 40), /^[0-9a-f]{80}$/);
  const fixed = { ...systemRandom, bytes: () => new Uint8Array([0x0a, 0xff]) };
  equal(randomHex(fixed, 2), "0aff");
});
