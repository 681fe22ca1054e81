import assert from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { startLogin } from "../../../lib/crypto/keys/password.ts";
import {
  guess,
  makeAccount,
  makeDevice,
  type RawAccount,
  ready,
  registered,
  signAsDevice,
  signInAs,
} from "../../kit/raw_account.ts";
import { startLogging, stopLogging } from "../../../lib/server/config/logging.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

const PASSWORD = "correct horse";
const { request: OPAQUE } = await startLogin("any");

/** Begins a try and leaves it. */
const tryOnce = (client: RawClient, account: string) =>
  client.ask("login.start", { account, opaque: OPAQUE });

/** Signs in by password; with `account`, as its device. */
async function signIn(
  server: TestServer,
  account: RawAccount,
  options: { password?: string; asDevice?: boolean } = {},
): Promise<RawClient> {
  const client = await server.handshake();
  const name = account.person.accountName;
  const { finish } = await guess(client, name, options.password ?? PASSWORD);
  const device = options.asDevice !== true ? {} : {
    device: account.device.id,
    signature: await signAsDevice(client.handshake, account.person, account.device),
  };
  await client.get("login.finish", { ...finish, ...device });
  return client;
}

Deno.test("SR-38: a try is charged before the server answers, so leaving it does not help", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  for (const left of [2, 1, 0]) {
    const client = await server.handshake();
    const { header } = await tryOnce(client, "alice");
    assert.deepEqual([header.attemptsLeft, header.lockSeconds], [
      left,
      left === 0 ? 60 : undefined,
    ]);
    await client.close();
    await server.idle();
  }
  const { header } = await tryOnce(await server.handshake(), "alice");
  assert.equal(header.code, "locked");
  assert.equal(header.retryAfterSeconds, 60);
});

Deno.test("SR-38: a second try on one connection ends the first, which stays charged", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const client = await server.handshake();
  const first = await guess(client, "alice", PASSWORD);
  assert.equal((await tryOnce(client, "alice")).header.attemptsLeft, 1);
  assert.equal(await client.refused("login.finish", first.finish), "wrong-credentials");
});

Deno.test("SR-38: two tries of one source may be under way, the third waits; an ended connection frees its place", async () => {
  await using server = await TestServer.open({ loginAttempts: 10 });
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => server.handshake()));
  await tryOnce(first, "alice");
  await tryOnce(second, "alice");
  assert.equal((await tryOnce(third, "alice")).header.code, "too-many");
  await first.close();
  await server.clock.advance(0);
  assert.equal((await tryOnce(third, "alice")).header.kind, "login.challenge");
});

Deno.test("SR-38: a good password gives the charge back and tells how many tries failed", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const stranger = await server.handshake("192.0.2.9");
  for (let i = 0; i < 2; i++) await tryOnce(stranger, "alice");
  const client = await server.handshake("198.51.100.1");
  const { finish } = await guess(client, "alice", PASSWORD);
  assert.equal((await client.get("login.finish", finish)).failedTries, 2);
  const again = await server.handshake("198.51.100.1");
  assert.equal((await tryOnce(again, "alice")).header.attemptsLeft, 2);
});

Deno.test("SR-39: a proof is good once, on its own connection, for sixty seconds", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const client = await server.handshake();
  const { finish } = await guess(client, "alice", PASSWORD);
  const other = await server.handshake();
  assert.equal(await other.refused("login.finish", finish), "bad-message", "no try there");
  await client.get("login.finish", finish);
  assert.notEqual(await client.refused("login.finish", finish), "wrong-credentials", "signed in");
  const { state } = await server.parts.signIns.start("alice", "elsewhere", OPAQUE)
    .then(({ pending }) => pending);
  assert.ok(state.take() !== undefined && state.take() === undefined);
});

Deno.test("SR-39: a proof that comes later than sixty seconds is refused", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const client = await server.handshake();
  const { finish } = await guess(client, "alice", PASSWORD);
  // Only the clock that is read moves: the deadline of strangers would end the connection before.
  const { monotonicMs } = server.clock;
  server.clock.monotonicMs = () => monotonicMs.call(server.clock) + 60_001;
  assert.equal(await client.refused("login.finish", finish), "wrong-credentials");
});

Deno.test("SR-40: three wrong passwords lock the account, the right one then is refused with the time to wait", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const client = await server.handshake();
  for (const left of [2, 1, 0]) {
    const { challenge, finish } = await guess(client, "alice", "wrong");
    assert.equal(challenge.header.attemptsLeft, left);
    assert.equal(finish, undefined);
  }
  const { challenge: { header } } = await guess(client, "alice", PASSWORD);
  assert.equal(header.code, "locked");
  assert.equal(
    header.message,
    "Your account is blocked due to multiple login failures. Please try again later",
  );
  assert.equal(header.retryAfterSeconds, 60);
  await server.clock.advance(60_000);
  await signIn(server, await makeAccount(server, "alice"));
});

