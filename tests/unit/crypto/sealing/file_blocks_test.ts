import assert from "node:assert/strict";
import { createDecipheriv, hkdfSync } from "node:crypto";
import { type Bytes, encodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import { idBytes, newUploadId, parseUploadId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { BlockOpener, BlockSealer } from "../../../../lib/crypto/sealing/file_blocks.ts";
import { importRootKey } from "../../../../lib/crypto/keys/kdf.ts";

const KEY: Bytes = new Uint8Array(32).fill(7);
const upload = newUploadId(systemRandom);
const root = await importRootKey(KEY);
const first = { index: 0, isLast: false };
/** Where a block goes. */
const room = (): Bytes => new Uint8Array(253_952);
const refused = { name: "CryptoError", code: "not-sealed-here" };

Deno.test("SR-62: a block opens at its place, whatever its size", async () => {
  const sealer = await BlockSealer.begin(root, upload, systemRandom);
  const opener = new BlockOpener(root, upload);
  for (const [index, size] of [0, 1, 39, 4095, 4096, 4097, 253_920].entries()) {
    const plain = systemRandom.bytes(size);
    const place = { index, isLast: index === 6 };
    const block = await sealer.seal(place, plain, room());
    assert.equal(block.length, size + 32);
    assert.deepEqual(await opener.open(place, block), plain);
  }
});

Deno.test("SR-62: a block takes no more of what it is written to than it needs, and leaves nothing of another one", async () => {
  const sealer = await BlockSealer.begin(root, upload, systemRandom);
  const target = room();
  const opener = new BlockOpener(root, upload);
  const long = { index: 1, isLast: false };
  assert.equal((await sealer.seal(long, systemRandom.bytes(5000), target)).buffer, target.buffer);
  const short = { index: 2, isLast: true };
  const block = await sealer.seal(short, utf8("hello"), target);
  assert.equal(block.length, 5 + 32);
  assert.deepEqual(await opener.open(short, block), utf8("hello"));
});

Deno.test("SR-62: a block is what docs/protocol.md says, to the byte", async () => {
  const known = parseUploadId("000102030405060708090a0b0c0d0e0f");
  assert(known !== undefined);
  const attempt: Bytes = new Uint8Array(16).fill(9);
  const random = { bytes: () => attempt, fraction: () => 0 };
  const sealer = await BlockSealer.begin(root, known, random);
  const block = await sealer.seal({ index: 258, isLast: true }, utf8("hello"), room());
  // The same with another implementation, from the page.
  const key = hkdfSync("sha256", KEY, attempt, utf8("Heliograph v1 file blocks\0"), 32);
  const nonce = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  const decipher = createDecipheriv("aes-256-gcm", new Uint8Array(key), nonce);
  decipher.setAAD(
    new Uint8Array([
      ...utf8("Heliograph v1 file block\0"),
      ...idBytes(known),
      ...attempt,
      ...[0, 0, 0, 0, 0, 0, 1, 2, 1],
    ]),
  );
  decipher.setAuthTag(block.subarray(block.length - 16));
  const plain = [...decipher.update(block.subarray(16, -16)), ...decipher.final()];
  assert.deepEqual(new Uint8Array(plain), utf8("hello"));
  assert.equal(encodeHex(block.subarray(0, 16)), encodeHex(attempt));
});

Deno.test("SR-62: a new attempt seals the same block under another key", async () => {
  const plain = utf8("the same");
  const blocks = await Promise.all([1, 2].map(async () => {
    const sealer = await BlockSealer.begin(root, upload, systemRandom);
    return await sealer.seal(first, plain, room());
  }));
  const [one, two] = blocks.map(encodeHex);
  assert.notEqual(one.slice(0, 32), two.slice(0, 32));
  assert.notEqual(one.slice(32), two.slice(32));
  const opener = new BlockOpener(root, upload);
  for (const block of blocks) assert.deepEqual(await opener.open(first, block), plain);
});

Deno.test("SR-62: an attempt seals no index twice", async () => {
  const sealer = await BlockSealer.begin(root, upload, systemRandom);
  await sealer.seal({ index: 3, isLast: false }, utf8("a"), room());
  await assert.rejects(sealer.seal({ index: 3, isLast: false }, utf8("b"), room()), {
    name: "Bug",
  });
  await assert.rejects(sealer.seal({ index: 2, isLast: false }, utf8("b"), room()), {
    name: "Bug",
  });
});

Deno.test("SR-62: a block opens nowhere else: other index, flag, upload, key, attempt or byte", async () => {
  const sealer = await BlockSealer.begin(root, upload, systemRandom);
  const block = await sealer.seal(first, utf8("hello"), room());
  const opener = new BlockOpener(root, upload);
  await assert.rejects(opener.open({ index: 1, isLast: false }, block), refused);
  await assert.rejects(opener.open({ index: 0, isLast: true }, block), refused);
  const elsewhere = new BlockOpener(root, newUploadId(systemRandom));
  await assert.rejects(elsewhere.open(first, block), refused);
  const otherKey = await importRootKey(systemRandom.bytes(32));
  await assert.rejects(new BlockOpener(otherKey, upload).open(first, block), refused);
  for (let i = 0; i < block.length; i++) {
    const flipped = block.slice();
    flipped[i] ^= 1;
    await assert.rejects(opener.open(first, flipped), refused);
  }
  for (const length of [0, 15, 16, 31, block.length - 1]) {
    await assert.rejects(opener.open(first, block.slice(0, length)), refused);
  }
});
