import { deepEqual, equal, notDeepEqual, rejects } from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { importRootKey } from "../../../../lib/crypto/keys/kdf.ts";
import { RecordSealer } from "../../../../lib/crypto/sealing/sealed_record.ts";

const root = await importRootKey(new Uint8Array(32).fill(3));
const sealer = await RecordSealer.create(root, "history", systemRandom);
const PLACE = { table: "message", row: 7 };
const refused = {
  name: "CryptoError",
  code: "not-sealed-here",
  message: "Cannot open record of message: it is damaged",
};

Deno.test("SR-80: record opens at its place only", async () => {
  const sealed = await sealer.seal(PLACE, utf8("hello"));
  deepEqual(await sealer.open(PLACE, sealed), utf8("hello"));
  deepEqual(await sealer.open({ table: "message", row: "7" }, sealed), utf8("hello"));
  await rejects(sealer.open({ table: "message", row: 8 }, sealed), refused);
  await rejects(sealer.open({ table: "draft", row: 7 }, sealed), { code: "not-sealed-here" });
  // Names are length-prefixed: no other split gives the same bytes.
  await rejects(sealer.open({ table: "messag", row: "e7" }, sealed), { code: "not-sealed-here" });
});

Deno.test("a record of a format that never was does not open", async () => {
  const sealed = await sealer.seal(PLACE, utf8("hello"));
  sealed[1] = 0;
  await rejects(sealer.open(PLACE, sealed), refused);
});

Deno.test("SR-80: record of one purpose, or of another root, does not open", async () => {
  const sealed = await sealer.seal(PLACE, utf8("hello"));
  const contacts = await RecordSealer.create(root, "contacts", systemRandom);
  await rejects(contacts.open(PLACE, sealed), refused);
  const otherRoot = await importRootKey(new Uint8Array(32).fill(4));
  const other = await RecordSealer.create(otherRoot, "history", systemRandom);
  await rejects(other.open(PLACE, sealed), refused);
  const again = await RecordSealer.create(root, "history", systemRandom);
  deepEqual(await again.open(PLACE, sealed), utf8("hello"));
});

Deno.test("SR-80: record with any bit flipped, cut short or longer does not open", async () => {
  const sealed = await sealer.seal(PLACE, utf8("hello"));
  equal(sealed.length, 2 + 12 + 5 + 16);
  for (let bit = 16; bit < sealed.length * 8; bit++) {
    const flipped = sealed.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    await rejects(sealer.open(PLACE, flipped), refused);
  }
  for (let length = 0; length < sealed.length; length++) {
    await rejects(sealer.open(PLACE, sealed.slice(0, length)), refused);
  }
  await rejects(sealer.open(PLACE, new Uint8Array([...sealed, 0])), refused);
});

Deno.test("SR-31: record of a newer format is refused as such", async () => {
  const sealed = await sealer.seal(PLACE, utf8("hello"));
  sealed[1] = 2;
  await rejects(sealer.open(PLACE, sealed), { name: "StorageError", code: "newer-format" });
});

Deno.test("record sealed twice looks different and does not show its plaintext", async () => {
  const first = await sealer.seal(PLACE, utf8("canary-canary"));
  notDeepEqual(first, await sealer.seal(PLACE, utf8("canary-canary")));
  equal(new TextDecoder("latin1").decode(first).includes("canary"), false);
  deepEqual(
    await sealer.open(PLACE, await sealer.seal(PLACE, new Uint8Array(0))),
    new Uint8Array(0),
  );
});