Deno.test("SR-40: a hundred networks guess, and the owner signs in by password where a device of theirs did", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  await (await ready(server, alice, "203.0.113.9")).close();
  for (let i = 0; i < 100; i++) {
    const guesser = await server.handshake(`198.51.${i}.7`);
    await tryOnce(guesser, "alice");
    await guesser.close();
  }
  const elsewhere = await tryOnce(await server.handshake("192.0.2.77"), "alice");
  assert.equal(elsewhere.header.code, "locked");
  const client = await server.handshake("203.0.113.200");
  const { finish } = await guess(client, "alice", PASSWORD);
  const { header } = await client.ask("login.finish", finish ?? {});
  assert.equal(header.kind, "login.done");
  assert.equal(header.failedTries, 77, "the others were refused before they learned anything");
});

Deno.test("SR-41: a known device signs in while the password is locked", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const stranger = await server.handshake();
  for (let i = 0; i < 3; i++) await tryOnce(stranger, "alice");
  assert.equal((await tryOnce(await server.handshake(), "alice")).header.code, "locked");
  const client = await server.handshake();
  const { header } = await signInAs(client, alice);
  assert.equal(header.kind, "login.device-done");
  assert.equal(header.failedTries, 3, "and is told of the tries, once");
  const again = await signInAs(await server.handshake(), alice);
  assert.equal(again.header.failedTries, 0);
});

Deno.test("SR-41: a device's proof is good for its own connection, account and device only", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice");
  const bob = await registered(server, "bob", { which: 1 });
  const client = await server.handshake();
  const other = await server.handshake();
  const signature = await signAsDevice(client.handshake, alice.person, alice.device);
  const fields = { account: "alice", device: alice.device.id, signature };
  assert.equal(await other.refused("login.device", fields), "device-refused", "replayed");
  const cases = [
    { ...fields, account: "bob" },
    { ...fields, device: bob.device.id },
    { ...fields, device: "0".repeat(32) },
    { ...fields, account: "nobody" },
    { ...fields, signature: encodeBase64(new Uint8Array(64)) },
    { ...fields, signature: "" },
    { ...fields, signature: await signAsDevice(client.handshake, alice.person, bob.device) },
  ];
  const answers = new Set<string>();
  for (const wrong of cases) {
    const { header: { request: _request, ...rest } } = await client.ask("login.device", wrong);
    answers.add(JSON.stringify(rest));
  }
  assert.equal(answers.size, 1, "unknown and known look the same");
  assert.match([...answers][0], /device-refused/);
  await client.get("login.device", fields);
});

Deno.test("SR-42: unknown, unreadable and known names get equal answers of equal length", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const answers: string[] = [];
  for (const name of ["alice", "zed", "nobody", "x:y", "", "a".repeat(1000)]) {
    const client = await server.handshake("192.0.2.1");
    for (const _ of [1, 2, 3]) {
      const { challenge: { header: { request: _request, ...rest } }, finish } = await guess(
        client,
        name,
        "wrong",
      ).catch(async () => ({ challenge: await tryOnce(client, name), finish: undefined }));
      assert.equal(finish, undefined);
      answers.push(JSON.stringify({ ...rest, opaque: String(rest.opaque).length }));
    }
    const { header: { request: _request, ...rest } } = await tryOnce(client, name);
    answers.push(JSON.stringify(rest));
    await client.close();
    await server.clock.advance(60_000);
  }
  const ofOne = answers.slice(0, 4);
  for (let i = 0; i < answers.length; i += 4) assert.deepEqual(answers.slice(i, i + 4), ofOne);
});

Deno.test("SR-42: the answer for an unknown name stays the same for one request", async () => {
  await using server = await TestServer.open({ loginAttempts: 50 });
  const elements = new Set<string>();
  for (const name of ["zed", "Zed", "ZED"]) {
    const client = await server.handshake();
    const { header } = await tryOnce(client, name);
    // The first 32 bytes are the evaluated element: by the server's key and the name's id alone.
    elements.add(String(header.opaque).slice(0, 42));
    await client.close();
    await server.idle();
  }
  assert.equal(elements.size, 1);
});

Deno.test("SR-43: a proof made over other nonces, another certificate or version is refused", async () => {
  await using server = await TestServer.open({ loginAttempts: 10 });
  await registered(server, "alice", { password: PASSWORD });
  const changes = [
    { clientNonce: new Uint8Array(32) },
    { serverNonce: new Uint8Array(32) },
    { version: 2 },
  ];
  for (const change of changes) {
    const client = await server.handshake();
    assert.ok(client.handshake);
    client.handshake = { ...client.handshake, ...change };
    const { finish } = await guess(client, "alice", PASSWORD);
    assert.equal(await client.refused("login.finish", finish), "wrong-credentials");
    await client.close();
    await server.idle();
  }
  const client = await server.handshake();
  const other = await TestServer.open();
  assert.ok(client.handshake);
  client.handshake = { ...client.handshake, certificate: other.keys.authority.certificate };
  const { finish } = await guess(client, "alice", PASSWORD);
  assert.equal(await client.refused("login.finish", finish), "wrong-credentials", "another CA");
  await other[Symbol.asyncDispose]();
});

