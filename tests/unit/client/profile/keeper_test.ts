import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  confirmAccount,
  isUnconfirmed,
  type NewAccountSecrets,
} from "../../../../lib/client/profile/account_secrets.ts";
import { ProfileKeeper } from "../../../../lib/client/profile/keeper.ts";
import { generateDeviceKeys } from "../../../../lib/crypto/statements/device_keys.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { readyIdentity } from "../../../kit/profiles.ts";
import { deviceId, fingerprintOf } from "../../server/store_kit.ts";
import { accountId, temporaryFolder } from "../profile_kit.ts";

const PASSWORD = "correct horse";

async function secrets(device: number): Promise<NewAccountSecrets> {
  const { pkcs8 } = await readyIdentity(0);
  return {
    facts: {
      account: accountId("alice"),
      name: "Alice" as NewAccountSecrets["facts"]["name"],
      device: deviceId(device),
      certificateHash: fingerprintOf(device),
      serverId: fingerprintOf(9),
      serverAddress: "chat.example:9797",
      opaqueKey: "key",
    },
    identityPkcs8: pkcs8,
    deviceKeys: await generateDeviceKeys(systemRandom),
    certificate: new Uint8Array([device]),
  };
}

class TestKeeper implements AsyncDisposable {
  readonly folder: string;
  keeper: ProfileKeeper;

  private constructor(folder: string, keeper: ProfileKeeper) {
    this.folder = folder;
    this.keeper = keeper;
  }

  static async open(): Promise<TestKeeper> {
    const folder = join(await temporaryFolder(), "profile");
    return new TestKeeper(folder, await openKeeper(folder));
  }

  async again(): Promise<ProfileKeeper> {
    this.keeper.close();
    return this.keeper = await openKeeper(this.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.keeper.close();
    await Deno.remove(join(this.folder, ".."), { recursive: true });
  }
}

function openKeeper(folder: string): Promise<ProfileKeeper> {
  return ProfileKeeper.open(folder, { clock: new FakeClock(), random: systemRandom });
}

Deno.test("a stored account is read back by its password, and by no other", async () => {
  await using test = await TestKeeper.open();
  assert.equal(test.keeper.hasAccount, false);
  assert.equal(await test.keeper.unlockByPassword(PASSWORD), undefined);
  const made = await secrets(1);
  await test.keeper.store(PASSWORD, made);
  const keeper = await test.again();
  assert.equal(keeper.hasAccount, true);
  const profile = await keeper.unlockByPassword(PASSWORD);
  assert.equal(profile?.own.device, deviceId(1));
  assert.deepEqual(profile?.own.certificate, made.certificate);
  assert.deepEqual(profile?.own.deviceKeys.mls.publicKey, made.deviceKeys.mls.publicKey);
  assert.equal(await keeper.unlockByPassword("wrong"), undefined);
  await assert.rejects(keeper.store("wrong", made), { code: "profile-in-use" });
});

Deno.test("a session opens the profile until it is forgotten; the password always does", async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  await assert.rejects(test.keeper.unlock(), { code: "not-signed-in" });
  await test.keeper.keys.remember(PASSWORD);
  const keeper = await test.again();
  assert.equal(await keeper.keys.hasSession(), true);
  assert.equal((await keeper.unlock()).own.account, "alice");
  const old = await Deno.readFile(join(test.folder, "session.key"));
  await keeper.keys.remember(PASSWORD);
  // An earlier session opens nothing any more.
  const key = await Deno.readFile(join(test.folder, "session.key"));
  await Deno.writeFile(join(test.folder, "session.key"), old, { mode: 0o600 });
  await assert.rejects(keeper.unlock(), { code: "not-signed-in" });
  await Deno.writeFile(join(test.folder, "session.key"), key, { mode: 0o600 });
  await keeper.unlock();
  await keeper.keys.forgetSession();
  assert.equal(await keeper.keys.hasSession(), false);
  await Deno.writeFile(join(test.folder, "session.key"), key, { mode: 0o600 });
  await assert.rejects(keeper.unlock(), { code: "not-signed-in" });
  assert.notEqual(await keeper.unlockByPassword(PASSWORD), undefined);
});

