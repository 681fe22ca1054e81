import assert from "node:assert/strict";
import {
  AUTH_DEADLINE_MS,
  DROP_AFTER_SILENCE_MS,
  HANDSHAKE_DEADLINE_MS,
  LINGER_MS,
  PING_AFTER_SILENCE_MS,
  STRANGER_PACKET_MAX_BYTES,
} from "../../../lib/protocol/limits.ts";
import { HOP_NOTICES, HOP_REQUESTS } from "../../../lib/protocol/hop/mod.ts";
import { makeAccount, ready, register, registered } from "../../kit/raw_account.ts";
import { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";
import { settle } from "../../kit/clock.ts";

Deno.test("a connection that says nothing is closed after ten seconds", async () => {
  await using server = await TestServer.open();
  const client = server.connect();
  await server.clock.advance(HANDSHAKE_DEADLINE_MS - 1);
  assert.equal(client.isEnded, false);
  await server.clock.advance(1);
  await client.ended;
});

Deno.test("a stranger who does not sign in is closed thirty seconds after hello", async () => {
  await using server = await TestServer.open();
  const client = await server.handshake();
  await server.clock.advance(AUTH_DEADLINE_MS - 1);
  assert.equal(client.isEnded, false);
  await server.clock.advance(1);
  await client.ended;
});

Deno.test("a stranger's deadline counts from when they connected, and is counted when it is missed", async () => {
  await using server = await TestServer.open();
  const acceptedAtMs = server.clock.monotonicMs();
  await server.clock.advance(4000);
  const client = new RawClient(server.serve("192.0.2.1", acceptedAtMs).far);
  await server.clock.advance(HANDSHAKE_DEADLINE_MS - 4001);
  assert.deepEqual([client.isEnded, server.host.overdue], [false, 0]);
  await server.clock.advance(1);
  await client.ended;
  assert.equal(server.host.overdue, 1);
  const waiting = await server.handshake();
  await server.clock.advance(AUTH_DEADLINE_MS);
  await waiting.ended;
  assert.equal(server.host.overdue, 2);
});

Deno.test("a stranger who is told to go and stays is ended at the deadline all the same", async () => {
  await using server = await TestServer.open();
  const link = server.serve();
  await server.clock.advance(HANDSHAKE_DEADLINE_MS - 500);
  // No packet: the server says so, and waits for the other side's end, which does not come.
  await link.far.write(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
  await link.far.read(new Uint8Array(1000));
  assert.equal(server.parts.sessions.count, 1);
  await server.clock.advance(500);
  assert.equal(server.parts.sessions.count, 0);
  link.far.close();
});

Deno.test("a session that signed in stays open, is pinged after a silence and dropped after a long one", async () => {
  await using server = await TestServer.open();
  const client = await ready(server, await registered(server, "alice"));
  await server.clock.advance(PING_AFTER_SILENCE_MS + 2000);
  await client.next("server.ping");
  client.send({ kind: "server.pong" });
  await settle();
  await server.clock.advance(PING_AFTER_SILENCE_MS + 2000);
  await client.next("server.ping");
  assert.equal(client.isEnded, false);
  await server.clock.advance(DROP_AFTER_SILENCE_MS);
  await client.ended;
  assert.equal(server.parts.sessions.count, 0);
});

Deno.test("a ping is answered in any state", async () => {
  await using server = await TestServer.open();
  const client = server.connect();
  client.send({ kind: "server.ping" });
  await client.next("server.pong");
});

for (const kind of ["login.start", "relay.subscribe", "no.such.request"]) {
  Deno.test(`a first request ${kind} instead of hello is refused and ends the connection`, async () => {
    await using server = await TestServer.open();
    const client = server.connect();
    const { header } = await client.ask(kind);
    assert.equal(header.kind, "failure");
    await client.ended;
    assert.deepEqual(client.waiting, []);
  });
}

Deno.test("SR-43: a client of another version is told the server's versions and closed", async () => {
  await using server = await TestServer.open();
  const client = server.connect();
  const nonce = btoa("n".repeat(32));
  const hello = { versions: { min: 3, max: 4 }, program: "new", nonce };
  const { header } = await client.ask("hello", hello);
  assert.equal(header.code, "unsupported-version");
  assert.deepEqual(header.versions, { min: 1, max: 2 });
  assert.match(
    String(header.message),
    /^The server is too old for this program: .*this program 3 to 4/,
  );
  await client.ended;
  const old = server.connect();
  const answer = await old.ask("hello", { ...hello, versions: { min: 0, max: 0 } });
  assert.equal(answer.header.code, "unsupported-version");
  assert.match(String(answer.header.message), /^This program is too old for the server: update it/);
  await old.ended;
});

Deno.test("a hello with a nonce of another length, or a second hello, is refused", async () => {
  await using server = await TestServer.open();
  const short = server.connect();
  const versions = { min: 1, max: 1 };
  assert.equal(
    await short.refused("hello", { versions, program: "raw", nonce: btoa("short") }),
    "bad-message",
  );
  await short.ended;
  const client = await server.handshake();
  assert.equal(
    await client.refused("hello", { versions, program: "raw", nonce: btoa("n".repeat(32)) }),
    "bad-message",
  );
  assert.equal(client.isEnded, false);
});

Deno.test("nonces of the server are never the same", async () => {
  await using server = await TestServer.open();
  const seen = new Set<string>();
  for (let i = 0; i < 5; i++) {
    const { serverNonce } = await server.connect().hello();
    seen.add(serverNonce.toString());
  }
  assert.equal(seen.size, 5);
});

Deno.test("SR-03: a stranger may ask for nothing but hello and what signs in", async () => {
  await using server = await TestServer.open();
  const forStrangers = [
    "hello",
    "login.register-start",
    "login.register-finish",
    "login.start",
    "login.finish",
    "login.device",
  ];
  for (const kind of Object.keys(HOP_REQUESTS)) {
    if (forStrangers.includes(kind)) continue;
    const client = await server.handshake();
    assert.equal(await client.refused(kind), "not-signed-in", kind);
    await client.close();
  }
});

Deno.test("a stranger's notice other than ping and pong ends the connection", async () => {
  await using server = await TestServer.open();
  for (const kind of Object.keys(HOP_NOTICES)) {
    if (kind.startsWith("server.")) continue;
    const client = await server.handshake();
    client.send({ kind });
    const { header } = await client.next("failure");
    assert.equal(header.code, "bad-message");
    await client.ended;
  }
});

Deno.test("an unknown request is refused, an unknown notice ends the connection", async () => {
  await using server = await TestServer.open();
  const client = await ready(server, await registered(server, "alice"));
  for (const kind of ["no.such", "toString", "__proto__", "constructor", ""]) {
    assert.equal(await client.refused(kind), "bad-message", kind);
  }
  client.send({ kind: "constructor" });
  await client.next("failure");
  await client.ended;
});

for (
  const [what, header] of [
    ["without a kind", { request: 1 }],
    ["whose kind is a number", { kind: 7, request: 1 }],
    ["whose request is a fraction", { kind: "hello", request: 1.5 }],
    ["whose request is a text", { kind: "hello", request: "1" }],
    ["whose request is null", { kind: "hello", request: null }],
  ] as const
) {
  Deno.test(`a packet ${what} ends the connection with one failure`, async () => {
    await using server = await TestServer.open();
    const client = await server.handshake();
    client.send(header);
    const { header: failure } = await client.next("failure");
    assert.equal(failure.code, "bad-message");
    await client.ended;
  });
}

Deno.test("garbage ends the connection and disturbs nobody else", async () => {
  await using server = await TestServer.open();
  const other = await ready(server, await registered(server, "alice"));
  const noise = [
    [0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 10, 0, 9, 1, 2, 3, 4],
    [0, 0, 0, 4, 0, 2, 0x5b, 0x5d],
    [0, 0, 0, 4, 0, 2, 0xff, 0xfe],
    [...new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
  ];
  for (const bytes of noise) {
    const client = server.connect();
    client.write(Uint8Array.from(bytes));
    await client.next("failure");
    await client.ended;
  }
  await other.get("keys.count");
  assert.equal(server.parts.sessions.count, 1);
});

Deno.test("a stranger's packet of 4 KiB is read, one byte more ends the connection", async () => {
  await using server = await TestServer.open();
  const packet = (lengthBytes: number) => {
    const bytes = new Uint8Array(4 + lengthBytes);
    const header = JSON.stringify({ kind: "keys.count", request: 1 });
    new DataView(bytes.buffer).setUint32(0, lengthBytes);
    new DataView(bytes.buffer).setUint16(4, header.length);
    bytes.set(new TextEncoder().encode(header), 6);
    return bytes;
  };
  const client = await server.handshake();
  client.write(packet(STRANGER_PACKET_MAX_BYTES));
  assert.equal((await client.next("failure")).header.code, "not-signed-in");
  client.write(packet(STRANGER_PACKET_MAX_BYTES + 1));
  assert.equal((await client.next("failure")).header.code, "bad-message");
  await client.ended;
});

Deno.test("registering raises the limit of packets, once the name is accepted", async () => {
  await using server = await TestServer.open();
  const client = await server.handshake();
  const account = await makeAccount(server, "alice");
  const answer = await register(server, client, { account });
  assert.equal(answer.header.kind, "login.registered");

  const stranger = await server.handshake();
  stranger.send({ kind: "login.register-finish", request: 1 }, new Uint8Array(8000));
  assert.equal((await stranger.next("failure")).header.code, "bad-message");
  await stranger.ended;
});

Deno.test("a stranger may make 32 requests and not one more", async () => {
  await using server = await TestServer.open();
  const client = await server.handshake();
  for (let i = 0; i < 31; i++) await client.refused("keys.count");
  client.send({ kind: "keys.count", request: 99 });
  assert.equal((await client.next("failure")).header.code, "bad-message");
  await client.ended;
});

Deno.test("unknown fields are refused without repeating them", async () => {
  await using server = await TestServer.open();
  const client = await ready(server, await registered(server, "alice"));
  const { header } = await client.ask("keys.count", { [`x${"y".repeat(5000)}`]: 1 });
  assert.equal(header.code, "bad-message");
  assert.ok(String(header.message).length < 200);
});

Deno.test("server that closes tells its clients why and when to come back", async () => {
  await using server = await TestServer.open();
  const clients = [server.connect(), await ready(server, await registered(server, "alice"))];
  const closing = server.host.close("Update", 8000);
  const delays: number[] = [];
  for (const client of clients) {
    const { header } = await client.next("server.going-away");
    assert.equal(header.reason, "Update");
    delays.push(Number(header.reconnectAfterMs));
    await client.ended;
  }
  await closing;
  assert.ok(delays.every((ms) => ms >= 500 && ms <= 2500));
  assert.equal(server.parts.sessions.count, 0);
});

Deno.test("server that closes does not wait longer than its drain for a client that does not read", async () => {
  await using server = await TestServer.open();
  const { link } = server.dial();
  link.toFar.setStalled(true);
  const closing = server.host.close("Update", 8000);
  await server.clock.advance(8000 + LINGER_MS + 1000);
  await closing;
  await server.idle();
});
