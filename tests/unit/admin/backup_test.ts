import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runAdmin } from "../../../lib/admin/main.ts";
import { CONFIG_FILE, KEY_FILES, LEFT_OUT } from "../../../lib/server/config/data_folder.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";
import { fileNames, temporaryFolder } from "../storage/kit.ts";

async function run(home: string, ...args: string[]) {
  const io = fakeIo(home);
  return { exit: await runAdmin(args, io), ...io };
}

/** A server's data in `data`, stopped: this process must not have its database open twice. */
async function makeServer(home: string): Promise<void> {
  await Deno.mkdir(join(home, "data"));
  await using server = await TestServer.open({ folder: join(home, "data") });
  await registered(server, "Alice");
  await registered(server, "bob", { which: 1 });
}

Deno.test("J9: a backup that is restored has the same counts, keys and configuration", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  const config = home.file(".config/heliograph-server");
  await Deno.mkdir(config, { recursive: true });
  await Deno.writeTextFile(join(config, CONFIG_FILE), "# mine\n");
  const made = await run(home.path, "backup", "h.tar", "--data", "data", "--json");
  equal(made.exit, 0, made.notes.join());
  const { accounts, devices } = JSON.parse(made.output[0]);
  deepEqual([accounts, devices], [2, 2]);
  if (Deno.build.os !== "windows") {
    equal((Deno.statSync(home.file("h.tar")).mode ?? 0) & 0o777, 0o600);
  }

  await Deno.remove(join(config, CONFIG_FILE));
  const restored = await run(home.path, "restore", "h.tar", "--data", "new", "--json");
  equal(restored.exit, 0, restored.notes.join());
  const said = JSON.parse(restored.output[0]);
  deepEqual([said.accounts, said.devices], [2, 2]);
  for (const name of KEY_FILES.filter((name) => fileNames(home.file("data")).includes(name))) {
    deepEqual(
      Deno.readFileSync(join(home.file("new"), name)),
      Deno.readFileSync(join(home.file("data"), name)),
      name,
    );
  }
  equal(Deno.readTextFileSync(join(config, CONFIG_FILE)), "# mine\n");
  const users = await run(home.path, "user", "list", "--data", "new", "--json");
  deepEqual(users.output.map((line) => JSON.parse(line).name), ["Alice", "bob"]);

  // A second time: nothing is replaced, neither data nor configuration.
  const again = await run(home.path, "restore", "h.tar", "--data", "other");
  match(again.notes.join(), /Kept .*server\.toml/);
  const full = await run(home.path, "restore", "h.tar", "--data", "new");
  deepEqual([full.exit, full.output], [1, []]);
  match(full.notes.join(), /not empty/);
});

Deno.test("a backup says no where it would replace a file, or where no server ran", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  Deno.writeTextFileSync(home.file("h.tar"), "mine");
  const there = await run(home.path, "backup", "h.tar", "--data", "data");
  equal(there.exit, 1);
  match(there.notes.join(), /it already exists/);
  equal(Deno.readTextFileSync(home.file("h.tar")), "mine");
  const nowhere = await run(home.path, "backup", "x.tar", "--data", "nothing");
  equal(nowhere.exit, 1);
  match(nowhere.notes.join(), /no server has run there/);
  deepEqual(fileNames(home.path), ["data", "h.tar"]);
});

Deno.test("SR-58: restore refuses the folder of a running server before it reads the backup", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  using _lock = InstanceLock.take(home.file("data"));
  const refused = await run(home.path, "restore", "missing.tar", "--data", "data");
  equal(refused.exit, 5);
  match(refused.notes.join(), /a server is running/);
});

Deno.test("restore of a damaged, cut or foreign file changes nothing and ends with 7", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  equal((await run(home.path, "backup", "h.tar", "--data", "data")).exit, 0);
  const good = Deno.readFileSync(home.file("h.tar"));
  const damaged: Record<string, Uint8Array> = {
    "a flipped bit in a key": flip(good, 600),
    "a flipped bit in the database": flip(good, 100_000),
    "a flipped bit in a header": flip(good, 2),
    "no end": good.subarray(0, good.length - 4096),
    "half of it": good.subarray(0, good.length / 2),
    "nothing": new Uint8Array(0),
    "something else": new TextEncoder().encode("no archive".repeat(200)),
    "two of them": Uint8Array.from([...good.subarray(0, good.length - 1024), ...good]),
  };
  for (const [what, bytes] of Object.entries(damaged)) {
    await Deno.writeFile(home.file("bad.tar"), bytes);
    const refused = await run(home.path, "restore", "bad.tar", "--data", "new");
    equal(refused.exit, 7, `${what}: ${refused.notes.join()}`);
    deepEqual(fileNames(home.file("new")).filter((name) => !name.startsWith("lock.db")), [], what);
  }
});

Deno.test("SR-31: a backup of a newer program is refused with 10", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  equal((await run(home.path, "backup", "h.tar", "--data", "data")).exit, 0);
  for (const [from, to] of [[`"v": 1`, `"v": 2`], [`"tables": `, `"tables": 9`]]) {
    await Deno.writeFile(home.file("newer.tar"), replaced(home.file("h.tar"), from, to));
    const refused = await run(home.path, "restore", "newer.tar", "--data", "new");
    equal(refused.exit, 10, refused.notes.join());
    match(refused.notes.join(), /made by a newer version/);
  }
});

