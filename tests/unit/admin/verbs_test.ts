import assert from "node:assert/strict";
import { runAdmin } from "../../../lib/admin/main.ts";
import { stateFilePath, writeReadyFile, writeState } from "../../../lib/admin/state_file.ts";
import { VERSION } from "../../../lib/base/version.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { hashToken } from "../../../lib/crypto/keys/token.ts";
import { parseInvite } from "../../../lib/net/addresses/invite.ts";
import {
  fingerprintOfPem,
  formatServerFingerprint,
} from "../../../lib/net/addresses/server_fingerprint.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { findIn } from "../../kit/canary.ts";
import { NO_PASSWORD, registered } from "../../kit/raw_account.ts";
import { qrRows } from "../../../lib/terminal/cells/qr_rows.ts";
import { TestServer } from "../../kit/test_server.ts";

const STATE = {
  pid: 1,
  host: "192.0.2.1",
  port: 9797,
  tls: "auto",
  fingerprint: "SHA256:x",
  registration: "open",
  startedMs: 0,
  version: VERSION,
  deno: "2.9.6",
  videos: "/videos",
} as const;

async function run(folder: string, ...args: string[]) {
  const io = fakeIo(Deno.realPathSync(folder));
  return { exit: await runAdmin(args, io), ...io };
}

Deno.test("the version is that of deno.json", async () => {
  assert.equal(JSON.parse(await Deno.readTextFile("deno.json")).version, VERSION);
  await using server = await TestServer.open();
  assert.deepEqual((await run(server.folder, "--version")).output, [
    `heliograph-server ${VERSION}`,
  ]);
});

Deno.test("no verb, an unknown verb and an unknown option each say what to do", async () => {
  await using server = await TestServer.open();
  const help = await run(server.folder);
  assert.equal(help.exit, 0);
  assert.match(help.output.join("\n"), /serve[\s\S]*status[\s\S]*user list[\s\S]*invite/);
  const unknown = await run(server.folder, "sevre");
  assert.deepEqual([unknown.exit, unknown.output], [2, []]);
  assert.match(unknown.notes[0], /Did you mean 'serve'/);
  const option = await run(server.folder, "status", "--jsn");
  assert.equal(option.exit, 2);
  assert.match(option.notes[0], /--json/);
});

Deno.test("S3.52: what a verb finds wrong comes with an example, and a command of the console with where it is typed", async () => {
  await using server = await TestServer.open();
  const wrong = [
    [
      ["serve", "x"],
      /allowed are 0 to 65535$/,
      "serve --listen 127.0.0.1:0 --ready-file ready.json",
    ],
    [["user", "grant", "yoda", "king", "--data", "."], /^A role is/, "user grant yoda owner"],
    [
      ["user", "kick", "yoda", "5", "--data", "."],
      /^I can't read/,
      "user kick anakin 1d younglings",
    ],
    [["audit", "0", "--data", "."], /^COUNT is 1 to/, "audit 10"],
  ] as const;
  for (const [args, what, example] of wrong) {
    const { exit, notes, output } = await run(server.folder, ...args);
    assert.deepEqual([exit, output], [2, []]);
    assert.match(notes[0], what);
    assert.equal(notes[1], `Example: heliograph-server ${example}`);
  }
  const { notes } = await run(server.folder, "reload");
  assert.match(notes[0], /^No command 'reload'/);
  assert.equal(notes[1], "On the server's console: heliograph-server console reload");
  assert.equal((await run(server.folder, "sevre")).notes.length, 1);
});

Deno.test("user list names accounts and times, and never a hash, key or record", async () => {
  await using server = await TestServer.open();
  await registered(server, "Alice");
  await registered(server, "bob", { which: 1 });
  const text = await run(server.folder, "user", "list", "--data", ".");
  assert.equal(text.exit, 0, text.notes.join());
  assert.match(text.output[0], /^NAME +ROLE +CREATED +LAST SEEN +DEVICES +STATUS$/);
  assert.match(text.output[1], /^Alice +member +2026-01-01 00:00Z +2026-01-01 00:00Z +1$/);
  const json = await run(server.folder, "users", "--data", ".", "--json");
  assert.deepEqual(
    json.output.map((line) => JSON.parse(line)),
    ["Alice", "bob"].map((name) => ({
      v: 1,
      type: "account",
      name,
      role: "member",
      devices: 1,
      status: [],
      created: "2026-01-01T00:00:00.000Z",
      lastSeen: "2026-01-01T00:00:00.000Z",
    })),
  );
  const all = utf8([...text.output, ...json.output].join("\n"));
  assert.deepEqual(findIn("output", all, NO_PASSWORD), []);
});

