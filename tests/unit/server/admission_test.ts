/** How a server's secrets reach a new node: sealed to its one-time key, once. */

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import {
  askForKeys,
  findKeyOwner,
  sealKeys,
  takeKeys,
} from "../../../lib/server/keys/admission.ts";
import { rotateAuthority } from "../../../lib/server/keys/ca_rotation.ts";
import { openServerKeys } from "../../../lib/server/keys/server_keys.ts";
import { FakeClock } from "../../kit/clock.ts";

const surroundings = { clock: new FakeClock(), random: systemRandom };
const KEYS = ["ca.key", "ca.pem", "opaque.setup"];

/** A folder for each name; the first one is a server's. */
async function folders(
  count: number,
): Promise<{ readonly at: readonly string[] } & AsyncDisposable> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const base = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "admission-" });
  const at = Array.from({ length: count }, (_, index) => `${base}/${index}`);
  for (const folder of at) await Deno.mkdir(folder, { mode: 0o700 });
  await openServerKeys(at[0], { ...surroundings, hasAccounts: false });
  return { at, [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }) };
}

const filesOf = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const textsOf = (folder: string) =>
  Promise.all(KEYS.map((name) => Deno.readTextFile(`${folder}/${name}`)));

Deno.test("a new node gets the server's secrets, sealed to the key that it asked with, once", async () => {
  await using place = await folders(2);
  const [first, node] = place.at;
  const asked = await askForKeys(node);
  equal(await askForKeys(node), asked);
  const { sealed } = await sealKeys(first, asked);
  for (const text of await textsOf(first)) {
    ok(!new TextDecoder().decode(sealed).includes(text.slice(40, 80)));
  }
  equal((await takeKeys(node, sealed)).result, "joined");
  deepEqual([filesOf(node), await textsOf(node)], [KEYS, await textsOf(first)]);
  deepEqual(await findKeyOwner(node), await findKeyOwner(first));
  for (const name of KEYS) {
    const { mode } = await Deno.stat(`${node}/${name}`);
    if (mode !== null) equal(mode & 0o077, 0, name);
  }
  await rejects(takeKeys(node, sealed), { name: "StorageError", code: "not-asked" });
  notEqual(await askForKeys(node), asked);
  await rejects(takeKeys(node, sealed), { name: "CryptoError", code: "wrong-key" });
});

Deno.test("what was sealed to one node opens at no other, and not when it is damaged; nothing is changed then", async () => {
  await using place = await folders(3);
  const [first, node, other] = place.at;
  const asked = await askForKeys(node);
  await askForKeys(other);
  const { sealed } = await sealKeys(first, asked);
  await rejects(takeKeys(other, sealed), { name: "CryptoError", code: "wrong-key" });
  const bad = sealed.slice();
  bad[bad.length - 1] ^= 1;
  await rejects(takeKeys(node, bad), { name: "CryptoError", code: "damaged" });
  await rejects(takeKeys(node, sealed.slice(0, -20)), { name: "CryptoError", code: "damaged" });
  deepEqual([filesOf(node), filesOf(other)], [["node.key"], ["node.key"]]);
  await rejects(sealKeys(first, "age1nobody"), { name: "UsageError", code: "bad-recipient" });
  await rejects(sealKeys(node, asked), { name: "StorageError", code: "keys-missing" });
});

Deno.test("another server's keys are not replaced, and neither is what is left of them", async () => {
  await using place = await folders(3);
  const [first, other, half] = place.at;
  await openServerKeys(other, { ...surroundings, hasAccounts: false });
  await Deno.copyFile(`${other}/ca.pem`, `${half}/ca.pem`);
  const before = await textsOf(other);
  for (const folder of [other, half]) {
    const { sealed } = await sealKeys(first, await askForKeys(folder));
    await rejects(takeKeys(folder, sealed), { name: "StorageError", code: "another-server" });
  }
  deepEqual([await textsOf(other), filesOf(half)], [before, ["ca.pem", "node.key"]]);
});

Deno.test("SR-50: a rotated CA reaches another node in the same way, and an older one does not come back", async () => {
  await using place = await folders(3);
  const [first, node, stale] = place.at;
  await takeKeys(stale, (await sealKeys(first, await askForKeys(stale))).sealed);
  const give = async () => (await sealKeys(first, await askForKeys(node))).sealed;
  await takeKeys(node, await give());
  equal((await takeKeys(node, await give())).result, "unchanged");
  const old = await Deno.readTextFile(`${node}/ca.key`);
  const before = await give();
  await rotateAuthority(first, surroundings);
  await rotateAuthority(first, surroundings);
  equal((await takeKeys(node, await give())).result, "rotated");
  deepEqual([filesOf(node), await textsOf(node)], [KEYS, await textsOf(first)]);
  notEqual(await Deno.readTextFile(`${node}/ca.key`), old);
  // Asked again: the older file opens no more, and a node that still has the older CA has nothing to give.
  const asked = await askForKeys(node);
  await rejects(takeKeys(node, before), { name: "CryptoError", code: "wrong-key" });
  const { sealed } = await sealKeys(stale, asked);
  await rejects(takeKeys(node, sealed), { name: "StorageError", code: "older-keys" });
  deepEqual(await textsOf(node), await textsOf(first));
});

Deno.test("a joining that was cut off is done again", async () => {
  await using place = await folders(2);
  const [first, node] = place.at;
  const { sealed } = await sealKeys(first, await askForKeys(node));
  await Deno.copyFile(`${first}/opaque.setup`, `${node}/opaque.setup`);
  await Deno.copyFile(`${first}/ca.pem`, `${node}/ca.pem`);
  equal(await findKeyOwner(node), undefined);
  equal((await takeKeys(node, sealed)).result, "joined");
  deepEqual(await textsOf(node), await textsOf(first));
});
