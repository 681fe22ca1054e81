import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict";
import { ProtocolError, UsageError } from "../../../lib/base/errors.ts";
import { encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import {
  bulkCreditBytes,
  HEADER_MAX_BYTES,
  PACKET_MAX_BYTES,
  progressDeadlineMs,
  SIGNED_IN_PACKET_LIMITS,
  STRANGER_PACKET_LIMITS,
} from "../../../lib/protocol/limits.ts";
import {
  encodePacket,
  type Packet,
  PacketDecoder,
  type PacketHeader,
  PacketWriter,
} from "../../../lib/protocol/packet.ts";

function decodeAll(decoder: PacketDecoder, bytes: Uint8Array): Packet[] {
  decoder.push(bytes);
  const packets: Packet[] = [];
  for (let next = decoder.next(); next !== undefined; next = decoder.next()) packets.push(next);
  return packets;
}

/** A packet of raw parts, so that each length may lie. */
function rawPacket(header: Uint8Array, payloadBytes = 0, lie: { u32?: number; u16?: number } = {}) {
  const packet = new Uint8Array(6 + header.length + payloadBytes);
  const view = new DataView(packet.buffer);
  view.setUint32(0, lie.u32 ?? packet.length - 4);
  view.setUint16(4, lie.u16 ?? header.length);
  packet.set(header, 6);
  return packet;
}

/** A header whose JSON is exactly this long. */
function headerOf(sizeBytes: number): PacketHeader {
  return { a: "x".repeat(sizeBytes - 8) };
}

function refusal(code: string, message?: RegExp) {
  return (error: unknown) =>
    error instanceof ProtocolError && error.code === code &&
    (message === undefined || message.test(error.message));
}

function refuses(
  bytes: Uint8Array,
  code: string,
  message?: RegExp,
  limits = STRANGER_PACKET_LIMITS,
) {
  const whole = new PacketDecoder(limits);
  throws(() => decodeAll(whole, bytes), refusal(code, message));
  const split = new PacketDecoder(limits);
  throws(() => {
    for (const byte of bytes) decodeAll(split, Uint8Array.of(byte));
  }, refusal(code, message));
}

Deno.test("encodePacket writes length of the rest, header length, header and payload", () => {
  const packet = encodePacket({ kind: "a" }, Uint8Array.of(1, 2, 255));
  equal(encodeHex(packet), "00000011" + "000c" + encodeHex(utf8('{"kind":"a"}')) + "0102ff");
});

Deno.test("encodePacket writes text outside ASCII as UTF-8 and counts its bytes", () => {
  const packet = encodePacket({ n: "é日🙂" });
  const [decoded] = decodeAll(new PacketDecoder(STRANGER_PACKET_LIMITS), packet);
  deepEqual(decoded.header, { n: "é日🙂" });
  equal(packet.length, 6 + '{"n":""}'.length + 2 + 3 + 4);
});

Deno.test("encodePacket refuses a header one byte over the limit and takes one at the limit", () => {
  equal(encodePacket(headerOf(HEADER_MAX_BYTES)).length, 6 + HEADER_MAX_BYTES);
  const refused = (error: unknown) =>
    error instanceof UsageError && /header is 65,536 bytes, limit is 65,535/.test(error.message);
  throws(() => encodePacket(headerOf(HEADER_MAX_BYTES + 1)), refused);
  throws(
    () => encodePacket({ a: "é".repeat(2000) + "x".repeat(HEADER_MAX_BYTES + 1 - 4008) }),
    refused,
  );
});

Deno.test("encodePacket refuses a packet one byte over the wall and takes one at the wall", () => {
  const payload = new Uint8Array(PACKET_MAX_BYTES - 4);
  const packet = encodePacket({}, payload);
  const [decoded] = decodeAll(new PacketDecoder(SIGNED_IN_PACKET_LIMITS), packet);
  equal(decoded.payload.length, payload.length);
  throws(
    () => encodePacket({}, new Uint8Array(PACKET_MAX_BYTES - 3)),
    /packet is 1,048,577 bytes, limit is 1,048,576/,
  );
});

Deno.test("PacketDecoder takes a stranger's packet at the limit and refuses one byte more", () => {
  const header = utf8("{}");
  const limit = STRANGER_PACKET_LIMITS.packetBytes;
  const fits = rawPacket(header, limit - 4);
  equal(decodeAll(new PacketDecoder(STRANGER_PACKET_LIMITS), fits).length, 1);
  refuses(rawPacket(header, limit - 3), "packet-too-long", /packet is 4,097 bytes, limit is 4,096/);
});

Deno.test("PacketDecoder takes a header at the limit and refuses one byte more", () => {
  const limits = { packetBytes: 100, headerBytes: 10 };
  const at = rawPacket(utf8(JSON.stringify(headerOf(10))), 5);
  equal(decodeAll(new PacketDecoder(limits), at).length, 1);
  const over = rawPacket(utf8(JSON.stringify(headerOf(11))), 5);
  refuses(over, "header-too-long", /header is 11 bytes, limit is 10/, limits);
});

Deno.test("PacketDecoder refuses lengths of zero and below the least packet", () => {
  for (const u32 of [0, 1, 2, 3]) {
    refuses(rawPacket(utf8("{}"), 0, { u32 }), "packet-too-short", new RegExp(`is ${u32} bytes`));
  }
});

Deno.test("PacketDecoder refuses a length that would be negative as a signed number", () => {
  refuses(rawPacket(utf8("{}"), 0, { u32: 0xffff_ffff }), "packet-too-long", /4,294,967,295/);
});

Deno.test("PacketDecoder refuses a header that is longer than its packet", () => {
  refuses(
    rawPacket(utf8("{}"), 1, { u16: 4 }),
    "header-past-end",
    /header is 4 bytes, packet has 3/,
  );
  const wholePacketIsHeader = rawPacket(utf8("{} "), 0);
  equal(decodeAll(new PacketDecoder(STRANGER_PACKET_LIMITS), wholePacketIsHeader).length, 1);
});

Deno.test("PacketDecoder refuses a too long packet as soon as its length is there", () => {
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  throws(() => decodeAll(decoder, Uint8Array.of(0x7f, 0, 0, 0)), refusal("packet-too-long"));
});

Deno.test("PacketDecoder refuses headers that are not UTF-8, not JSON or not a plain object", () => {
  refuses(rawPacket(Uint8Array.of(0x7b, 0xff, 0x7d)), "header-not-utf8");
  refuses(rawPacket(utf8('{"a":')), "header-not-json");
  refuses(rawPacket(utf8("\uFEFF{}")), "header-not-json");
  refuses(rawPacket(new Uint8Array(0), 4), "header-not-json");
  for (const text of ["[]", "null", '"text"', "12", "true"]) {
    refuses(rawPacket(utf8(text), 4), "header-not-object");
  }
});

Deno.test("PacketDecoder keeps a __proto__ key as data", () => {
  const packet = rawPacket(utf8('{"__proto__":{"admin":true}}'));
  const [decoded] = decodeAll(new PacketDecoder(STRANGER_PACKET_LIMITS), packet);
  equal(Object.getPrototypeOf(decoded.header), Object.prototype);
  equal(decoded.header.admin, undefined);
});

Deno.test("PacketDecoder repeats its refusal and takes nothing more after it", () => {
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  throws(() => decodeAll(decoder, rawPacket(utf8("[]"))), refusal("header-not-object"));
  throws(() => decodeAll(decoder, encodePacket({})), refusal("header-not-object"));
});

Deno.test("PacketDecoder applies new limits to the packet behind the one that brought them", () => {
  const large = encodePacket({}, new Uint8Array(8000));
  const both = new Uint8Array([...encodePacket({ kind: "login" }), ...large]);
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  decoder.push(both);
  deepEqual(decoder.next()?.header, { kind: "login" });
  decoder.setLimits(SIGNED_IN_PACKET_LIMITS);
  equal(decoder.next()?.payload.length, 8000);
  equal(decoder.next(), undefined);
});

Deno.test("PacketDecoder hands out payloads that outlive the read buffer", () => {
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  const readBuffer = new Uint8Array([
    ...encodePacket({}, utf8("one")),
    ...encodePacket({}, utf8("two")),
  ]);
  const [one, two] = decodeAll(decoder, readBuffer);
  readBuffer.fill(0);
  deepEqual([one.payload, two.payload], [utf8("one"), utf8("two")]);
  notEqual(one.payload.buffer, readBuffer.buffer);
});

Deno.test("PacketDecoder holds at most twice what has arrived of an announced packet", () => {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  const packet = encodePacket({}, new Uint8Array(900_000));
  let peak = 0;
  for (let at = 0; at < packet.length; at += 1000) {
    const arrived = Math.min(packet.length, at + 1000);
    const decoded = decodeAll(decoder, packet.subarray(at, arrived));
    equal(decoded.length, arrived === packet.length ? 1 : 0);
    ok(decoder.heldBytes <= 2 * arrived, `${decoder.heldBytes} held of ${arrived}`);
    peak = Math.max(peak, decoder.heldBytes);
  }
  equal(peak, packet.length);
  equal(decoder.heldBytes, 0);
});

Deno.test("PacketDecoder says how much of the packet under way has arrived", () => {
  const decoder = new PacketDecoder(STRANGER_PACKET_LIMITS);
  const packet = encodePacket({}, new Uint8Array(10));
  equal(decoder.pending, undefined);
  decodeAll(decoder, packet.subarray(0, 3));
  deepEqual(decoder.pending, { receivedBytes: 3 });
  decodeAll(decoder, packet.subarray(3, 9));
  deepEqual(decoder.pending, { receivedBytes: 9, sizeBytes: 18 });
  decodeAll(decoder, packet.subarray(9));
  equal(decoder.pending, undefined);
});

Deno.test("progressDeadlineMs gives ten seconds, and more from 160 KiB on", () => {
  deepEqual([1, 160 * 1024, 160 * 1024 + 1024, 1024 * 1024].map(progressDeadlineMs), [
    10_000,
    10_000,
    10_063,
    64_000,
  ]);
});

Deno.test("bulkCreditBytes is a quarter second of goodput and never below 64 KiB", () => {
  deepEqual([0, 262_144, 262_148, 4_000_000].map(bulkCreditBytes), [
    65_536,
    65_536,
    65_537,
    1_000_000,
  ]);
});

Deno.test("packets that are written one behind the other are those that are encoded one by one", () => {
  const writer = new PacketWriter();
  const bodies = [0, 1, 40_000, 300_000].map((sizeBytes) => new Uint8Array(sizeBytes).fill(7));
  for (let round = 0; round < 2; round++) {
    const alone = bodies.map((body, number) => encodePacket({ kind: "x.y", number }, body));
    let sizeBytes = 0;
    for (const [number, body] of bodies.entries()) {
      writer.write({ kind: "x.y", number }, body);
      equal(writer.sizeBytes, sizeBytes += alone[number].length);
    }
    const taken = writer.take();
    deepEqual(taken, Uint8Array.from(alone.flatMap((packet) => [...packet])));
    equal(writer.sizeBytes, 0);
    equal(decodeAll(new PacketDecoder(SIGNED_IN_PACKET_LIMITS), taken).length, bodies.length);
  }
});

Deno.test("a packet that no receiver would take is not written, and those before it stay", () => {
  const writer = new PacketWriter();
  writer.write({ kind: "x.y" });
  const before = writer.sizeBytes;
  throws(() => writer.write(headerOf(HEADER_MAX_BYTES + 1)), UsageError);
  throws(() => writer.write({ kind: "x.y" }, new Uint8Array(PACKET_MAX_BYTES)), UsageError);
  equal(writer.sizeBytes, before);
  deepEqual(writer.take(), encodePacket({ kind: "x.y" }));
});
