import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { runAdmin } from "../../../lib/admin/main.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { findInFolder } from "../../kit/canary.ts";
import { credentials, guess, makeAccount, ready, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

/** As the seeds had it, with what they could not have. */
const LIST = [
  "\uFEFFhans wise@!man",
  "Luke\t(jedimaster) with blanks ",
  "",
  "# a remark",
  "leia pässwörd-\u{1F511}\r",
  "bob falcon*solo@1",
  "no/name secret",
  "chewie",
].join("\n");

async function importList(server: TestServer, list: string | Uint8Array = LIST) {
  const path = `${server.folder}/credentials.txt`;
  if (typeof list === "string") await Deno.writeTextFile(path, list);
  else await Deno.writeFile(path, list);
  const io = fakeIo(Deno.realPathSync(server.folder));
  const exit = await runAdmin(
    ["user", "import", "credentials.txt", "--data", ".", "--json"],
    io,
  );
  await Deno.remove(path);
  return { exit, notes: io.notes, lines: io.output.map((line) => JSON.parse(line)) };
}

Deno.test("S3.11: user import makes the accounts of a list and says which lines it refused", async () => {
  await using server = await TestServer.open();
  await registered(server, "bob");
  const { exit, lines, notes } = await importList(server);
  equal(exit, 6);
  deepEqual(
    lines.map(({ name, result }) => [name, result]),
    [
      ["hans", "imported"],
      ["Luke", "imported"],
      ["leia", "imported"],
      ["bob", "refused"],
      ["no/name", "refused"],
      ["chewie", "refused"],
    ],
  );
  match(lines[3].reason, /taken/);
  deepEqual(Object.keys(lines[3]).sort(), ["name", "reason", "result", "type", "v"]);
  match(notes.at(-1) ?? "", /delete the file/);

  const rights = [
    ["hans", "wise@!man"],
    ["luke", "(jedimaster) with blanks "],
    ["leia", "pässwörd-\u{1F511}"],
  ] as const;
  for (const [name, password] of rights) {
    notEqual((await guess(await server.handshake(), name, password)).finish, undefined, name);
    // One failure of the three that an account has from one network.
    equal((await guess(await server.handshake(), name, password.trim() + "x")).finish, undefined);
    deepEqual(findInFolder(server.folder, password), [], "no password is kept");
  }
});

Deno.test("S3.11: who was imported and never came was never seen", async () => {
  await using server = await TestServer.open();
  await importList(server);
  const io = fakeIo(Deno.realPathSync(server.folder));
  equal(await runAdmin(["user", "list", "--data", "."], io), 0);
  match(io.output.find((line) => line.startsWith("hans")) ?? "", / never +0 +/);
});

Deno.test("S3.11: user import says what is wrong with a file, and makes no account", async () => {
  await using server = await TestServer.open();
  const latin1 = await importList(server, new Uint8Array([0x61, 0x20, 0xe4]));
  equal(latin1.exit, 2);
  match(latin1.notes[0], /not UTF-8/);
  const io = fakeIo(Deno.realPathSync(server.folder));
  equal(await runAdmin(["user", "import", "nowhere.txt", "--data", "."], io), 4);
  match(io.notes[0], /no such file/);
  equal((await server.parts.store.listAccounts({ limit: 1 })).total, 0);
});

Deno.test("SR-48: nobody finds an imported account before its owner made its identity", async () => {
  await using server = await TestServer.open();
  const bob = await ready(server, await registered(server, "bob"));
  await importList(server, "hans wise@!man\n");
  const names = async () => {
    const { entries } = await bob.get("roster.page", { after: "", onlineOnly: false });
    return (entries as { name: string }[]).map(({ name }) => name);
  };
  equal(await bob.refused("keys.account", { account: "hans" }), "unknown-account");
  deepEqual(await names(), ["bob"]);

  const hans = await server.handshake();
  const { finish } = await guess(hans, "hans", "wise@!man");
  const done = await hans.get("login.finish", finish);
  deepEqual([done.linked, done.unclaimed, done.imported], [false, true, true]);
  equal(done.identity, "0".repeat(64));
  const made = await makeAccount(server, "hans", 1);
  const { payload, sizes } = await credentials(server, made);
  await hans.get("login.reset-identity", { device: made.device.id, sizes: [...sizes, 0] }, payload);

  deepEqual(await names(), ["bob", "hans"]);
  equal((await bob.get("keys.account", { account: "hans" })).name, "hans");
  const again = await server.handshake();
  const second = await again.get(
    "login.finish",
    (await guess(again, "hans", "wise@!man")).finish,
  );
  deepEqual([second.unclaimed, second.imported], [undefined, true]);
});
