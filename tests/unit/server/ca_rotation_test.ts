import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { Authority } from "../../../lib/crypto/certificates/authority.ts";
import { rotateAuthority } from "../../../lib/server/keys/ca_rotation.ts";
import { openServerKeys } from "../../../lib/server/keys/server_keys.ts";
import { FakeClock } from "../../kit/clock.ts";

const clock = new FakeClock();
const surroundings = { clock, random: systemRandom };
const start = (folder: string) => openServerKeys(folder, { ...surroundings, hasAccounts: true });

/** A data folder with keys. */
async function keyFolder(): Promise<{ folder: string } & AsyncDisposable> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "rotation-" });
  await openServerKeys(folder, { ...surroundings, hasAccounts: false });
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

const read = (folder: string, name: string) => Deno.readTextFile(`${folder}/${name}`);

Deno.test("SR-50: a rotated CA is another one of the same server, with a leaf of its own", async () => {
  await using place = await keyFolder();
  const before = await start(place.folder);
  const { from, succession } = await rotateAuthority(place.folder, surroundings);
  assert.equal(from.fingerprint, before.authority.certificate.fingerprint);
  assert.equal(succession.serverId, before.authority.succession.serverId);
  const after = await start(place.folder);
  assert.equal(after.authority.certificate.fingerprint, succession.present.fingerprint);
  assert.notEqual(succession.present.keyFingerprint, from.keyFingerprint);
  assert.equal(after.passwords.publicKey, before.passwords.publicKey);
  assert.notEqual(after.tls.privateKeyPem, before.tls.privateKeyPem);
  assert.equal(
    after.authority.needsRenewal(after.tls.certificateChainPem, clock.nowMs()),
    false,
  );
  assert.deepEqual((await start(place.folder)).tls, after.tls);
});

Deno.test("SR-50: no file has the old key after a rotation, and the new ones are closed to others", async () => {
  await using place = await keyFolder();
  const key = (await read(place.folder, "ca.key")).split("\n")[1];
  // A second name of the old file: its bytes are overwritten too.
  await Deno.link(`${place.folder}/ca.key`, `${place.folder}/kept`);
  await rotateAuthority(place.folder, surroundings);
  for (const { name } of Deno.readDirSync(place.folder)) {
    assert.ok(!(await read(place.folder, name)).includes(key), name);
    const { mode } = await Deno.stat(`${place.folder}/${name}`);
    if (mode !== null) assert.equal(mode & 0o077, 0, name);
  }
});

Deno.test("SR-50: a rotation that was cut off at any file is either not begun or ended at the next start", async () => {
  await using place = await keyFolder();
  const { folder } = place;
  const names = ["ca.key", "ca.pem"] as const;
  const old = await Promise.all(names.map((name) => read(folder, name)));
  const { succession } = await rotateAuthority(folder, surroundings);
  const made = await Promise.all(names.map((name) => read(folder, name)));
  const next = made[1] + made[0];
  const overwritten = "\0".repeat(old[0].length);
  const cuts = [
    [old[0], old[1]],
    [overwritten, old[1]],
    [made[0], old[1]],
    [made[0], made[1]],
  ];
  for (const texts of cuts) {
    for (const [i, name] of names.entries()) {
      await Deno.writeTextFile(`${folder}/${name}`, texts[i]);
    }
    await Deno.writeTextFile(`${folder}/ca.next`, next);
    const { authority } = await start(folder);
    assert.equal(authority.certificate.fingerprint, succession.present.fingerprint);
    assert.equal(authority.succession.serverId, succession.serverId);
    assert.ok(![...Deno.readDirSync(folder)].some(({ name }) => name === "ca.next"));
  }
});

Deno.test("SR-50: a step that is damaged changes nothing", async () => {
  await using place = await keyFolder();
  const before = await read(place.folder, "ca.key");
  const elsewhere = await Authority.create({ nowMs: 0, random: systemRandom });
  const certificate = await read(place.folder, "ca.pem");
  for (const text of ["", certificate, certificate + elsewhere.files.privateKey]) {
    await Deno.writeTextFile(`${place.folder}/ca.next`, text);
    await assert.rejects(start(place.folder), { name: "CryptoError", code: "bad-authority" });
    await assert.rejects(rotateAuthority(place.folder, surroundings), { code: "bad-authority" });
    assert.equal(await read(place.folder, "ca.key"), before);
  }
});

Deno.test("SR-50: a CA without its succession does not pass for the server's first one", async () => {
  await using place = await keyFolder();
  const { serverId } = (await start(place.folder)).authority.succession;
  await rotateAuthority(place.folder, surroundings);
  const whole = await read(place.folder, "ca.pem");
  await Deno.writeTextFile(`${place.folder}/ca.pem`, whole.slice(0, whole.indexOf("-----BEGIN H")));
  await assert.rejects(start(place.folder), { name: "CryptoError", code: "bad-authority" });
  await Deno.writeTextFile(`${place.folder}/ca.pem`, whole);
  assert.equal((await start(place.folder)).authority.succession.serverId, serverId);
});

Deno.test("a folder without a CA has none to rotate, and a CA is rotated 31 times at most", async () => {
  await using place = await keyFolder();
  for (let i = 0; i < 31; i++) await rotateAuthority(place.folder, surroundings);
  const before = await read(place.folder, "ca.pem");
  await assert.rejects(rotateAuthority(place.folder, surroundings), { code: "too-many-rotations" });
  assert.equal(await read(place.folder, "ca.pem"), before);
  await Deno.remove(`${place.folder}/ca.pem`);
  await assert.rejects(rotateAuthority(place.folder, surroundings), { code: "keys-missing" });
});
