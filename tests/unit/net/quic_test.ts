/** QUIC between two sockets of this machine: pinning, streams, ends, floods, and a network that misbehaves. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { TransportError, TrustError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Authority } from "../../../lib/crypto/certificates/authority.ts";
import { makeSessionCertificate } from "../../../lib/crypto/certificates/session_certificate.ts";
import { AdmissionControl } from "../../../lib/net/listening/admission.ts";
import { Connection } from "../../../lib/net/connections/connection.ts";
import { Flusher } from "../../../lib/net/connections/flusher.ts";
import {
  MAX_QUIC_HANDSHAKES,
  type QuicArrival,
  type QuicIdentity,
  type QuicPeer,
  QuicSocket,
} from "../../../lib/net/quic/quic_socket.ts";
import { TimerWheel } from "../../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import { encodePacket, type Packet } from "../../../lib/protocol/packet.ts";
import { UdpFaultProxy } from "../../kit/udp_fault_proxy.ts";

const clock = systemClock;
const DIAL = { clock, timeoutMs: 20_000 };

async function openSocket(
  { protocol = "heliograph-test/1", identity, desk }: {
    protocol?: string;
    identity?: QuicIdentity;
    desk?: AdmissionControl;
  } = {},
) {
  const certificate = await makeSessionCertificate(systemRandom, clock.nowMs());
  const shown = { identity: identity ?? certificate };
  const socket = QuicSocket.open({ clock, host: "127.0.0.1", protocol, ...shown });
  const peers: QuicArrival[] = [];
  const waiting: ((peer: QuicArrival) => void)[] = [];
  const accepting = socket.accept((peer) => {
    const wake = waiting.shift();
    if (wake === undefined) peers.push(peer);
    else wake(peer);
  }, desk);
  return {
    socket,
    hash: certificate.hash,
    place: { host: "127.0.0.1", port: socket.port },
    async next(): Promise<QuicArrival> {
      return peers.shift() ?? await new Promise<QuicArrival>((resolve) => waiting.push(resolve));
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
  const dialled = await near.socket.dial({ host: "127.0.0.1", port }, { leaf: far.hash }, DIAL);
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
    near.socket.dial(far.place, { leaf: other.hash }, DIAL),
    (error: unknown) => error instanceof TrustError && error.code === "peer-certificate",
  );
  await pair(near, far);
  equal(far.socket.refused, 1);
});

/** Somebody who shows a leaf of an authority of their own. */
async function openAuthority(desk?: AdmissionControl) {
  const facts = { nowMs: clock.nowMs(), random: systemRandom };
  const { authority, files } = await Authority.create(facts);
  const { chain, privateKey } = await authority.issueLeaf(facts);
  const identity = { certificatePem: chain, privateKeyPem: privateKey };
  const opened = await openSocket({ identity, ...(desk && { desk }) });
  return { ...opened, pin: { authority: files.certificate } };
}

Deno.test("SR-78: quic dialler takes whoever the pinned authority vouches for and nobody else, after a session too", async () => {
  await using julia = await openAuthority();
  await using mallory = await openAuthority();
  await using near = await openSocket();
  const talk = async (far: typeof julia) => {
    const { stream } = await near.socket.dial(far.place, far.pin, DIAL);
    await stream.write(new Uint8Array([1]));
    const accepted = await far.next();
    // The tickets of a session come with the first bytes from there.
    await accepted.stream.write(new Uint8Array([2]));
    equal(await stream.read(new Uint8Array(8)), 1);
  };
  await talk(julia);
  for (let round = 0; round < 2; round++) {
    await talk(mallory);
    await rejects(
      near.socket.dial(mallory.place, julia.pin, DIAL),
      (error: unknown) => error instanceof TrustError && error.code === "peer-certificate",
    );
    await talk(julia);
  }
});

Deno.test("SR-78: quic dialler takes no certificate that no authority has issued, and none without an authority", async () => {
  await using far = await openSocket();
  await using near = await openAuthority();
  // What the far side shows is signed by nobody.
  await rejects(near.socket.dial(far.place, near.pin, DIAL), TrustError);
  await rejects(near.socket.dial(far.place, { authority: "" }, DIAL), (error: unknown) => {
    return error instanceof TrustError || error instanceof TransportError;
  });
});

Deno.test("SR-78: quic strangers have so many places, for each address, and the oldest gives way to the next", async () => {
  const desk = new AdmissionControl({
    connections: 8,
    unauthenticated: 4,
    unauthenticatedPerAddress: 2,
  });
  await using far = await openAuthority(desk);
  await using near = await openSocket();
  const first = await pairOf(near, far);
  const second = await pairOf(near, far);
  const third = await pairOf(near, far);
  equal(await first.dialled.stream.read(new Uint8Array(8)).catch(() => null), null);
  await first.accepted.stream.gone;
  equal(desk.unauthenticated, 2);
  second.accepted.admission.signIn();
  const fourth = await pairOf(near, far);
  equal(desk.connections, 3);
  await near.socket.close({ atOnce: true });
  for (const { accepted } of [second, third, fourth]) await accepted.stream.gone;
  deepEqual([desk.connections, desk.unauthenticated], [0, 0]);
});

