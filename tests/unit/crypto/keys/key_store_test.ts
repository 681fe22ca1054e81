import { deepEqual, equal, notEqual, rejects, throws } from "node:assert/strict";
import { ByteWriter } from "../../../../lib/base/bytes.ts";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import type { RootKey } from "../../../../lib/crypto/keys/kdf.ts";
import {
  addSlot,
  createKeyStore,
  keepOnlySlot,
  openKeyStore,
  removeSlots,
  type StoreSecret,
} from "../../../../lib/crypto/keys/key_store.ts";
import { DEFAULT_STRETCHING } from "../../../../lib/crypto/keys/key_store_format.ts";
import { RecordSealer } from "../../../../lib/crypto/sealing/sealed_record.ts";

const random = systemRandom;
/** The cheapest allowed, so that the tests are quick. */
const stretching = { memoryKiB: 19_456, iterations: 2, parallelism: 1 };
const OLD: StoreSecret = { kind: "password", password: "old password" };
const NEW: StoreSecret = { kind: "password", password: "new password" };
const SESSION: StoreSecret = { kind: "session", key: new Uint8Array(32).fill(5) };
const RECOVERY: StoreSecret = { kind: "recovery", key: new Uint8Array(16).fill(6) };
const HEADER_BYTES = 2 + 2 + 20 + 16 + 1;
const SLOT_BYTES = 83;

/** Roots cannot be exported: two are the same when one opens what the other sealed. */
async function isSameRoot(left: RootKey, right: RootKey | undefined): Promise<boolean> {
  if (right === undefined) return false;
  const place = { table: "t", row: 1 };
  const sealed = await (await RecordSealer.create(left, "test", random)).seal(
    place,
    new Uint8Array(3),
  );
  const opener = await RecordSealer.create(right, "test", random);
  return await opener.open(place, sealed).then(() => true, () => false);
}

async function add(file: Bytes, secret: StoreSecret, added: StoreSecret): Promise<Bytes> {
  const changed = await addSlot(file, secret, { added, random, stretching });
  if (changed === undefined) throw new Error("refused");
  return changed;
}

const { file: sessionFile, root: sessionRoot } = await createKeyStore(SESSION, { random });

Deno.test("key store opens by the secrets of its slots to the same root, and by no other", async () => {
  const { file, root } = await createKeyStore(OLD, { random, stretching });
  const whole = await add(await add(file, OLD, SESSION), SESSION, RECOVERY);
  for (const secret of [OLD, SESSION, RECOVERY]) {
    equal(await isSameRoot(root, await openKeyStore(whole, secret)), true, secret.kind);
  }
  equal(await openKeyStore(whole, NEW), undefined);
  equal(await openKeyStore(whole, { kind: "password", password: "" }), undefined);
  equal(await openKeyStore(whole, { kind: "session", key: new Uint8Array(32).fill(6) }), undefined);
  // The right key in the place of another kind.
  equal(await openKeyStore(whole, { kind: "session", key: RECOVERY.key }), undefined);
  equal(root.extractable, false);
});

Deno.test("key store stretches a password with 64 MiB and three iterations unless told otherwise", async () => {
  const { file } = await createKeyStore(OLD, { random });
  const expected = new ByteWriter().u32(65_536).u8(3).u8(1).finish();
  deepEqual(file.slice(HEADER_BYTES + 1, HEADER_BYTES + 7), expected);
  deepEqual(DEFAULT_STRETCHING, { memoryKiB: 65_536, iterations: 3, parallelism: 1 });
  notEqual(await openKeyStore(file, OLD), undefined);
});

Deno.test("key store takes a password however its letters are composed", async () => {
  const { file } = await createKeyStore({ kind: "password", password: "caf\u00e9" }, {
    random,
    stretching,
  });
  notEqual(await openKeyStore(file, { kind: "password", password: "cafe\u0301" }), undefined);
});

Deno.test("SR-45: old and new password both open the key store until the change is confirmed", async () => {
  const { file, root } = await createKeyStore(OLD, { random, stretching });
  const both = await add(await add(file, OLD, SESSION), OLD, NEW);
  equal(await isSameRoot(root, await openKeyStore(both, OLD)), true);
  equal(await isSameRoot(root, await openKeyStore(both, NEW)), true);
  // Either end of the change, as the server confirmed it.
  for (const [kept, dropped] of [[NEW, OLD], [OLD, NEW]]) {
    const after = await keepOnlySlot(both, kept);
    if (after === undefined) throw new Error("refused");
    equal(await isSameRoot(root, await openKeyStore(after, kept)), true);
    equal(await openKeyStore(after, dropped), undefined);
    equal(await isSameRoot(root, await openKeyStore(after, SESSION)), true);
  }
});

