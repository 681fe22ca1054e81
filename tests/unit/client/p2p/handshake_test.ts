/** Meeting without a server (SR-78): who proves what, and who gets nowhere. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { ProtocolError, Refusal, TransportError, TrustError } from "../../../../lib/base/errors.ts";
import {
  HandshakeStream,
  meetAsAcceptor,
  meetAsDialler,
  type OwnSide,
} from "../../../../lib/client/p2p/handshake.ts";
import type { ByteStream } from "../../../../lib/net/streams/byte_stream.ts";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import { P2P_HANDSHAKE_PACKET_LIMITS } from "../../../../lib/protocol/limits.ts";
import { p2pAnswer, p2pHello, p2pProof, p2pReady } from "../../../../lib/protocol/p2p/mod.ts";
import { joinSections } from "../../../../lib/protocol/sections.ts";
import { ownSide } from "./peers_kit.ts";

const oscar = await ownSide("Oscar", 0);
const julia = await ownSide("julia", 1);
const mallory = await ownSide("mallory", 2);

/** Both sides of one meeting, whatever becomes of it. `channel`: whose certificate the dialler's TLS proved. */
async function meeting(dialler: OwnSide, acceptor: OwnSide, channel = acceptor.tlsFingerprint) {
  const { near, far } = memoryLink();
  const close = (stream: ByteStream) => (error: unknown) => {
    stream.close();
    throw error;
  };
  return await Promise.allSettled([
    meetAsDialler(near, channel, dialler).catch(close(near)),
    meetAsAcceptor(far, acceptor).catch(close(far)),
  ]);
}

Deno.test("SR-78: both learn who the other one is, proved over both certificates", async () => {
  const [dialled, accepted] = await meeting(oscar, julia);
  ok(dialled.status === "fulfilled" && accepted.status === "fulfilled");
  equal(dialled.value.entry.accountName, "julia");
  equal(dialled.value.entry.identity.fingerprint, julia.own.identity.key.fingerprint);
  equal(dialled.value.tlsFingerprint, julia.tlsFingerprint);
  equal(accepted.value.entry.accountName, "Oscar");
  equal(accepted.value.certificate.hash, oscar.own.certificateHash);
  equal(accepted.value.tlsFingerprint, oscar.tlsFingerprint);
  equal(accepted.value.port, 8090);
});

Deno.test("SR-78: nothing of what follows the meeting is read by it", async () => {
  const { near, far } = memoryLink();
  const after = new Uint8Array([1, 2, 3]);
  const meet = async () => {
    await meetAsAcceptor(far, julia);
    await far.write(after);
  };
  await Promise.all([meetAsDialler(near, julia.tlsFingerprint, oscar), meet()]);
  const buffer = new Uint8Array(10);
  equal(await near.read(buffer), 3);
  deepEqual(buffer.subarray(0, 3), after);
});

Deno.test("SR-78: a man in the middle, whose certificate the dialler sees, gets no proof that holds", async () => {
  // He passes every packet on: julia's proof is over her certificate, Oscar's TLS proved his.
  const [dialled, accepted] = await meeting(oscar, julia, mallory.tlsFingerprint);
  ok(dialled.status === "rejected" && accepted.status === "rejected");
  ok(dialled.reason instanceof TrustError && dialled.reason.code === "bad-peer");
});

Deno.test("SR-78: a man in the middle who changes what julia says of her certificate is found out", async () => {
  const [oscarEnd, toOscar] = ends();
  const [toJulia, juliaEnd] = ends();
  const dialled = meetAsDialler(oscarEnd, mallory.tlsFingerprint, oscar);
  const accepted = meetAsAcceptor(juliaEnd, julia);
  const [fromOscar, fromJulia] = [new HandshakeStream(toOscar), new HandshakeStream(toJulia)];
  const hello = await fromOscar.read(p2pHello);
  await fromJulia.send(p2pHello.kind, hello.fields, hello.payload);
  const answer = await fromJulia.read(p2pAnswer);
  const changed = { ...answer.fields, certificate: mallory.tlsFingerprint };
  await fromOscar.send(p2pAnswer.kind, changed, answer.payload);
  await rejects(dialled, (error) => error instanceof TrustError && error.code === "bad-peer");
  toJulia.close();
  await rejects(accepted, TransportError);
});

Deno.test("SR-78: a proof of another connection, or of the other role, is worth nothing", async () => {
  // What Oscar proves to mallory, mallory tries on julia: nonces and certificates differ.
  const stolen = await proofBy(oscar, mallory);
  const own = await proofBy(oscar, julia);
  for (const proof of [stolen, own, new Uint8Array(0), new Uint8Array(600)]) {
    const [end, juliaEnd] = ends();
    const accepted = meetAsAcceptor(juliaEnd, julia);
    const packets = new HandshakeStream(end);
    const mine = joinSections([oscar.own.rosterEntry, oscar.own.certificate]);
    const { fields } = helloOf(oscar);
    await packets.send(p2pHello.kind, { ...fields, sizes: mine.sizes }, mine.payload);
    await packets.read(p2pAnswer);
    await packets.send(p2pProof.kind, {}, proof);
    await rejects(accepted, (error) => error instanceof TrustError && error.code === "bad-peer");
  }
  // Julia's own proof sent back to her has the wrong role.
  const [end, juliaEnd] = ends();
  const accepted = meetAsAcceptor(juliaEnd, julia);
  const packets = new HandshakeStream(end);
  const mine = joinSections([oscar.own.rosterEntry, oscar.own.certificate]);
  await packets.send(p2pHello.kind, { ...helloOf(oscar).fields, sizes: mine.sizes }, mine.payload);
  const answer = await packets.read(p2pAnswer);
  const from = answer.fields.sizes[0] + answer.fields.sizes[1];
  await packets.send(p2pProof.kind, {}, answer.payload.slice(from));
  await rejects(accepted, (error) => error instanceof TrustError && error.code === "bad-peer");
});