Deno.test("SR-43: a good sign-in answers with the server's own proof", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const client = await server.handshake();
  const { finish } = await guess(client, "alice", PASSWORD);
  const { mac } = await client.get("login.finish", finish);
  assert.equal(atob(String(mac)).length, 32);
  assert.notEqual(mac, finish?.mac);
});

Deno.test("SR-03: the password alone gives a session that may link, recover or reset, and nothing else", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await signIn(server, alice);
  const { payload } = await client.ask("login.recovery-fetch");
  assert.equal(new TextDecoder().decode(payload), "sealed copy");
  for (
    const kind of [
      "relay.subscribe",
      "relay.send",
      "keys.publish",
      "keys.fetch",
      "keys.account",
      "roster.page",
      "relay.list",
      "video.list",
      "login.password-start",
      "login.logout",
    ]
  ) {
    assert.equal(await client.refused(kind), "not-linked", kind);
  }
  assert.equal(server.parts.presence.isOnline(alice.person.accountId), false);
  client.send({ kind: "relay.acknowledge", conversation: "0".repeat(64), seq: 1 });
  await client.ended;
});

Deno.test("SR-03: with the password, a public device id does not make the thief that device", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const thief = await makeDevice(server, alice.person);
  for (const signature of [undefined, "", "forged", "replayed"]) {
    const client = await server.handshake();
    const { finish } = await guess(client, "alice", PASSWORD);
    const text = signature === "forged"
      ? await signAsDevice(client.handshake, alice.person, { ...thief, id: alice.device.id })
      : signature === "replayed"
      ? await signAsDevice((await server.handshake()).handshake, alice.person, alice.device)
      : signature;
    const done = await client.get("login.finish", {
      ...finish,
      device: alice.device.id,
      ...(text === undefined ? {} : { signature: text }),
    });
    assert.equal(done.linked, false);
    assert.equal(await client.refused("relay.subscribe"), "not-linked");
  }
});

Deno.test("SR-03: with the password, a public certificate does not link the thief as that device", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await signIn(server, alice);
  const thief = await makeDevice(server, alice.person);
  const signature = await signAsDevice(client.handshake, alice.person, {
    ...thief,
    id: alice.device.id,
  });
  assert.equal(
    await client.refused(
      "login.link-device",
      { device: alice.device.id, signature },
      alice.device.certificate,
    ),
    "device-refused",
  );
  assert.equal(await client.refused("relay.subscribe"), "not-linked");
});

Deno.test("SR-03: a device that another identity certified is not linked", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await signIn(server, alice);
  const mallory = await makeAccount(server, "alice", 3);
  const { id, certificate } = mallory.device;
  const signature = await signAsDevice(client.handshake, mallory.person, mallory.device);
  const fields = { device: id, signature };
  assert.equal(await client.refused("login.link-device", fields, certificate), "device-refused");
  assert.equal((await server.parts.store.listDevices(alice.person.accountId)).length, 1);
});

Deno.test("a device with the account's identity is linked and is ready at once", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await signIn(server, alice);
  const device = await makeDevice(server, alice.person);
  const signature = await signAsDevice(client.handshake, alice.person, device);
  await client.get("login.link-device", { device: device.id, signature }, device.certificate);
  await client.get("relay.subscribe");
  await (await ready(server, { ...alice, device })).close();
});

Deno.test("the sessions of a server are numbered", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice");
  const numbers: unknown[] = [];
  for (const _ of [1, 2, 3]) {
    numbers.push((await signInAs(await server.handshake(), alice)).header.session);
  }
  assert.deepEqual(numbers, [1, 2, 3]);
});

Deno.test("S3.10: each wrong password is logged with its count, and a name that nobody has is not", async () => {
  await using server = await TestServer.open();
  await registered(server, "obiwan");
  const lines: string[] = [];
  startLogging({ format: "json", level: "info", write: (line) => lines.push(line) });
  try {
    const client = await server.handshake();
    for (const name of ["obiwan", "obiwan", "obiwan", "hunter2"]) {
      await guess(client, name, "wrong");
    }
    await client.close();
    await server.idle();
  } finally {
    stopLogging();
  }
  const failures = lines.map((line) => JSON.parse(line)).filter(({ event }) =>
    event === "auth.fail"
  );
  assert.deepEqual(failures.map(({ account, count }) => [account, count]), [
    ["obiwan", "1/3"],
    ["obiwan", "2/3"],
    ["obiwan", "3/3"],
    [undefined, "1/3"],
  ]);
});