Deno.test("SR-45: other slots are left byte for byte when one is added or removed", async () => {
  const second: StoreSecret = { kind: "session", key: new Uint8Array(32).fill(9) };
  const three = await add(await add(sessionFile, SESSION, RECOVERY), SESSION, second);
  equal(three.length, HEADER_BYTES + 3 * SLOT_BYTES);
  const slot = (file: Bytes, index: number) =>
    file.slice(HEADER_BYTES + index * SLOT_BYTES, HEADER_BYTES + (index + 1) * SLOT_BYTES);
  deepEqual(slot(three, 0), slot(sessionFile, 0));
  const without = removeSlots(three, "session");
  deepEqual(slot(without, 0), slot(three, 1));
  equal(await openKeyStore(without, SESSION), undefined);
  equal(await isSameRoot(sessionRoot, await openKeyStore(without, RECOVERY)), true);
});

Deno.test("key store is not changed by a secret that does not open it, nor emptied", async () => {
  equal(await addSlot(sessionFile, RECOVERY, { added: RECOVERY, random }), undefined);
  equal(await keepOnlySlot(sessionFile, RECOVERY), undefined);
  throws(() => removeSlots(sessionFile, "session"), { name: "UsageError", code: "last-slot" });
  deepEqual(removeSlots(sessionFile, "recovery"), sessionFile);
});

Deno.test("key store refuses an empty password, a short key and a slot too many", async () => {
  const empty: StoreSecret = { kind: "password", password: "" };
  await rejects(createKeyStore(empty, { random }), { name: "UsageError", code: "empty-password" });
  const short: StoreSecret = { kind: "session", key: new Uint8Array(8) };
  await rejects(createKeyStore(short, { random }), { name: "Bug" });
  let file = sessionFile;
  for (let i = 0; i < 3; i++) {
    file = await add(file, SESSION, { kind: "password", password: `p${i}` });
  }
  await rejects(add(file, SESSION, NEW), { name: "UsageError", code: "too-many-slots" });
  for (let i = 0; i < 4; i++) file = await add(file, SESSION, SESSION);
  await rejects(add(file, SESSION, SESSION), { code: "too-many-slots" });
});

Deno.test("key store never repeats a salt, a nonce or a data key", async () => {
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { file } = await createKeyStore(SESSION, { random });
    seen.add(file.slice(HEADER_BYTES, HEADER_BYTES + 40).join());
  }
  equal(seen.size, 20);
  equal(await isSameRoot(sessionRoot, (await createKeyStore(SESSION, { random })).root), false);
});

Deno.test("SR-81: password stretching below 19 MiB or two iterations, or above 1 GiB, is refused unread", async () => {
  const { file } = await createKeyStore(OLD, { random, stretching });
  const planted = (memoryKiB: number, iterations: number, parallelism: number) => {
    const changed = file.slice();
    changed.set(
      new ByteWriter().u32(memoryKiB).u8(iterations).u8(parallelism).finish(),
      HEADER_BYTES + 1,
    );
    return changed;
  };
  const refused = [[19_455, 2, 1], [19_456, 1, 1], [1_048_577, 3, 1], [0xffffffff, 3, 1], [
    65_536,
    17,
    1,
  ]];
  for (const [memoryKiB, iterations, parallelism] of [...refused, [65_536, 3, 0], [65_536, 3, 5]]) {
    const bad = planted(memoryKiB, iterations, parallelism);
    await rejects(openKeyStore(bad, OLD), { name: "StorageError", code: "bad-stretching" });
    await rejects(
      createKeyStore(OLD, { random, stretching: { memoryKiB, iterations, parallelism } }),
      { code: "bad-stretching" },
    );
  }
  // One above the floor is allowed, and not this slot's any more.
  equal(await openKeyStore(planted(19_457, 2, 1), OLD), undefined);
});

Deno.test("SR-31: key store of a newer format is refused as such", async () => {
  const newer = sessionFile.slice();
  newer[1] = 2;
  await rejects(openKeyStore(newer, SESSION), { name: "StorageError", code: "newer-format" });
  throws(() => removeSlots(newer, "recovery"), { code: "newer-format" });
});

Deno.test("key store with any bit flipped is refused", async () => {
  for (let bit = 0; bit < sessionFile.length * 8; bit++) {
    const flipped = sessionFile.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    const outcome: string = await openKeyStore(flipped, SESSION).then(
      (root) => root === undefined ? "refused" : "opened",
      (error: Error) => error.name,
    );
    equal(outcome === "refused" || outcome === "StorageError", true, `bit ${bit}: ${outcome}`);
  }
});

Deno.test("key store cut short or with more behind it is damaged", async () => {
  for (let length = 0; length < sessionFile.length; length++) {
    await rejects(openKeyStore(sessionFile.slice(0, length), SESSION), {
      name: "StorageError",
      code: "damaged",
    });
  }
  const longer = new ByteWriter().raw(sessionFile).u8(0).finish();
  await rejects(openKeyStore(longer, SESSION), { code: "damaged" });
});

Deno.test("key store slot of another store opens nothing here", async () => {
  const { file: other } = await createKeyStore(SESSION, { random });
  const mixed = sessionFile.slice();
  mixed.set(other.slice(HEADER_BYTES), HEADER_BYTES);
  equal(await openKeyStore(mixed, SESSION), undefined);
});
