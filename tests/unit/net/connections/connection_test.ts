import { deepEqual, equal, ok } from "node:assert/strict";
import { ProtocolError } from "../../../../lib/base/errors.ts";
import { STRANGER_PACKET_LIMITS } from "../../../../lib/protocol/limits.ts";
import { encodePacket, PacketDecoder } from "../../../../lib/protocol/packet.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../../lib/protocol/limits.ts";
import { closeError } from "../../../../lib/net/connections/close_reason.ts";
import { settle } from "../../../kit/clock.ts";
import { readSome, testConnection, writeAll } from "../../../kit/connections.ts";

const KIB = 1024;

function kinds(bytes: Uint8Array | null): unknown[] {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  decoder.push(bytes ?? new Uint8Array(0));
  const found = [];
  for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
    found.push(next.header.kind);
  }
  return found;
}

Deno.test("connection hands packets to its handler in order, one after the other", async () => {
  const release: (() => void)[] = [];
  const { link, received } = testConnection({
    onPacket: () => new Promise((resolve) => release.push(resolve)),
  });
  await writeAll(link.far, encodePacket({ kind: "a" }));
  await writeAll(link.far, encodePacket({ kind: "b" }));
  await settle();
  deepEqual(received.map((packet) => packet.header.kind), ["a"]);
  release[0]();
  await settle();
  deepEqual(received.map((packet) => packet.header.kind), ["a", "b"]);
  release[1]();
  link.far.close();
});

Deno.test("connection does not read while a handler is busy", async () => {
  const { link } = testConnection({ onPacket: () => new Promise(() => {}) });
  const packet = encodePacket({}, new Uint8Array(4000));
  for (let i = 0; i < 10; i++) await writeAll(link.far, packet);
  await settle();
  ok(link.toFar.waitingBytes === 0);
  ok(link.toNear.waitingBytes > 30_000, `${link.toNear.waitingBytes} bytes unread`);
  link.cut();
});

Deno.test("connection joins all packets of one turn in one write", async () => {
  const { link, connection } = testConnection();
  const writes: number[] = [];
  link.toFar.onBytes = (bytes) => writes.push(bytes.length);
  const packet = encodePacket({ kind: "a" });
  for (let i = 0; i < 5; i++) equal(connection.send(packet), true);
  await settle();
  deepEqual(writes, [5 * packet.length]);
  link.cut();
});

Deno.test("connection closes when the other side closes between packets", async () => {
  const { link, connection } = testConnection();
  await writeAll(link.far, encodePacket({}));
  link.far.close();
  deepEqual(await connection.closed, { kind: "peer-closed" });
});

Deno.test("connection says that it was cut when the other side closes inside a packet", async () => {
  const { link, connection } = testConnection();
  await writeAll(link.far, encodePacket({}, new Uint8Array(100)).subarray(0, 20));
  link.far.close();
  deepEqual(await connection.closed, { kind: "cut", receivedBytes: 20, sizeBytes: 108 });
});

Deno.test("connection says that it failed when the line breaks", async () => {
  const { link, connection } = testConnection();
  await settle();
  link.cut();
  const reason = await connection.closed;
  equal(reason.kind, "failed");
  equal(closeError(reason).code, "connection-lost");
  equal(connection.send(encodePacket({})), false);
});

Deno.test("connection still sends what is queued to a peer that has only stopped writing", async () => {
  const { link, connection } = testConnection();
  connection.send(encodePacket({ kind: "late" }));
  await link.far.closeWrite();
  deepEqual(await connection.closed, { kind: "peer-closed" });
  deepEqual(kinds(await readSome(link.far)), ["late"]);
});

Deno.test("connection sends what is queued when it is closed, and waits for the other side's end", async () => {
  const { link, connection } = testConnection();
  connection.send(encodePacket({ kind: "bye" }));
  const closed = connection.close("server-going-away");
  equal(connection.send(encodePacket({ kind: "too-late" })), false);
  deepEqual(kinds(await readSome(link.far)), ["bye"]);
  equal(await readSome(link.far), null);
  link.far.close();
  deepEqual(await closed, { kind: "closed", why: "server-going-away" });
});

Deno.test("connection does not destroy its last packet when the other side has sent more", async () => {
  const { link, connection, clock } = testConnection();
  connection.send(encodePacket({ kind: "failure" }));
  connection.close("kicked");
  connection.close("second reason is not taken");
  await writeAll(link.far, encodePacket({ kind: "unread" }));
  await clock.advance(4_000);
  deepEqual(kinds(await readSome(link.far)), ["failure"]);
  deepEqual(await connection.closed, { kind: "closed", why: "kicked" });
});

