/** Two clients that meet directly, and those who try without being asked. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { decodeHex, encodeHex, writeAll } from "../../../../lib/base/bytes.ts";
import { systemClock } from "../../../../lib/base/clock.ts";
import { TransportError } from "../../../../lib/base/errors.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  DirectPort,
  MAX_ARRIVALS,
  MAX_WRONG_PROOFS,
  TOKEN_MS,
} from "../../../../lib/client/direct/direct_port.ts";
import { type ConnectionPlan, readPacket } from "../../../../lib/client/direct/connect.ts";
import { type DirectTerms, makeDirectProof } from "../../../../lib/crypto/keys/direct_proof.ts";
import { makeSessionCertificate } from "../../../../lib/crypto/certificates/session_certificate.ts";
import { type QuicPeer, QuicSocket } from "../../../../lib/net/quic/quic_socket.ts";
import { encodePacket } from "../../../../lib/protocol/packet.ts";
import { DIRECT_PROTOCOL } from "../../../../lib/protocol/peer/direct.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { UdpFaultProxy } from "../../../kit/udp_fault_proxy.ts";

const HOST = "127.0.0.1";
const never = new AbortController().signal;

async function open(clock = systemClock) {
  const port = await DirectPort.open({ clock, random: systemRandom, host: HOST });
  return {
    port,
    [Symbol.asyncDispose]: () => port.socket.close({ atOnce: true }).then(() => port.close()),
  };
}

function agree(offering: DirectPort, answering: DirectPort): DirectTerms {
  return {
    attempt: systemRandom.bytes(16),
    token: systemRandom.bytes(32),
    offering: offering.certificate,
    answering: answering.certificate,
    epoch: 7,
  };
}

function plan(
  terms: DirectTerms,
  role: ConnectionPlan["role"],
  ...ports: number[]
): Promise<ConnectionPlan> {
  return Promise.resolve({ terms, role, addresses: ports.map((port) => ({ host: HOST, port })) });
}

/** Says something on one end, and reads it at the other. */
async function talk(from: QuicPeer, to: QuicPeer): Promise<void> {
  await writeAll(from.stream, encodePacket({ kind: "test", said: "hi" }));
  equal((await readPacket(to.stream)).header.said, "hi");
}

async function meet(terms: DirectTerms, sides: [DirectPort, number[]][]): Promise<QuicPeer[]> {
  const attempt = encodeHex(terms.attempt);
  return await Promise.all(
    sides.map(([port, ports], i) =>
      port.meet(attempt, plan(terms, i === 0 ? "offering" : "answering", ...ports), never)
    ),
  );
}

Deno.test("SR-76: direct connection comes about once, whoever reaches whom, and both sides use the same", async () => {
  await using alice = await open();
  await using bob = await open();
  const [a, b] = [alice.port, bob.port];
  const ways: [number[], number[]][] = [[[b.port], [a.port]], [[b.port], []], [[], [a.port]]];
  for (const [fromAlice, fromBob] of ways) {
    const terms = agree(a, b);
    const [left, right] = await meet(terms, [[a, fromAlice], [b, fromBob]]);
    await talk(left, right);
    await talk(right, left);
    left.stream.close();
    right.stream.close();
  }
  deepEqual([a.openAttempts, b.openAttempts], [0, 0]);
  // The second connection of a meeting may come when it is over, and then names no open attempt, or nothing.
  deepEqual([a.turnedAway.forged, b.turnedAway.forged], [0, 0]);
});

Deno.test("SR-76: direct connection comes about at 20 % loss, with duplicates and in any order", async () => {
  await using alice = await open();
  await using bob = await open();
  await using toBob = UdpFaultProxy.open(bob.port.port, { seed: 5 });
  await using toAlice = UdpFaultProxy.open(alice.port.port, { seed: 6 });
  toBob.misbehave();
  toAlice.misbehave();
  const terms = agree(alice.port, bob.port);
  const [left, right] = await meet(terms, [[alice.port, [toBob.port]], [bob.port, [toAlice.port]]]);
  await talk(left, right);
  await talk(right, left);
});

Deno.test("SR-76: who arrives before the answer is read waits for it", async () => {
  await using alice = await open();
  await using bob = await open();
  const terms = agree(alice.port, bob.port);
  const attempt = encodeHex(terms.attempt);
  const answer = Promise.withResolvers<ConnectionPlan>();
  const atAlice = alice.port.meet(attempt, answer.promise, never);
  const atBob = bob.port.meet(attempt, plan(terms, "answering", alice.port.port), never);
  answer.resolve(await plan(terms, "offering"));
  await talk(await atAlice, await atBob);
});

Deno.test("SR-76: direct connection to another certificate than was agreed does not come about", async () => {
  await using alice = await open();
  await using bob = await open();
  await using mallory = await open();
  const terms = agree(alice.port, bob.port);
  const attempt = encodeHex(terms.attempt);
  const stop = new AbortController();
  // In the place where Bob should be, and with everything but his key.
  const waiting = mallory.port.meet(attempt, plan(terms, "answering"), stop.signal);
  const dialling = alice.port.meet(
    attempt,
    plan(terms, "offering", mallory.port.port),
    stop.signal,
  );
  while (mallory.port.socket.refused === 0) await systemClock.sleep(5);
  stop.abort(new TransportError("closed", "over"));
  await rejects(waiting, TransportError);
  await rejects(dialling, TransportError);
  equal(mallory.port.turnedAway.unknown, 0);
});