Deno.test("SR-78: papers of two people do not pass for one", async () => {
  const mixed = { ...oscar, own: { ...oscar.own, rosterEntry: mallory.own.rosterEntry } };
  const [dialled, accepted] = await meeting(mixed, julia);
  equal(dialled.status, "rejected");
  ok(accepted.status === "rejected" && accepted.reason instanceof TrustError);
  const [dialledBack] = await meeting(julia, mixed);
  ok(dialledBack.status === "rejected" && dialledBack.reason instanceof TrustError);
});

Deno.test("SR-78: oneself, and somebody of one's own name, are refused in words", async () => {
  const [self] = await meeting(oscar, oscar);
  ok(self.status === "rejected" && self.reason instanceof Refusal);
  equal(self.reason.code, "not-allowed");
  const [namesake] = await meeting(await ownSide("OSCAR", 3), oscar);
  ok(namesake.status === "rejected" && namesake.reason instanceof Refusal);
  equal(namesake.reason.code, "name-taken");
});

Deno.test("SR-78: who is refused is told the words of the refusal and no more", async () => {
  const refusing = {
    ...julia,
    judge: () => {
      throw new Refusal("too-many", "They know too many people already");
    },
  };
  const [dialled, accepted] = await meeting(oscar, refusing);
  ok(dialled.status === "rejected" && dialled.reason instanceof Refusal);
  equal(dialled.reason.code, "too-many");
  equal(accepted.status, "rejected");
});

Deno.test("SR-78: cut off, oversized, and foreign beginnings end it with an error of the wire", async () => {
  const limit = P2P_HANDSHAKE_PACKET_LIMITS.packetBytes;
  const cases: [Bytes, new (...args: never[]) => Error][] = [
    [new Uint8Array([0, 0, 0, 60, 0, 5]), TransportError],
    [new Uint8Array(3), TransportError],
    [lengthOf(limit + 1), ProtocolError],
    [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), ProtocolError],
    [new TextEncoder().encode("SSH-2.0-OpenSSH_9.2\r\n"), ProtocolError],
    [new Uint8Array(64).fill(0xff), ProtocolError],
    [new Uint8Array(64), ProtocolError],
  ];
  for (const [bytes, expected] of cases) {
    const [end, juliaEnd] = ends();
    const accepted = meetAsAcceptor(juliaEnd, julia);
    await end.write(bytes);
    await end.closeWrite();
    await rejects(accepted, expected);
  }
});

Deno.test("SR-78: a packet of the greatest length is read, whose header is no hello", async () => {
  const [end, juliaEnd] = ends();
  const accepted = meetAsAcceptor(juliaEnd, julia);
  const { packetBytes } = P2P_HANDSHAKE_PACKET_LIMITS;
  const packet = new Uint8Array(4 + packetBytes);
  packet.set(lengthOf(packetBytes));
  packet.set([0, 2, 0x7b, 0x7d], 4);
  for (let at = 0; at < packet.length;) at += await end.write(packet.subarray(at));
  await rejects(
    accepted,
    (error) => error instanceof ProtocolError && error.code === "bad-message",
  );
});

Deno.test("SR-78: packets out of turn end it", async () => {
  for (const kind of [p2pProof.kind, p2pReady.kind, p2pAnswer.kind, "server.ping", "hello"]) {
    const [end, juliaEnd] = ends();
    const accepted = meetAsAcceptor(juliaEnd, julia);
    await new HandshakeStream(end).send(kind, {});
    await rejects(accepted, ProtocolError, kind);
  }
});

Deno.test("SR-78: a certificate of a server's account is none here", async () => {
  const wrong = { ...oscar, own: { ...oscar.own, certificate: oscar.own.rosterEntry } };
  const [, accepted] = await meeting(wrong, julia);
  ok(accepted.status === "rejected" && accepted.reason instanceof TrustError);
});

function ends(): [ByteStream, ByteStream] {
  const { near, far } = memoryLink();
  return [near, far];
}

function helloOf({ tlsFingerprint }: OwnSide) {
  return {
    fields: {
      versions: { min: 1, max: 1 },
      program: "test",
      nonce: "00".repeat(32),
      certificate: tlsFingerprint,
    },
  };
}

/** What `side` proves to `other`, caught on its way. */
async function proofBy(side: OwnSide, other: OwnSide): Promise<Bytes> {
  const [sideEnd, toSide] = ends();
  const [toOther, otherEnd] = ends();
  const dialled = meetAsDialler(sideEnd, other.tlsFingerprint, side);
  const accepted = meetAsAcceptor(otherEnd, other);
  const [fromSide, fromOther] = [new HandshakeStream(toSide), new HandshakeStream(toOther)];
  const hello = await fromSide.read(p2pHello);
  await fromOther.send(p2pHello.kind, hello.fields, hello.payload);
  const answer = await fromOther.read(p2pAnswer);
  await fromSide.send(p2pAnswer.kind, answer.fields, answer.payload);
  const { payload } = await fromSide.read(p2pProof);
  toSide.close();
  toOther.close();
  await Promise.allSettled([dialled, accepted]);
  return payload;
}

function lengthOf(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
