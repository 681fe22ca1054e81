import assert from "node:assert/strict";
import { createDecipheriv, hkdfSync } from "node:crypto";
import { type Bytes, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { idBytes, newUploadId, parseUploadId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { ChunkOpener, ChunkSealer, importTransferKey } from "../../../lib/crypto/file_chunks.ts";

const KEY: Bytes = new Uint8Array(32).fill(7);
const upload = newUploadId(systemRandom);
const root = await importTransferKey(KEY);
const first = { index: 0, isLast: false };
const refused = { name: "CryptoError", code: "not-sealed-here" };

Deno.test("SR-62: a chunk opens at its place, whatever its size", async () => {
  const sealer = await ChunkSealer.begin(root, upload, systemRandom);
  const opener = new ChunkOpener(root, upload);
  for (const [index, size] of [0, 1, 39, 4095, 4096, 4097, 31_712].entries()) {
    const plain = systemRandom.bytes(size);
    const place = { index, isLast: index === 6 };
    const chunk = await sealer.seal(place, plain);
    assert.equal(chunk.length, size + 32);
    assert.deepEqual(await opener.open(place, chunk), plain);
  }
});

Deno.test("SR-62: a chunk is what docs/protocol.md says, to the byte", async () => {
  const known = parseUploadId("000102030405060708090a0b0c0d0e0f");
  assert(known !== undefined);
  const attempt: Bytes = new Uint8Array(16).fill(9);
  const random = { bytes: () => attempt, fraction: () => 0 };
  const sealer = await ChunkSealer.begin(root, known, random);
  const chunk = await sealer.seal({ index: 258, isLast: true }, utf8("hello"));
  // The same with another implementation, from the page.
  const key = hkdfSync("sha256", KEY, attempt, utf8("Heliograph v1 file chunks\0"), 32);
  const nonce = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  const decipher = createDecipheriv("aes-256-gcm", new Uint8Array(key), nonce);
  decipher.setAAD(
    new Uint8Array([
      ...utf8("Heliograph v1 file chunk\0"),
      ...idBytes(known),
      ...attempt,
      ...[0, 0, 0, 0, 0, 0, 1, 2, 1],
    ]),
  );
  decipher.setAuthTag(chunk.subarray(chunk.length - 16));
  const plain = [...decipher.update(chunk.subarray(16, -16)), ...decipher.final()];
  assert.deepEqual(new Uint8Array(plain), utf8("hello"));
  assert.equal(encodeHex(chunk.subarray(0, 16)), encodeHex(attempt));
});

Deno.test("SR-62: a new attempt seals the same chunk under another key", async () => {
  const plain = utf8("the same");
  const chunks = await Promise.all([1, 2].map(async () => {
    const sealer = await ChunkSealer.begin(root, upload, systemRandom);
    return await sealer.seal(first, plain);
  }));
  const [one, two] = chunks.map(encodeHex);
  assert.notEqual(one.slice(0, 32), two.slice(0, 32));
  assert.notEqual(one.slice(32), two.slice(32));
  const opener = new ChunkOpener(root, upload);
  for (const chunk of chunks) assert.deepEqual(await opener.open(first, chunk), plain);
});

Deno.test("SR-62: an attempt seals no index twice", async () => {
  const sealer = await ChunkSealer.begin(root, upload, systemRandom);
  await sealer.seal({ index: 3, isLast: false }, utf8("a"));
  await assert.rejects(sealer.seal({ index: 3, isLast: false }, utf8("b")), { name: "Bug" });
  await assert.rejects(sealer.seal({ index: 2, isLast: false }, utf8("b")), { name: "Bug" });
});

Deno.test("SR-62: a chunk opens nowhere else: other index, flag, upload, key, attempt or byte", async () => {
  const sealer = await ChunkSealer.begin(root, upload, systemRandom);
  const chunk = await sealer.seal(first, utf8("hello"));
  const opener = new ChunkOpener(root, upload);
  await assert.rejects(opener.open({ index: 1, isLast: false }, chunk), refused);
  await assert.rejects(opener.open({ index: 0, isLast: true }, chunk), refused);
  const elsewhere = new ChunkOpener(root, newUploadId(systemRandom));
  await assert.rejects(elsewhere.open(first, chunk), refused);
  const otherKey = await importTransferKey(systemRandom.bytes(32));
  await assert.rejects(new ChunkOpener(otherKey, upload).open(first, chunk), refused);
  for (let i = 0; i < chunk.length; i++) {
    const flipped = chunk.slice();
    flipped[i] ^= 1;
    await assert.rejects(opener.open(first, flipped), refused);
  }
  for (const length of [0, 15, 16, 31, chunk.length - 1]) {
    await assert.rejects(opener.open(first, chunk.slice(0, length)), refused);
  }
});