/** Somebody with a socket of their own who has heard of an attempt. */
async function stranger(port: DirectPort) {
  const identity = await makeSessionCertificate(systemRandom, systemClock.nowMs());
  const socket = QuicSocket.open({
    clock: systemClock,
    host: HOST,
    protocol: DIRECT_PROTOCOL,
    identity,
  });
  const dial = () =>
    socket.dial({ host: HOST, port: port.port }, { leaf: port.certificate }, {
      clock: systemClock,
      timeoutMs: 10_000,
    });
  return {
    dial,
    /** True when the port answered. */
    async hello(attempt: string, proof: Uint8Array): Promise<boolean> {
      const peer = await dial();
      await writeAll(
        peer.stream,
        encodePacket({ kind: "direct.hello", attempt, proof: encodeHex(proof) }),
      );
      try {
        return (await readPacket(peer.stream)).header.kind === "direct.welcome";
      } catch (error) {
        ok(error instanceof Error);
        return false;
      } finally {
        peer.stream.close();
      }
    },
    [Symbol.asyncDispose]: () => socket.close({ atOnce: true }),
  };
}

Deno.test("SR-76: forged, turned and foreign proofs are refused and counted, and the attempt stays good", async () => {
  await using alice = await open();
  await using bob = await open();
  await using mallory = await stranger(alice.port);
  const terms = agree(alice.port, bob.port);
  const attempt = encodeHex(terms.attempt);
  const meeting = alice.port.meet(attempt, plan(terms, "offering"), never);
  const good = await makeDirectProof(terms, "answering");
  const wrong = [
    new Uint8Array(32),
    // Alice's own, sent back to her.
    await makeDirectProof(terms, "offering"),
    await makeDirectProof({ ...terms, epoch: 8 }, "answering"),
    await makeDirectProof({ ...terms, token: new Uint8Array(32) }, "answering"),
    await makeDirectProof({ ...terms, answering: new Uint8Array(32) }, "answering"),
    await makeDirectProof({ ...terms, attempt: new Uint8Array(16) }, "answering"),
  ];
  for (const proof of wrong) equal(await mallory.hello(attempt, proof), false);
  equal(alice.port.turnedAway.forged, wrong.length);
  equal(await mallory.hello("00".repeat(16), good), false);
  equal(alice.port.turnedAway.unknown, 1);
  const [left, right] = await Promise.all([
    meeting,
    bob.port.meet(attempt, plan(terms, "answering", alice.port.port), never),
  ]);
  await talk(left, right);
});

Deno.test("SR-76: an attempt is used up by the first who uses it", async () => {
  await using alice = await open();
  await using bob = await open();
  await using mallory = await stranger(alice.port);
  const terms = agree(alice.port, bob.port);
  const attempt = encodeHex(terms.attempt);
  await meet(terms, [[alice.port, []], [bob.port, [alice.port.port]]]);
  equal(await mallory.hello(attempt, await makeDirectProof(terms, "answering")), false);
  equal(alice.port.turnedAway.unknown, 1);
});

Deno.test("SR-76: a token is of no use after 60 s, and after too many wrong proofs", async () => {
  const clock = new FakeClock();
  await using alice = await open(clock);
  await using mallory = await stranger(alice.port);
  const terms = agree(alice.port, alice.port);
  const attempt = encodeHex(terms.attempt);
  const proof = await makeDirectProof(terms, "answering");
  // Nobody has answered, so nothing is known of the other side.
  const unanswered = alice.port.meet(attempt, new Promise(() => {}), never);
  const ended = rejects(unanswered, (error: unknown) => error instanceof TransportError);
  await clock.advance(TOKEN_MS);
  await ended;
  equal(await mallory.hello(attempt, proof), false);
  equal(alice.port.turnedAway.unknown, 1);
  const stop = new AbortController();
  const meeting = alice.port.meet(attempt, plan(terms, "offering"), stop.signal);
  for (let i = 0; i < MAX_WRONG_PROOFS; i++) await mallory.hello(attempt, new Uint8Array(32));
  equal(alice.port.turnedAway.forged, MAX_WRONG_PROOFS);
  equal(await mallory.hello(attempt, proof), false);
  stop.abort(new TransportError("closed", "over"));
  await rejects(meeting, TransportError);
});

Deno.test("SR-76: who floods is turned away and counted, and leaves room again when gone", async () => {
  await using alice = await open();
  await using bob = await open();
  await using mallory = await stranger(alice.port);
  const silent: QuicPeer[] = [];
  for (let i = 0; i < MAX_ARRIVALS + 3; i++) {
    const peer = await mallory.dial();
    // The first byte opens the stream; a packet never comes of it.
    await peer.stream.write(new Uint8Array(1));
    silent.push(peer);
  }
  while (alice.port.turnedAway.crowded < 3) await systemClock.sleep(5);
  for (const peer of silent) peer.stream.close();
  while (alice.port.turnedAway.silent < MAX_ARRIVALS) await systemClock.sleep(5);
  const terms = agree(alice.port, bob.port);
  const [left, right] = await meet(terms, [[alice.port, []], [bob.port, [alice.port.port]]]);
  await talk(left, right);
});

Deno.test("SR-76: who says something else than hello, or too much, is turned away and counted", async () => {
  await using alice = await open();
  await using mallory = await stranger(alice.port);
  const words = [
    encodePacket({ kind: "spool.fetch", request: 1 }),
    encodePacket({ kind: "direct.hello", attempt: "zz", proof: "" }),
    // A length beyond what strangers may send.
    decodeHex("00100001") ?? new Uint8Array(0),
  ];
  for (const word of words) {
    const peer = await mallory.dial();
    await writeAll(peer.stream, word);
    await rejects(readPacket(peer.stream));
    peer.stream.close();
  }
  equal(alice.port.turnedAway.silent, words.length);
});
