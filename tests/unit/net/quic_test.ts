/** QUIC between two sockets of this machine: pinning, streams, ends, floods, and a network that misbehaves. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { TransportError, TrustError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { makeSessionCertificate } from "../../../lib/crypto/session_certificate.ts";
import { Connection } from "../../../lib/net/connection.ts";
import { Flusher } from "../../../lib/net/flusher.ts";
import { type QuicPeer, QuicSocket } from "../../../lib/net/quic_socket.ts";
import { TimerWheel } from "../../../lib/net/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import { encodePacket, type Packet } from "../../../lib/protocol/packet.ts";
import { UdpFaultProxy } from "../../kit/udp_fault_proxy.ts";

const clock = systemClock;
const DIAL = { clock, timeoutMs: 20_000 };

async function openSocket(protocol = "heliograph-test/1") {
  const certificate = await makeSessionCertificate(systemRandom, clock.nowMs());
  const socket = QuicSocket.open({ clock, host: "127.0.0.1", protocol, identity: certificate });
  const peers: QuicPeer[] = [];
  const waiting: ((peer: QuicPeer) => void)[] = [];
  const accepting = socket.accept((peer) => {
    const wake = waiting.shift();
    if (wake === undefined) peers.push(peer);
    else wake(peer);
  });
  return {
    socket,
    hash: certificate.hash,
    place: { host: "127.0.0.1", port: socket.port },
    async next(): Promise<QuicPeer> {
      return peers.shift() ?? await new Promise<QuicPeer>((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      await socket.close({ atOnce: true });
      await accepting;
    },
  };
}

/** Two ends of one stream. The acceptor hears of it with the first byte. */
async function pair(
  near: { socket: QuicSocket },
  far: Awaited<ReturnType<typeof openSocket>>,
  port = far.socket.port,
) {
  const dialled = await near.socket.dial({ host: "127.0.0.1", port }, far.hash, DIAL);
  await dialled.stream.write(new Uint8Array([1]));
  const accepted = await far.next();
  equal(await accepted.stream.read(new Uint8Array(8)), 1);
  return { dialled, accepted };
}

function connect(peer: QuicPeer): Connection {
  return new Connection(peer.stream, {
    wheel: new TimerWheel(clock),
    flusher: new Flusher(clock),
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress: peer.remote.host,
  });
}

Deno.test("quic stream carries bytes both ways, and shows who dialled from which port", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  const { dialled, accepted } = await pair(near, far);
  deepEqual(accepted.remote, near.place);
  deepEqual(dialled.remote, far.place);
  await accepted.stream.write(new Uint8Array([7, 8, 9]));
  const small = new Uint8Array(2);
  equal(await dialled.stream.read(small), 2);
  deepEqual([...small], [7, 8]);
  equal(await dialled.stream.read(small), 1);
});

Deno.test("SR-76: quic dialler refuses every certificate but the pinned one, and the next dial works", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  const other = await makeSessionCertificate(systemRandom, clock.nowMs());
  // After a good one too: nothing of an earlier session stands in for the pin.
  await pair(near, far);
  await rejects(
    near.socket.dial(far.place, other.hash, DIAL),
    (error: unknown) => error instanceof TrustError && error.code === "peer-certificate",
  );
  await pair(near, far);
  equal(far.socket.refused, 1);
});

Deno.test("quic dialler of another language is refused", async () => {
  await using far = await openSocket("heliograph-test/1");
  await using near = await openSocket("heliograph-test/2");
  await rejects(near.socket.dial(far.place, far.hash, DIAL), TransportError);
});

Deno.test("quic dial of a port where nobody answers ends with the deadline", async () => {
  await using near = await openSocket();
  const { hash } = await makeSessionCertificate(systemRandom, clock.nowMs());
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = silent.addr as Deno.NetAddr;
    await rejects(
      near.socket.dial({ host: "127.0.0.1", port }, hash, { clock, timeoutMs: 50 }),
      (error: unknown) => error instanceof TransportError && error.code === "timed-out",
    );
  } finally {
    silent.close();
  }
});