Deno.test("SR-31: a backup whose tables no released version made is refused with 10, and names no copy that is gone", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  const database = new DatabaseSync(home.file("data/server.db"));
  database.exec("PRAGMA user_version=1");
  database.close();
  equal((await run(home.path, "backup", "h.tar", "--data", "data")).exit, 0);
  const refused = await run(home.path, "restore", "h.tar", "--data", "new");
  equal(refused.exit, 10, refused.notes.join());
  match(refused.notes.join(), /none of a released version.* the backup is as it was$/);
  equal(/is a copy of it|\.part/.test(refused.notes.join()), false, refused.notes.join());
  deepEqual(fileNames(home.file("new")).filter((name) => !name.startsWith("lock.db")), []);
});

Deno.test("a backup holds every file of a server but those of its process", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  const unknown = fileNames(home.file("data")).filter((name) => {
    const isFile = Deno.statSync(join(home.file("data"), name)).isFile;
    const isKnown = name === "server.db" || KEY_FILES.includes(name) ||
      LEFT_OUT.some((pattern) => pattern.test(name));
    return isFile && !isKnown;
  });
  deepEqual(unknown, []);
  ok(LEFT_OUT.every((pattern) => !pattern.test("server.db")));
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= 1;
  return copy;
}

/** The archive with something else in its manifest, of the same length, behind a header that fits. */
function replaced(path: string, from: string, to: string): Uint8Array {
  const bytes = Deno.readFileSync(path);
  const text = new TextDecoder("latin1").decode(bytes);
  const at = text.lastIndexOf(from);
  ok(at > 0);
  bytes.set(new TextEncoder().encode(to), at);
  return bytes;
}

Deno.test("SR-58: an encrypted backup is restored by its key alone, and is never taken for another one", async () => {
  using home = temporaryFolder();
  await makeServer(home.path);
  const secret = (name: string, text: string) =>
    Deno.writeTextFileSync(home.file(name), text, { mode: 0o600 });
  secret(
    "key.txt",
    "# mine\nAGE-SECRET-KEY-15F7SNF7VCLFKWV6JY766HCXE34GSLSGJVD0XE2SG5TRKXZM9X4AS5PV3TC\n",
  );
  secret(
    "other.txt",
    "AGE-SECRET-KEY-1N0WRG2H85P3N86UP7VAGM85N9PNSF2RKK2CZ4PA7TLKNRY94LT2SY0FNSM\n",
  );
  const sealing = [
    "--recipient",
    "age19e9fkq5vmzp20vzmc7ecshk2zhv4xl03a0xz50hrp9dg7a0enp2svsnhz8,age1k7x64n852jx5se64f7rt63kx8k3sugw6fxh3mrttc8zmm6zap3pq44qck3",
  ];
  const made = await run(home.path, "backup", "h.age", "--data", "data", ...sealing, "--json");
  equal(made.exit, 0, made.notes.join());
  const { encrypted, accounts } = JSON.parse(made.output[0]);
  deepEqual([encrypted, accounts], [true, 2]);
  match(made.notes.join(), /^It is encrypted\. Keep the key or passphrase apart/);
  const sealed = Deno.readFileSync(home.file("h.age"));
  const text = new TextDecoder("latin1").decode(sealed);
  for (const inside of ["ca.key", "PRIVATE KEY", "Alice", "SQLite format"]) {
    equal(text.includes(inside), false, inside);
  }
  const restore = (file: string, ...key: string[]) =>
    run(home.path, "restore", file, "--data", "new", ...key);
  const without = await restore("h.age");
  deepEqual([without.exit, without.output], [2, []]);
  match(without.notes[0], /it is encrypted\. Give --identity-file or --passphrase-file/);
  secret("words.txt", "not this passphrase\n");
  const wrong = await restore("h.age", "--passphrase-file", "words.txt");
  deepEqual([wrong.exit, wrong.notes], [7, [
    "Cannot open: this passphrase does not open it",
  ]]);
  for (const size of [sealed.length - 1, sealed.length >> 1]) {
    Deno.writeFileSync(home.file("cut.age"), sealed.subarray(0, size));
    const cut = await restore("cut.age", "--identity-file", "key.txt");
    deepEqual([cut.exit, cut.output], [7, []], cut.notes.join());
  }
  deepEqual(fileNames(home.file("new")).filter((name) => !name.startsWith("lock.db")), []);
  for (const key of ["key.txt", "other.txt"]) {
    const restored = await restore("h.age", "--identity-file", key, "--json");
    equal(restored.exit, 0, restored.notes.join());
    equal(JSON.parse(restored.output[0]).accounts, 2);
    ok(!fileNames(home.file("new")).some((name) => name.endsWith(".part")));
    await Deno.remove(home.file("new"), { recursive: true });
  }
  // Somebody put a plain one in its place.
  equal((await run(home.path, "backup", "h.tar", "--data", "data")).exit, 0);
  const plain = await restore("h.tar", "--identity-file", "key.txt");
  deepEqual([plain.exit, plain.output], [2, []]);
  match(plain.notes[0], /it is not encrypted/);
  const twice = [
    "--recipient",
    "age19e9fkq5vmzp20vzmc7ecshk2zhv4xl03a0xz50hrp9dg7a0enp2svsnhz8",
    "--passphrase-file",
    "words.txt",
  ];
  equal((await run(home.path, "backup", "x.age", "--data", "data", ...twice)).exit, 2);
  equal((await run(home.path, "backup", "x.age", "--data", "data", "--recipient", "bob")).exit, 2);
  ok(!fileNames(home.path).some((name) => name.startsWith("x.age")));
});