Deno.test("user list where no server ever ran says so and makes no database", async () => {
  await using server = await TestServer.open();
  await Deno.mkdir(`${server.folder}/empty`);
  const { exit, notes, output } = await run(server.folder, "user", "list", "--data", "empty");
  assert.deepEqual([exit, output], [1, []]);
  assert.match(notes[0], /no server has run there/);
  assert.deepEqual([...Deno.readDirSync(`${server.folder}/empty`)], []);
});

Deno.test("SR-44: invite stores a token's hash beside a running server, which then admits its holder", async () => {
  await using server = await TestServer.open({ registration: "invite" });
  const { exit, output, notes } = await run(
    server.folder,
    ...[
      "invite",
      "--data",
      ".",
      "--address",
      "chat.example.org",
      "--uses",
      "2",
      "--expires",
      "12h",
    ],
  );
  assert.equal(exit, 0, notes.join());
  const invite = parseInvite(output[0]);
  assert.deepEqual(invite?.address, { host: "chat.example.org", port: 9797 });
  assert.equal(invite?.fingerprint, server.parts.identity.caFingerprint);
  assert.ok(invite?.token);
  const { store } = server.parts;
  const hash = await hashToken(invite.token);
  assert.ok(await store.checkToken({ hash, nowMs: server.clock.nowMs() }));
  const afterwards = server.clock.nowMs() + 12 * 3600_000;
  assert.equal(await store.checkToken({ hash, nowMs: afterwards }), false);
});

Deno.test("an invite is a QR code too where a person looks, and a line alone for files, programs and screen readers", async () => {
  await using server = await TestServer.open();
  const folder = Deno.realPathSync(server.folder);
  const lines = async (isRead: boolean, json: string[], environment = {}) => {
    const io = { ...fakeIo(folder, environment), isRead };
    const args = ["invite", "--data", ".", "--address", "chat.example.org", ...json];
    assert.equal(await runAdmin(args, io), 0, io.notes.join());
    return io.output;
  };
  const shown = await lines(true, []);
  assert.deepEqual(shown.slice(1), qrRows(shown[0], "light"));
  // One after the other: two at once would find the folder in use.
  assert.equal((await lines(false, [])).length, 1);
  assert.equal((await lines(true, ["--json"])).length, 1);
  assert.equal((await lines(true, [], { ACCESSIBLE: "1" })).length, 1);
});

Deno.test("invite needs an address when no server runs, and sensible numbers", async () => {
  await using server = await TestServer.open();
  const cases = [
    [],
    ["--address", "a:0"],
    ["--address", "a", "--uses", "0"],
    ["--address", "a", "--expires", "1y"],
    ["--address", "a", "--expires", "0d"],
    ["--address", "a", "--expires", "366d"],
  ];
  for (const args of cases) {
    const { exit, output } = await run(server.folder, "invite", "--data", ".", ...args);
    assert.deepEqual([exit, output], [2, []], args.join(" "));
  }
});

Deno.test("status says that no server runs and ends with 5, also when a dead one left its file", async () => {
  await using server = await TestServer.open();
  const missing = await run(server.folder, "status", "--data", "nowhere", "--json");
  assert.equal(missing.exit, 5);
  assert.equal(JSON.parse(missing.output[0]).running, false);
  await writeState(server.folder, STATE);
  const dead = await run(server.folder, "status", "--data", ".");
  assert.equal(dead.exit, 5);
  assert.match(dead.output[0], /^No server is running on /);
});

Deno.test("SR-72: status says which walls around ffmpeg hold, and why one does not", async () => {
  await using server = await TestServer.open();
  using _ = InstanceLock.take(server.folder);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const sandbox = [
    { name: "unshare", state: "on" },
    { name: "mount", state: "off", reason: "not permitted" },
  ] as const;
  const ffmpeg = { path: "/usr/bin/ffmpeg", version: "5.1", sandbox: [...sandbox] };
  await writeState(server.folder, { ...STATE, host: "127.0.0.1", port, ffmpeg });
  const { exit, output } = await run(server.folder, "status", "--data", ".");
  assert.equal(exit, 5, "nobody answers");
  assert.equal(
    output.find((line) => line.startsWith("Sandbox")),
    "Sandbox      unshare on, mount off (not permitted)",
  );
});

Deno.test("a state file that is damaged counts as none", async () => {
  await using server = await TestServer.open();
  for (const text of ["", "{", "[]", '{"pid":"1"}']) {
    await Deno.writeTextFile(stateFilePath(server.folder), text);
    const { exit } = await run(server.folder, "invite", "--data", ".");
    assert.equal(exit, 2);
  }
});