Deno.test("connection cuts what a receiver that stopped reading leaves when its drain deadline passes", async () => {
  const { link, connection, clock } = testConnection();
  const packet = encodePacket({}, new Uint8Array(50 * KIB));
  for (let i = 0; i < 10; i++) connection.send(packet);
  let reason: unknown;
  connection.close("done", 5_000).then((given) => reason = given);
  await clock.advance(4_000);
  equal(reason, undefined);
  await clock.advance(2_000);
  deepEqual(reason, { kind: "closed", why: "done" });
  equal(clock.pendingTimers, 0);
  link.far.close();
});

Deno.test("connection closes at once when asked to drain for no time", async () => {
  const { connection } = testConnection();
  connection.send(encodePacket({}));
  deepEqual(await connection.close("abort", 0), { kind: "closed", why: "abort" });
});

Deno.test("connection that is closing is ended at once when there is no time any more, and keeps its reason", async () => {
  const { link, connection } = testConnection();
  const closing = connection.close("polite");
  await settle();
  equal(connection.isOpen, false);
  connection.close("abort", 0);
  deepEqual(await closing, { kind: "closed", why: "polite" });
  connection.close("again", 0);
  link.far.close();
});

Deno.test("connection refuses a packet over the limit with a farewell, then closes", async () => {
  const { link, connection, received } = testConnection({
    limits: STRANGER_PACKET_LIMITS,
    farewell: (error) => encodePacket({ kind: "failure", code: error.code }),
  });
  await writeAll(link.far, encodePacket({ kind: "ok" }));
  await writeAll(link.far, encodePacket({ kind: "large" }, new Uint8Array(5000)));
  deepEqual(kinds(await readSome(link.far)), ["failure"]);
  link.far.close();
  const reason = await connection.closed;
  ok(reason.kind === "protocol-error" && reason.error.code === "packet-too-long");
  deepEqual(received.map((packet) => packet.header.kind), ["ok"]);
});

Deno.test("connection takes larger packets once its handler has raised the limits", async () => {
  const { link, connection, received } = testConnection({
    limits: STRANGER_PACKET_LIMITS,
    onPacket: (packet, connection) => {
      if (packet.header.kind === "login") connection.setLimits(SIGNED_IN_PACKET_LIMITS);
    },
  });
  const login = encodePacket({ kind: "login" });
  const large = encodePacket({ kind: "large" }, new Uint8Array(500 * KIB));
  await writeAll(link.far, new Uint8Array([...login, ...large]));
  link.far.close();
  deepEqual(await connection.closed, { kind: "peer-closed" });
  deepEqual(received.map((packet) => packet.payload.length), [0, 500 * KIB]);
});

Deno.test("connection treats a ProtocolError of its handler as one of its own", async () => {
  const { link, connection } = testConnection({
    onPacket: () => {
      throw new ProtocolError("bad-message", "Cannot read chat: field /to is wrong");
    },
  });
  await writeAll(link.far, encodePacket({}));
  await settle();
  link.far.close();
  const reason = await connection.closed;
  ok(reason.kind === "protocol-error" && reason.error.code === "bad-message");
});

Deno.test("connection ends alone when its handler breaks", async () => {
  const { link, connection } = testConnection({
    onPacket: () => Promise.reject(new RangeError("bug in a route")),
  });
  await writeAll(link.far, encodePacket({}));
  await settle();
  link.far.close();
  equal((await connection.closed).kind, "handler-failed");
});

Deno.test("connection pings after 60 s of silence and drops the other side after 150 s", async () => {
  let pings = 0;
  const { connection, clock } = testConnection({ onSilence: () => pings++ });
  await clock.advance(59_000);
  equal(pings, 0);
  await clock.advance(2_000);
  equal(pings, 1);
  await clock.advance(60_000);
  equal(pings, 2);
  await clock.advance(28_000);
  ok(connection.isOpen);
  await clock.advance(2_000);
  const reason = await connection.closed;
  ok(reason.kind === "silent" && reason.silentMs >= 150_000);
  equal(clock.pendingTimers, 0);
});

Deno.test("connection stays while the other side answers pings", async () => {
  const pong = encodePacket({ kind: "pong" });
  const { connection, clock, link } = testConnection({
    onSilence: () => void writeAll(link.far, pong),
  });
  await clock.advance(400_000);
  ok(connection.isOpen);
  link.cut();
});

