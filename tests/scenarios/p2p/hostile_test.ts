/** Strangers at the port of somebody without a server: the silent, the trickling, the nonsensical, the many. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { type LogRecord, setLogSink } from "../../../lib/base/log.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Refusal, TransportError } from "../../../lib/base/errors.ts";
import { meetAsAcceptor } from "../../../lib/client/p2p/handshake.ts";
import { meetInTime } from "../../../lib/client/p2p/peer_dialling.ts";
import { AddressBook, PEERS_MAX } from "../../../lib/client/p2p/address_book.ts";
import { NodeFolder } from "../../../lib/client/p2p/node_folder.ts";
import type { MetPeer } from "../../../lib/client/p2p/handshake.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { QuicSocket } from "../../../lib/net/quic/quic_socket.ts";
import { HANDSHAKE_DEADLINE_MS } from "../../../lib/protocol/limits.ts";
import { P2P_QUIC_PROTOCOL } from "../../../lib/protocol/p2p/mod.ts";
import { FakeClock } from "../../kit/clock.ts";
import { PersonWithout } from "../../kit/p2p.ts";
import { certificateOf, ownPeer, ownSide } from "../../unit/client/p2p/peers_kit.ts";

const signal = new AbortController().signal;

Deno.test("SR-78: who says nothing, or a byte now and then, is gone at the deadline", async () => {
  const julia = await ownSide("julia", 1);
  for (const trickles of [false, true]) {
    const clock = new FakeClock();
    const { near, far } = memoryLink();
    const met = meetInTime(far, () => meetAsAcceptor(far, julia), { clock, signal });
    const refused = rejects(met, (error) => {
      return error instanceof TransportError && error.code === "timed-out";
    });
    // The length of a packet, and the beginning of its header's.
    for (const byte of [0, 0, 16, 0, 0]) {
      if (trickles) await near.write(new Uint8Array([byte]));
      await clock.advance(HANDSHAKE_DEADLINE_MS / 5);
    }
    await refused;
    equal(await near.read(new Uint8Array(1)).catch(() => null), null, "the stream is closed");
    equal(clock.pendingTimers, 0);
  }
});

Deno.test("SR-78: nonsense at the port, and people who hang up, disturb nobody", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  const { hostname, port } = { hostname: "127.0.0.1", port: julia.listen().port };
  for (const text of ["", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "SSH-2.0-x\r\n"]) {
    const stranger = await Deno.connect({ hostname, port });
    await stranger.write(new TextEncoder().encode(text));
    stranger.close();
  }
  // In TLS, and then nothing of the language.
  const { caCert } = { caCert: julia.node.me.tls.certificateChainPem };
  const tls = await Deno.startTls(await Deno.connect({ hostname, port }), {
    hostname: "heliograph.internal",
    caCerts: [caCert],
  });
  await tls.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  equal(await tls.read(new Uint8Array(100)).catch(() => null), null, "hung up on");
  tls.close();
  await oscar.meet(julia);
  await oscar.say("julia", "Hola");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  deepEqual(julia.node.book.list().map(({ name }) => name), ["Oscar"]);
});

Deno.test("SR-78: silent people at the port, more than there are places for, keep nobody out and are sent away", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  const { port } = julia.listen();
  const silent = await Promise.all(
    Array.from({ length: 200 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  let gone = 0;
  const ends = silent.map(async (stranger) => {
    await stranger.read(new Uint8Array(1)).catch(() => null);
    gone++;
    stranger.close();
  });
  await oscar.meet(julia);
  await oscar.say("julia", "Hola");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  // All but the last sixteen of them, who leave at their deadline.
  await julia.until(() => Promise.resolve(gone >= 184));
  await Promise.all(ends);
});

Deno.test("SR-78: people who finish a handshake and hang up write no line each into the log", async () => {
  await using julia = await PersonWithout.open("julia", { which: 1 });
  const address = julia.listen();
  const lines: LogRecord[] = [];
  setLogSink({ level: "debug", write: (record) => lines.push(record) });
  try {
    const { certificateChainPem } = julia.node.me.tls;
    for (let i = 0; i < 3; i++) {
      const options = { clock: systemClock, timeoutMs: 20_000 };
      (await dialTls(address, certificateChainPem, options)).stream.close();
    }
    const isNotMet = ({ event }: LogRecord) => event === "not met";
    await julia.until(() => lines.filter(isNotMet).length === 3);
  } finally {
    setLogSink(undefined);
  }
  deepEqual(lines.filter(({ level }) => level !== "debug").map(({ event }) => event), []);
});

Deno.test("SR-78: nonsense by UDP, and by QUIC from people who hang up, disturbs nobody", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  oscar.listen();
  const address = julia.listen();
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  for (const size of [0, 1, 40, 1200, 1400]) {
    const bytes = systemRandom.bytes(size);
    await udp.send(bytes, { transport: "udp", hostname: "127.0.0.1", port: address.port });
  }
  udp.close();
  await using stranger = QuicSocket.open({
    clock: systemClock,
    host: "127.0.0.1",
    protocol: P2P_QUIC_PROTOCOL,
  });
  const { certificateChainPem: authority } = julia.node.me.tls;
  const dial = (protocol: string) =>
    stranger.dial(address, { authority }, { clock: systemClock, timeoutMs: 20_000, protocol });
  await rejects(dial("h3"), TransportError);
  for (const text of ["", "GET / HTTP/1.1\r\n\r\n", '\0\0\0\x10\0\x04{"": ']) {
    const { stream } = await dial(P2P_QUIC_PROTOCOL);
    await stream.write(new TextEncoder().encode(text));
    await stream.closeWrite();
    equal(await stream.read(new Uint8Array(100)).catch(() => null), null, "hung up on");
    stream.close();
  }
  await oscar.meet(julia);
  await oscar.say("julia", "Hola");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  equal(await oscar.transport("julia"), "quic");
  deepEqual(julia.node.book.list().map(({ name }) => name), ["Oscar"]);
});

Deno.test(`SR-78: ${PEERS_MAX} people are known, and then newcomers are refused`, async () => {
  const path = await Deno.makeTempDir({ dir: "tests/tmp" });
  using folder = await NodeFolder.open(`${path}/node`, "ephemeral", systemRandom);
  const book = await AddressBook.open(folder.store, systemRandom);
  const certificate = await certificateOf("somebody");
  const real = await ownPeer("julia", 1);
  const met = async (name: string, which: number): Promise<MetPeer> => ({
    // Only what is compared and written down.
    entry: {
      accountId: name as MetPeer["entry"]["accountId"],
      accountName: name as MetPeer["entry"]["accountName"],
      identity: { ...real.identity.key, fingerprint: await certificateOf(`identity ${which}`) },
      sequence: 1,
    },
    certificate: { deviceId: real.device, bytes: real.certificate } as MetPeer["certificate"],
    rosterEntry: real.rosterEntry,
    tlsFingerprint: certificate,
    port: undefined,
    version: 1,
  });
  for (let i = 0; i < PEERS_MAX; i++) {
    const peer = await met(`name${i}`, i);
    book.requireNoImpostor(peer);
    await book.learn(peer, { address: undefined, isByInvite: false });
  }
  book.requireNoImpostor(await met("name0", 0));
  const newcomer = await met("newcomer", PEERS_MAX);
  await rejects(
    async () => await book.requireNoImpostor(newcomer),
    (error) => error instanceof Refusal && error.code === "too-many",
  );
  await Deno.remove(path, { recursive: true });
});