Deno.test("SR-51: ready file and state file are readable by their owner only", async () => {
  await using server = await TestServer.open();
  const ready = `${server.folder}/ready.json`;
  await writeReadyFile(ready, {
    host: "127.0.0.1",
    port: 1,
    fingerprint: formatServerFingerprint(server.parts.identity.caFingerprint),
    invite: "heliograph://",
    pid: 1,
  });
  await writeState(server.folder, STATE);
  for (const path of [ready, stateFilePath(server.folder)]) {
    const { mode } = await Deno.stat(path);
    if (mode !== null) assert.equal(mode & 0o777, 0o600);
  }
});

Deno.test("paths shows every folder", async () => {
  await using server = await TestServer.open();
  const { output } = await run(server.folder, "paths", "--json");
  const { v, type, ...folders } = JSON.parse(output[0]);
  assert.deepEqual([v, type], [1, "paths"]);
  assert.deepEqual(Object.keys(folders), ["config", "data", "state", "cache", "runtime"]);
  assert.equal((await run(server.folder, "paths")).output.length, 5);
});

Deno.test("SR-50: ca rotate asks first, gives the server another fingerprint, and needs it to stand still", async () => {
  let folder: string;
  {
    await using server = await TestServer.open();
    folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "ca-" });
    for (const name of ["ca.pem", "ca.key"]) {
      await Deno.copyFile(`${server.folder}/${name}`, `${folder}/${name}`);
    }
  }
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => Deno.remove(folder, { recursive: true }));
  const before = await Deno.readTextFile(`${folder}/ca.pem`);
  const no = await run(folder, "ca", "rotate", "--data", ".");
  assert.deepEqual([no.exit, no.output, no.notes], [6, [], ["Nothing changed"]]);
  assert.equal(await Deno.readTextFile(`${folder}/ca.pem`), before);

  const yes = fakeIo(Deno.realPathSync(folder), {}, true);
  assert.equal(await runAdmin(["ca", "rotate", "--data", "."], yes), 0, yes.notes.join());
  assert.match(yes.output.join("\n"), /^Old fingerprint SHA256:\S{43}\nNew fingerprint SHA256:/);
  const json = await run(folder, "ca", "rotate", "--data", ".", "--yes", "--json");
  const { before: first, fingerprint, ...rest } = JSON.parse(json.output[0]);
  assert.deepEqual(rest, { v: 1, type: "ca", rotations: 2 });
  assert.equal(`New fingerprint ${first}`, yes.output[1]);
  const invited = await run(folder, "invite", "--data", ".", "--address", "a:1");
  assert.equal(invited.exit, 1, "there is no database");

  const lock = InstanceLock.take(folder);
  const busy = await run(folder, "ca", "rotate", "--data", ".", "--yes");
  lock.release();
  assert.equal(busy.exit, 5);
  const kept = await fingerprintOfPem(await Deno.readTextFile(`${folder}/ca.pem`));
  assert.equal(kept && formatServerFingerprint(kept), fingerprint);
});

Deno.test("ca show prints the certificate that clients pin and nothing else, also after a rotation", async () => {
  await using server = await TestServer.open();
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "ca-" });
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => Deno.remove(folder, { recursive: true }));
  for (const name of ["ca.pem", "ca.key"]) {
    await Deno.copyFile(`${server.folder}/${name}`, `${folder}/${name}`);
  }
  for (const rotations of [0, 1]) {
    if (rotations > 0) await run(folder, "ca", "rotate", "--data", ".", "--yes");
    const { exit, output } = await run(folder, "ca", "show", "--data", ".");
    assert.equal(exit, 0);
    const pem = `${output.join("\n")}\n`;
    assert.match(
      pem,
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/,
    );
    const fingerprint = await fingerprintOfPem(pem);
    const json = await run(folder, "ca", "show", "--data", ".", "--json");
    assert.deepEqual(JSON.parse(json.output[0]), {
      ...{ v: 1, type: "ca", pem },
      fingerprint: fingerprint && formatServerFingerprint(fingerprint),
    });
    assert.equal(fingerprint, await fingerprintOfPem(await Deno.readTextFile(`${folder}/ca.pem`)));
  }
  assert.equal((await run(folder, "ca", "show", "--data", "nowhere")).exit, 1);
});

Deno.test("ca rotate where no server ever ran says so and makes nothing", async () => {
  await using server = await TestServer.open();
  const { exit, notes } = await run(server.folder, "ca", "rotate", "--data", "nowhere", "--yes");
  assert.equal(exit, 1);
  assert.match(notes[0], /no server has run there/);
  assert.throws(() => Deno.statSync(`${server.folder}/nowhere`), Deno.errors.NotFound);
});
