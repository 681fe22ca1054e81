import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { openServerKeys } from "../../../lib/server/keys/server_keys.ts";
import { FakeClock } from "../../kit/clock.ts";

const FILES = ["ca.key", "ca.pem", "opaque.setup", "tls.key", "tls.pem"];
const DAY_MS = 86_400_000;

async function withFolder(test: (folder: string, clock: FakeClock) => Promise<void>) {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "keys-" });
  try {
    await test(folder, new FakeClock());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = (folder: string, clock: FakeClock, hasAccounts: boolean) =>
  openServerKeys(folder, { hasAccounts, clock, random: systemRandom });

Deno.test("SR-50: keys of a server that starts again are the same", () =>
  withFolder(async (folder, clock) => {
    const made = await open(folder, clock, false);
    const again = await open(folder, clock, true);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), FILES);
    assert.equal(again.authority.certificate.fingerprint, made.authority.certificate.fingerprint);
    assert.equal(again.passwords.publicKey, made.passwords.publicKey);
    assert.equal(again.tls.certificateChainPem, made.tls.certificateChainPem);
  }));

for (const name of ["ca.pem", "ca.key", "opaque.setup"]) {
  Deno.test(`SR-50: a server with accounts does not start without ${name}, and makes no new one`, () =>
    withFolder(async (folder, clock) => {
      await open(folder, clock, false);
      await Deno.remove(`${folder}/${name}`);
      await assert.rejects(open(folder, clock, true), {
        name: "StorageError",
        code: "keys-missing",
      });
      assert.ok(![...Deno.readDirSync(folder)].some((entry) => entry.name === name));
    }));
}

Deno.test("SR-50: a server with accounts does not start with a damaged key", () =>
  withFolder(async (folder, clock) => {
    await open(folder, clock, false);
    await Deno.writeTextFile(`${folder}/opaque.setup`, "damaged");
    await assert.rejects(open(folder, clock, true), { name: "CryptoError" });
    await open(folder, clock, false).catch(() => {});
    assert.equal(await Deno.readTextFile(`${folder}/opaque.setup`), "damaged");
  }));

Deno.test("a server without accounts that died between two files makes what is missing", () =>
  withFolder(async (folder, clock) => {
    await open(folder, clock, false);
    for (const name of ["ca.key", "opaque.setup", "tls.key"]) {
      await Deno.remove(`${folder}/${name}`);
      const made = await open(folder, clock, false);
      assert.equal(made.authority.needsRenewal(made.tls.certificateChainPem, 0), false);
    }
  }));

Deno.test("a TLS certificate near its end is renewed under the same authority", () =>
  withFolder(async (folder, clock) => {
    const before = await open(folder, clock, false);
    clock.jumpWallClock(300 * DAY_MS);
    const after = await open(folder, clock, true);
    assert.notEqual(after.tls.certificateChainPem, before.tls.certificateChainPem);
    assert.equal(after.authority.certificate.fingerprint, before.authority.certificate.fingerprint);
  }));

Deno.test("SR-52: key files are readable by their owner only", () =>
  withFolder(async (folder, clock) => {
    await open(folder, clock, false);
    for (const name of FILES) {
      const { mode } = await Deno.stat(`${folder}/${name}`);
      if (mode !== null) assert.equal(mode & 0o777, 0o600, name);
    }
  }));
