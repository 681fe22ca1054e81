/** Connections over real sockets and a network that misbehaves. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import type { CloseReason } from "../../../../lib/net/connections/close_reason.ts";
import { Connection } from "../../../../lib/net/connections/connection.ts";
import { dialPlain } from "../../../../lib/net/dialling/dial.ts";
import { Flusher } from "../../../../lib/net/connections/flusher.ts";
import { TimerWheel } from "../../../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../../lib/protocol/limits.ts";
import { encodePacket, type Packet } from "../../../../lib/protocol/packet.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { FaultProxy } from "../../../kit/fault_proxy.ts";

/** A client behind a fault proxy and the server's side of its connection, on one false clock. */
async function testLine() {
  const clock = new FakeClock();
  const shared = { wheel: new TimerWheel(clock), flusher: new Flusher(clock) };
  const options = { ...shared, limits: SIGNED_IN_PACKET_LIMITS, remoteAddress: "127.0.0.1" };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = FaultProxy.open(listener.addr.port);
  const accepting = listener.accept();
  const { stream } = await dialPlain(
    { host: "127.0.0.1", port: proxy.port },
    { clock: systemClock, timeoutMs: 10_000 },
  );
  const client = new Connection(stream, options);
  const server = new Connection(await accepting, options);
  listener.close();
  const received: Packet[] = [];
  const ended: Promise<CloseReason>[] = [
    server.run((packet) => void received.push(packet)),
    client.run(() => {}),
  ];
  return {
    clock,
    proxy,
    client,
    server,
    received,
    async [Symbol.asyncDispose]() {
      await Promise.all([client.close("done", 0), server.close("done", 0)]);
      await Promise.all(ended);
      await proxy.close();
      equal(clock.pendingTimers, 0);
    },
  };
}

Deno.test("connection over TCP carries a megabyte in both lanes, whole and in order", async () => {
  await using line = await testLine();
  const { client, server, received } = line;
  for (let i = 0; i < 8; i++) {
    client.send(encodePacket({ kind: "bulk", i }, new Uint8Array(32_000).fill(i)), "bulk", {
      droppable: false,
    });
    client.send(encodePacket({ kind: "control", i }, new Uint8Array(60_000).fill(i)));
  }
  client.close("done");
  deepEqual(await server.closed, { kind: "peer-closed" });
  for (const kind of ["bulk", "control"]) {
    const ofKind = received.filter((packet) => packet.header.kind === kind);
    deepEqual(ofKind.map((packet) => packet.header.i), [0, 1, 2, 3, 4, 5, 6, 7]);
    ok(ofKind.every((packet, i) => packet.payload.every((byte) => byte === i)));
  }
});

Deno.test("connection over TCP says that it was cut when the line breaks inside a packet", async () => {
  await using line = await testLine();
  line.proxy.toServer.cutAfterBytes = 5000;
  line.client.send(encodePacket({}, new Uint8Array(60_000)));
  const reason = await line.server.closed;
  ok(reason.kind === "cut" || reason.kind === "failed", reason.kind);
  if (reason.kind === "cut") equal(reason.sizeBytes, 60_008);
  deepEqual(line.received, []);
});

Deno.test("connection over TCP ends with a protocol error when a length is corrupted", async () => {
  await using line = await testLine();
  line.proxy.toServer.corruptAtByte = 0;
  line.client.send(encodePacket({ kind: "chat" }));
  line.client.close("done");
  const reason = await line.server.closed;
  ok(reason.kind === "protocol-error" && reason.error.code === "packet-too-long", reason.kind);
});

Deno.test("connection over TCP drops pictures and keeps memory bounded when the receiver stalls", async () => {
  await using line = await testLine();
  line.proxy.toServer.stalled = true;
  const picture = encodePacket({ kind: "video.frame" }, new Uint8Array(32_000));
  while (line.client.droppedPackets === 0) {
    line.client.send(picture, "bulk");
    await line.clock.advance(0);
  }
  ok(line.client.bulkBytes <= 256 * 1024);
  await line.clock.advance(12_000);
  const reason = await line.client.closed;
  ok(reason.kind === "slow-consumer" && reason.stalled, reason.kind);
});