Deno.test("SR-45: old and new password both open the profile until one is confirmed", async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  assert.equal(await test.keeper.keys.addPassword("wrong", "new"), false);
  assert.equal(await test.keeper.keys.addPassword(PASSWORD, "new"), true);
  const keeper = await test.again();
  for (const password of [PASSWORD, "new"]) {
    assert.notEqual(await keeper.unlockByPassword(password), undefined);
  }
  await keeper.keys.keepOnlyPassword("new");
  assert.equal(await keeper.unlockByPassword(PASSWORD), undefined);
  assert.notEqual(await keeper.unlockByPassword("new"), undefined);
});

Deno.test("a new device stands beside the one before until it is confirmed or taken back", async () => {
  await using test = await TestKeeper.open();
  const { keeper } = test;
  await keeper.store(PASSWORD, await secrets(1));
  assert.equal(isUnconfirmed(keeper.database), false);
  await keeper.store(PASSWORD, await secrets(2));
  assert.equal((await keeper.unlockByPassword(PASSWORD))?.own.device, deviceId(2));
  assert.equal(isUnconfirmed(keeper.database), true);
  // One that was never confirmed does not take the place of one that was.
  await keeper.store(PASSWORD, await secrets(3));
  await keeper.discardAccount();
  assert.equal((await keeper.unlockByPassword(PASSWORD))?.own.device, deviceId(1));
  assert.equal(isUnconfirmed(keeper.database), false);
  await keeper.store(PASSWORD, await secrets(4));
  confirmAccount(keeper.database);
  assert.equal(isUnconfirmed(keeper.database), false);
  assert.equal((await keeper.unlockByPassword(PASSWORD))?.own.device, deviceId(4));
});

Deno.test("an account that is taken back and had none before it leaves an empty profile", async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  await test.keeper.discardAccount();
  assert.equal(test.keeper.hasAccount, false);
  await test.keeper.store("another", await secrets(2));
  assert.equal((await test.keeper.unlockByPassword("another"))?.own.device, deviceId(2));
});

Deno.test("SR-52: the profile's folder and key files are its owner's alone", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  await test.keeper.keys.remember(PASSWORD);
  const mode = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
  assert.equal(await mode(test.folder), 0o700);
  // The database's files are made by SQLite, under the program's umask.
  for (const name of ["key_store", "session.key"]) {
    assert.equal(await mode(join(test.folder, name)), 0o600, name);
  }
});

Deno.test("SR-80: neither keys nor names of the account are on disk in clear", async () => {
  await using test = await TestKeeper.open();
  const made = await secrets(1);
  await test.keeper.store(PASSWORD, made);
  test.keeper.close();
  const needles = [made.identityPkcs8.slice(40, 80), new TextEncoder().encode("chat.example")];
  for await (const { name } of Deno.readDir(test.folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(test.folder, name)));
    for (const needle of needles) {
      assert.equal(text.includes(new TextDecoder("latin1").decode(needle)), false, name);
    }
  }
});

Deno.test("SR-81: a key store whose stretching was weakened or blown up is refused", async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  const path = join(test.folder, "key_store");
  const file = await Deno.readFile(path);
  // The memory of the first slot, in KiB: after format, magic, store id, number of slots and kind.
  const place = 2 + 2 + "heliograph key store".length + 16 + 1 + 1;
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(place), 65_536);
  for (const memoryKiB of [1024, 2 ** 31]) {
    view.setUint32(place, memoryKiB);
    await Deno.writeFile(path, file);
    await assert.rejects(test.keeper.unlockByPassword(PASSWORD), { code: "bad-stretching" });
  }
});

Deno.test("SR-31: a profile of a newer program is refused untouched", async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  test.keeper.database.command("PRAGMA user_version = 99").run();
  await assert.rejects(test.again(), { name: "StorageError", code: "newer-format" });
});

Deno.test("a wiped profile is gone, and its keys go first", async () => {
  await using test = await TestKeeper.open();
  await test.keeper.store(PASSWORD, await secrets(1));
  await test.keeper.keys.remember(PASSWORD);
  const { remove } = Deno;
  const removed: string[] = [];
  Deno.remove = (path, options) => {
    removed.push(basename(String(path)));
    return remove(path, options);
  };
  try {
    await test.keeper.wipe();
  } finally {
    Deno.remove = remove;
  }
  assert.deepEqual(removed, ["session.key", "key_store", "profile"]);
  await assert.rejects(Deno.stat(test.folder), Deno.errors.NotFound);
});