async function pairOf(
  near: { socket: QuicSocket },
  far: Awaited<ReturnType<typeof openAuthority>>,
) {
  const dialled = await near.socket.dial(far.place, far.pin, DIAL);
  await dialled.stream.write(new Uint8Array([1]));
  return { dialled, accepted: await far.next() };
}

Deno.test("quic dial that is stopped while it is under way leaves no connection", async () => {
  await using far = await openAuthority();
  await using near = await openSocket();
  const stop = new AbortController();
  const reason = new DOMException("stopped", "AbortError");
  const dialling = near.socket.dial(far.place, far.pin, { ...DIAL, signal: stop.signal });
  stop.abort(reason);
  await rejects(dialling, reason);
  // Whoever comes next is the first.
  await pairOf(near, far);
});

Deno.test("quic socket of this machine only, and of IPv4, says at once what it cannot reach", async () => {
  await using near = await openAuthority();
  for (const host of ["192.0.2.1", "::1", "2001:db8::1"]) {
    await rejects(
      near.socket.dial({ host, port: 9 }, near.pin, DIAL),
      (error: unknown) => error instanceof TransportError && error.code === "unreachable",
    );
  }
});

Deno.test("quic dialler of another language is refused", async () => {
  await using far = await openSocket();
  await using near = await openSocket({ protocol: "heliograph-test/2" });
  await rejects(near.socket.dial(far.place, { leaf: far.hash }, DIAL), TransportError);
});

Deno.test("quic dial of a port where nobody answers ends with the deadline", async () => {
  await using near = await openSocket();
  const { hash } = await makeSessionCertificate(systemRandom, clock.nowMs());
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = silent.addr as Deno.NetAddr;
    await rejects(
      near.socket.dial({ host: "127.0.0.1", port }, { leaf: hash }, { clock, timeoutMs: 50 }),
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
    near.socket.dial(far.place, { leaf: far.hash }, DIAL),
    far.socket.dial(near.place, { leaf: near.hash }, DIAL),
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

Deno.test("quic socket takes the next caller while more handshakes than it has places for have begun and never end", async () => {
  await using far = await openSocket();
  await using near = await openSocket();
  // The first datagram of each handshake, caught on its way, is all that the socket gets of it.
  const street = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const dialling = Array.from({ length: MAX_QUIC_HANDSHAKES + 8 }, () =>
    rejects(
      near.socket.dial({ host: "127.0.0.1", port: (street.addr as Deno.NetAddr).port }, {
        leaf: far.hash,
      }, { ...DIAL, signal: stop.signal }),
    ));
  const begun = new Set<string>();
  const to = { transport: "udp", hostname: "127.0.0.1", port: far.socket.port } as const;
  while (begun.size < dialling.length) {
    const [bytes, from] = await street.receive();
    // What the socket answers is thrown away; what is sent again would begin no other handshake (RFC 9000 §17.2: the id).
    const id = bytes.subarray(6, 6 + bytes[5]).join();
    if ((from as Deno.NetAddr).port === to.port || begun.has(id)) continue;
    begun.add(id);
    await street.send(bytes, to);
  }
  await pair(near, far);
  stop.abort(new DOMException("stopped", "AbortError"));
  await Promise.all(dialling);
  street.close();
});

Deno.test("quic socket that is closed while somebody's handshake has only begun lets the program live", async () => {
  await using near = await openSocket();
  const { certificate, socket } = await unaccepting();
  await using proxy = UdpFaultProxy.open(socket.port, { seed: 1 });
  const stop = new AbortController();
  const { port } = proxy;
  const pin = { leaf: certificate.hash };
  const dial = { ...DIAL, signal: stop.signal };
  const dialling = near.socket.dial({ host: "127.0.0.1", port }, pin, dial);
  // Told that nobody is there any more, or not, as the system likes.
  const ended = rejects(dialling);
  const passed = async (count: number) => {
    while (proxy.counts.passed < count) await clock.sleep(10);
  };
  await passed(1);
  await socket.close({ atOnce: true });
  // What is sent again reaches a socket that is closed: here Deno ended the whole program.
  await passed(2);
  stop.abort(new DOMException("enough", "AbortError"));
  await ended;
  await socket.accept(() => {});
});

/** A socket that takes nobody, so that whoever dials it is left waiting. */
async function unaccepting() {
  const certificate = await makeSessionCertificate(systemRandom, clock.nowMs());
  const options = { clock, host: "127.0.0.1", protocol: "heliograph-test/1" };
  return { certificate, socket: QuicSocket.open({ ...options, identity: certificate }) };
}
