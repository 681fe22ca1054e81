import { equal } from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import { type Bytes, concatBytes } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  generateEd25519,
  isEd25519Key,
  signEd25519,
  verifyEd25519,
} from "../../../../lib/crypto/keys/ed25519.ts";

/** All points of the torsion group, as another library writes them. */
function smallOrderKeys(): Bytes[] {
  const { Point } = ed25519;
  // A point of order 8: its multiples are the whole group.
  const generator = Point.fromHex(
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  );
  const points = [Point.ZERO];
  for (let next = generator; !next.equals(Point.ZERO); next = next.add(generator)) {
    points.push(next);
  }
  return points.map((point) => Uint8Array.from(point.toBytes()));
}

Deno.test("ed25519 takes signatures of a key, and none of what was changed", async () => {
  const { publicKey, privateKey } = await generateEd25519(systemRandom);
  const message = new Uint8Array([1, 2, 3]);
  const signature = await signEd25519(privateKey, message);
  equal(await verifyEd25519(publicKey, message, signature), true);
  equal(await verifyEd25519(publicKey, new Uint8Array([1, 2, 4]), signature), false);
  equal(await verifyEd25519(publicKey, message, signature.slice(1)), false);
  equal(await verifyEd25519(publicKey.slice(1), message, signature), false);
});

Deno.test("ed25519 refuses keys of small order, for which anybody can sign", async () => {
  const keys = smallOrderKeys();
  equal(keys.length, 8);
  const forged = keys.map((point) => concatBytes(point, new Uint8Array(32)));
  for (const key of keys) {
    equal(isEd25519Key(key), false);
    for (const signature of forged) {
      for (let byte = 0; byte < 16; byte++) {
        equal(await verifyEd25519(key, new Uint8Array([byte]), signature), false);
      }
    }
  }
});

Deno.test("ed25519 refuses keys of small order however their y and sign are written", () => {
  // 0, 1 and p - 1 with the sign that they do not have, and p and p + 1, which are 0 and 1 again.
  for (const [low, fill, high] of [[0, 0, 0x80], [1, 0, 0x80], [0xec, 0xff, 0xff]]) {
    const key = new Uint8Array(32).fill(fill);
    key[0] = low;
    key[31] = high;
    equal(isEd25519Key(key), false);
  }
  for (const low of [0xed, 0xee]) {
    const key = new Uint8Array(32).fill(0xff);
    key[0] = low;
    for (const high of [0x7f, 0xff]) {
      key[31] = high;
      equal(isEd25519Key(key), false);
    }
  }
});