Deno.test("connection drops a slow loris that never completes its packet, and holds no more than came", async () => {
  const { connection, clock, link } = testConnection();
  const announced = encodePacket({}, new Uint8Array(1000 * KIB));
  for (let at = 0; at < 62; at++) {
    await writeAll(link.far, announced.subarray(at, at + 1));
    await clock.advance(1_000);
    ok(connection.isOpen, `closed after ${at} s`);
  }
  await clock.advance(3_000);
  const reason = await connection.closed;
  deepEqual(reason, { kind: "slow-sender", receivedBytes: 62, sizeBytes: 1000 * KIB + 8 });
});

Deno.test("connection gives a small packet ten seconds, counted from its first byte", async () => {
  const { connection, clock, link } = testConnection();
  await clock.advance(30_000);
  await writeAll(link.far, encodePacket({}).subarray(0, 3));
  await clock.advance(9_900);
  ok(connection.isOpen);
  await clock.advance(1_100);
  deepEqual(await connection.closed, { kind: "slow-sender", receivedBytes: 3 });
});

Deno.test("connection lets a trickling sender finish that keeps its pace", async () => {
  const { connection, clock, link, received } = testConnection();
  link.toNear.readAtMostBytes = 3000;
  const packet = encodePacket({}, new Uint8Array(900 * KIB));
  for (let second = 0; second < 50; second++) {
    await writeAll(link.far, packet.subarray(second * 20_000, (second + 1) * 20_000));
    await clock.advance(1_000);
  }
  equal(received.length, 1);
  ok(connection.isOpen);
  link.cut();
});

Deno.test("connection does not count its own slow handler as the other side's silence", async () => {
  let release = () => {};
  const { connection, clock, link } = testConnection({
    onPacket: () => new Promise<void>((resolve) => release = resolve),
  });
  const packet = encodePacket({});
  await writeAll(link.far, new Uint8Array([...packet, ...packet.subarray(0, 4)]));
  await clock.advance(200_000);
  release();
  await clock.advance(9_000);
  ok(connection.isOpen);
  await writeAll(link.far, packet.subarray(4));
  await clock.advance(20_000);
  ok(connection.isOpen);
  link.cut();
});

Deno.test("connection cuts a receiver whose control lane passes 1 MiB", async () => {
  const { connection, link } = testConnection();
  const packet = encodePacket({}, new Uint8Array(64 * KIB - 8));
  for (let i = 0; i < 16; i++) equal(connection.send(packet), true);
  equal(connection.controlBytes, 1024 * KIB);
  equal(connection.send(encodePacket({})), false);
  deepEqual(await connection.closed, {
    kind: "slow-consumer",
    queuedBytes: 1024 * KIB + 8,
    stalled: false,
  });
  link.far.close();
});

Deno.test("connection cuts a receiver that takes nothing for ten seconds", async () => {
  const { connection, clock, link } = testConnection();
  await clock.advance(7_500);
  const packet = encodePacket({}, new Uint8Array(60 * KIB));
  connection.send(packet);
  connection.send(packet);
  await clock.advance(10_000);
  ok(connection.isOpen);
  await clock.advance(1_500);
  const reason = await connection.closed;
  ok(reason.kind === "slow-consumer" && reason.stalled, reason.kind);
  link.far.close();
});

Deno.test("connection keeps a receiver that reads slowly but does read", async () => {
  const { connection, clock, link } = testConnection();
  const packet = encodePacket({}, new Uint8Array(60 * KIB));
  for (let i = 0; i < 10; i++) connection.send(packet);
  for (let second = 0; second < 60; second += 6) {
    await clock.advance(6_000);
    await link.far.read(new Uint8Array(KIB));
  }
  ok(connection.isOpen);
  link.cut();
});

Deno.test("connection with pauseReading stops reading a client that does not fetch its answers", async () => {
  const answer = encodePacket({}, new Uint8Array(60 * KIB));
  const { link, received } = testConnection({
    pauseReading: true,
    onPacket: (_packet, connection) => void connection.send(answer),
  });
  const request = encodePacket({ kind: "history" });
  for (let i = 0; i < 50; i++) await writeAll(link.far, request);
  await settle();
  // 64 KiB are in the link's window, 256 KiB may wait, one more answer goes over that.
  equal(received.length, 6);
  for (let taken = 0; taken < 50 * answer.length;) {
    taken += (await readSome(link.far))?.length ?? 0;
  }
  await settle();
  equal(received.length, 50);
  link.cut();
});
