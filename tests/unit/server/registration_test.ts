import assert from "node:assert/strict";
import { encodeBase64, encodeHex } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { hashToken, newToken } from "../../../lib/crypto/keys/token.ts";
import { startRegistration } from "../../../lib/crypto/keys/password.ts";
import {
  credentials,
  guess,
  makeAccount,
  makeDevice,
  NO_PASSWORD,
  ready,
  register,
  registered,
} from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

const { request: OPAQUE } = await startRegistration("any");
const HOUR_MS = 3600_000;

async function addToken(server: TestServer, uses: number) {
  const token = newToken(systemRandom);
  const expiresMs = server.clock.nowMs() + HOUR_MS;
  await server.parts.store.addToken({ hash: await hashToken(token), uses, expiresMs });
  return token;
}

Deno.test("a registered account can sign in by its password, and its device is known", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "Alice", { password: "correct horse" });
  const client = await server.handshake();
  const { challenge, finish } = await guess(client, "alice", "correct horse");
  assert.equal(challenge.header.attemptsLeft, 2);
  const done = await client.get("login.finish", finish);
  assert.equal(done.account, "alice");
  assert.equal(done.name, "Alice");
  assert.equal(done.linked, false);
  assert.equal(done.identity, account.person.identity.key.fingerprint);
  await (await ready(server, account)).close();
});

Deno.test("SR-44: a server that is closed takes nobody, whatever name or token", async () => {
  await using server = await TestServer.open({ registration: "closed" });
  const token = await addToken(server, 1);
  for (const name of ["alice", "", "a:b"]) {
    const client = await server.handshake();
    const fields = { name, token: encodeBase64(token), opaque: OPAQUE };
    assert.equal(await client.refused("login.register-start", fields), "registration-closed");
  }
});

Deno.test("SR-44: without a good token a stranger gets one answer, whatever the name", async () => {
  await using server = await TestServer.open({ registration: "invite" });
  const token = await addToken(server, 1);
  const founder = await server.handshake();
  const account = await makeAccount(server, "alice");
  await register(server, founder, { account, token });
  const answers = new Set<string>();
  for (const name of ["alice", "bob", "", "x:y", "admin"]) {
    for (
      const bad of [
        undefined,
        "",
        encodeBase64(new Uint8Array(16)),
        "AAAA",
        "====",
        encodeBase64(token),
      ]
    ) {
      const client = await server.handshake();
      const { header } = await client.ask("login.register-start", {
        name,
        ...(bad === undefined ? {} : { token: bad }),
        opaque: OPAQUE,
      });
      const { request: _request, ...rest } = header;
      if (rest.code !== "bad-message") answers.add(JSON.stringify(rest));
      await client.close();
    }
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  // True for who has none, too.
  assert.match(
    [...answers][0],
    /token-refused.*needs an invite that is neither used up nor expired/,
  );
});

Deno.test("SR-44: a token is used up by as many accounts as it has uses, at the same moment too", async () => {
  await using server = await TestServer.open({ registration: "invite" });
  const token = await addToken(server, 2);
  const answers = await Promise.all(["alice", "bob", "carol"].map(async (name, which) => {
    const account = await makeAccount(server, name, which);
    return (await register(server, await server.handshake(), { account, token })).header;
  }));
  const codes = answers.map(({ kind, code }) => kind === "failure" ? code : kind).sort();
  assert.deepEqual(codes, ["login.registered", "login.registered", "token-refused"]);
  assert.equal((await server.parts.store.listAccounts({ limit: 10 })).total, 2);
});

Deno.test("SR-44: a token that expired is refused", async () => {
  await using server = await TestServer.open({ registration: "invite" });
  const token = await addToken(server, 1);
  const account = await makeAccount(server, "alice");
  server.clock.jumpWallClock(HOUR_MS);
  const { header } = await register(server, await server.handshake(), { account, token });
  assert.equal(header.code, "token-refused");
});

Deno.test("SR-47: the database holds a token's hash and not the token", async () => {
  await using server = await TestServer.open({ registration: "invite" });
  const token = await addToken(server, 1);
  const files = ["server.db", "server.db-wal"].map((name) => `${server.folder}/${name}`);
  const bytes = await Promise.all(files.map((file) => Deno.readFile(file)));
  const text = bytes.map(encodeHex).join("");
  assert.ok(text.includes(encodeHex(await hashToken(token))));
  assert.ok(!text.includes(encodeHex(token)));
});

Deno.test("an open server does not mind a token that is used up", async () => {
  await using server = await TestServer.open();
  const account = await makeAccount(server, "alice");
  const token = newToken(systemRandom);
  const { header } = await register(server, await server.handshake(), { account, token });
  assert.equal(header.kind, "login.registered");
});

Deno.test("SR-46: a name that is taken, or looks like one, is refused; the first of two at once wins", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice");
  for (const name of ["alice", "ALICE", "aIice", "ａlice"]) {
    const client = await server.handshake();
    const account = await makeAccount(server, name, 1);
    const { header } = await register(server, client, { account });
    assert.equal(header.code, "name-taken", name);
  }
  const both = await Promise.all([0, 1].map(async (which) => {
    const account = await makeAccount(server, "bob", which);
    return (await register(server, await server.handshake(), { account })).header;
  }));
  const codes = both.map(({ kind, code }) => kind === "failure" ? code : kind).sort();
  assert.deepEqual(codes, ["login.registered", "name-taken"]);
});

Deno.test("SR-46: names that could address something else or cannot be seen are refused with a reason", async () => {
  await using server = await TestServer.open();
  for (const name of ["", " a", "a:b", "#a", "@a", "-a", "a\u200bb", "аlice", "x".repeat(91)]) {
    const client = await server.handshake();
    const { header } = await client.ask("login.register-start", { name, opaque: OPAQUE });
    assert.equal(header.code, "name-refused", JSON.stringify(name));
    assert.match(String(header.message), /Name/);
  }
});

Deno.test("SR-03: registration refuses a certificate or roster entry that is not of this identity, device, name and server", async () => {
  await using server = await TestServer.open();
  const alice = await makeAccount(server, "alice");
  const bob = await makeAccount(server, "bob", 1);
  const mallory = { person: alice.person, device: await makeDevice(server, bob.person) };
  const cases = [
    { account: { ...alice, device: { ...alice.device, certificate: bob.device.certificate } } },
    { account: mallory },
    { account: alice, name: "carol" },
    { account: alice, device: bob.device.id },
  ];
  for (const { account, name = "alice", device = account.device.id } of cases) {
    const client = await server.handshake();
    const { request } = await startRegistration("any");
    await client.get("login.register-start", { name, opaque: request });
    const { sizes, payload } = await credentials(server, account);
    const code = await client.refused(
      "login.register-finish",
      { name, record: NO_PASSWORD, device, sizes },
      payload,
    );
    assert.ok(code === "device-refused" || code === "bad-message", code);
  }
  assert.equal((await server.parts.store.listAccounts({ limit: 10 })).total, 0);
});

Deno.test("a registration whose parts do not add up is refused", async () => {
  await using server = await TestServer.open();
  const account = await makeAccount(server, "alice");
  const { sizes, payload } = await credentials(server, account);
  for (const wrong of [[], [1, 2, 3], [...sizes, 0], sizes.map((size) => size + 1)]) {
    const client = await server.handshake();
    await client.get("login.register-start", { name: "alice", opaque: OPAQUE });
    const fields = { name: "alice", record: NO_PASSWORD, device: account.device.id, sizes: wrong };
    assert.equal(await client.refused("login.register-finish", fields, payload), "bad-message");
  }
});