Deno.test("quic sockets that dial each other at once meet in both directions", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  const [there, back] = await Promise.all([
    near.socket.dial(far.place, far.hash, DIAL),
    far.socket.dial(near.place, near.hash, DIAL),
  ]);
  await there.stream.write(new Uint8Array([1]));
  await back.stream.write(new Uint8Array([2]));
  deepEqual((await far.next()).remote, near.place);
  deepEqual((await near.next()).remote, far.place);
});

Deno.test("connection over QUIC that closes first loses nothing of what it has queued", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  const { dialled, accepted } = await pair(near, far);
  const [client, server] = [connect(dialled), connect(accepted)];
  const received: Packet[] = [];
  const running = [server.run((packet) => void received.push(packet)), client.run(() => {})];
  for (let i = 0; i < 64; i++) {
    client.send(encodePacket({ kind: "control", i }, new Uint8Array(15_000).fill(i)));
  }
  client.close("done");
  deepEqual(await server.closed, { kind: "peer-closed" });
  await Promise.all(running);
  equal(received.length, 64);
  ok(received.every(({ header, payload }) => payload.every((byte) => byte === header.i)));
});

Deno.test("connection over QUIC whose other side ended first still sends it everything", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  const { dialled, accepted } = await pair(near, far);
  const server = connect(accepted);
  for (let i = 0; i < 40; i++) {
    server.send(encodePacket({ kind: "control", i }, new Uint8Array(20_000)));
  }
  const running = server.run(() => {});
  await dialled.stream.closeWrite();
  let total = 0;
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await dialled.stream.read(buffer);
    if (count === null) break;
    total += count;
  }
  ok(total > 40 * 20_000);
  dialled.stream.close();
  await running;
});

Deno.test("connection over QUIC notices that its other side closed without a word", async () => {
  await using far = await openSocket();
  const near = await openSocket();
  const { dialled, accepted } = await pair(near, far);
  const server = connect(accepted);
  const running = server.run(() => {});
  dialled.stream.close();
  await near[Symbol.asyncDispose]();
  ok(["peer-closed", "failed"].includes((await running).kind));
});

Deno.test("connection over QUIC is whole and in order at 20 % loss, duplication and reordering", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  await using proxy = UdpFaultProxy.open(far.socket.port, { seed: 20 });
  proxy.misbehave();
  const { dialled, accepted } = await pair(near, far, proxy.port);
  const [client, server] = [connect(dialled), connect(accepted)];
  const received: Packet[] = [];
  const running = [server.run((packet) => void received.push(packet)), client.run(() => {})];
  for (let i = 0; i < 24; i++) {
    client.send(encodePacket({ kind: "control", i }, new Uint8Array(10_000).fill(i)));
  }
  client.close("done", 120_000);
  await server.closed;
  await Promise.all(running);
  deepEqual(received.map(({ header }) => header.i), [...Array(24).keys()]);
  ok(received.every(({ header, payload }) => payload.every((byte) => byte === header.i)));
  const { lost, doubled, reordered } = proxy.counts;
  ok(lost > 0 && doubled > 0 && reordered > 0, JSON.stringify(proxy.counts));
});

Deno.test("quic socket takes the next caller while others never finish their handshake", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  // Diallers that connect and open no stream, so that each holds a place until its deadline.
  const silent = await Promise.all(
    Array.from({ length: 4 }, () =>
      Deno.connectQuic<false>(
        {
          hostname: "127.0.0.1",
          port: far.socket.port,
          serverName: "silent.heliograph.internal",
          alpnProtocols: ["heliograph-test/1"],
          serverCertificateHashes: [{ algorithm: "sha-256", value: far.hash }],
        } as Deno.ConnectQuicOptions<false>,
      )),
  );
  await pair(near, far);
  for (const connection of silent) connection.close();
});
