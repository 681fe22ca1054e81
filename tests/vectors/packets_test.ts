/**
 * Golden packets: the bytes of one packet of every kind of message, for this program and for others that speak its
 * protocol. They were made by an encoder of its own, from docs/protocol.md; see there, "Packets".
 */

import { deepEqual, equal, throws } from "node:assert/strict";
import { decodeHex, encodeHex } from "../../lib/base/bytes.ts";
import { ProtocolError } from "../../lib/base/errors.ts";
import { failure } from "../../lib/protocol/failure.ts";
import { HOP_NOTICES, HOP_PUSHES, HOP_REQUESTS } from "../../lib/protocol/hop/mod.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../lib/protocol/packet.ts";
import { DIRECT_PACKETS } from "../../lib/protocol/peer/direct.ts";
import { P2P_MESSAGES } from "../../lib/protocol/p2p/mod.ts";
import { STREAM_UNITS } from "../../lib/protocol/peer/stream.ts";
import { FEATURES } from "../../lib/client/sync/families.ts";

type Language = "request" | "reply" | "notice" | "push" | "failure" | "peer" | "direct" | "p2p";

interface Vector {
  readonly language: Language;
  readonly header: Readonly<Record<string, unknown>>;
  /** Hexadecimal, as is `packet`. */
  readonly payload: string;
  readonly packet: string;
}

interface Vectors {
  readonly packets: readonly Vector[];
  /** Bytes that no receiver takes, and the code of the error. */
  readonly refused: readonly {
    readonly what: string;
    readonly bytes: string;
    readonly code: string;
  }[];
}

interface Definition {
  readonly kind: string;
  read(header: Vector["header"], payload: Uint8Array): unknown;
}

const file = new URL("packets.json", import.meta.url);
const { packets, refused }: Vectors = JSON.parse(await Deno.readTextFile(file));

const DEFINITIONS: Readonly<Record<Language, readonly Definition[]>> = {
  request: Object.values(HOP_REQUESTS).map(({ request }) => request),
  reply: Object.values(HOP_REQUESTS).map(({ reply }) => reply),
  notice: Object.values(HOP_NOTICES),
  push: Object.values(HOP_PUSHES),
  failure: [failure],
  peer: [...FEATURES.families.kinds.values(), ...Object.values(STREAM_UNITS)],
  direct: Object.values(DIRECT_PACKETS),
  p2p: Object.values(P2P_MESSAGES),
};

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  const decoded = decodeHex(hex);
  if (decoded === undefined) throw new Error(`not hexadecimal: ${hex}`);
  return decoded;
}

function decode(packet: Uint8Array): Packet | undefined {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  decoder.push(packet);
  const first = decoder.next();
  equal(decoder.next(), undefined, "there is one packet");
  return first;
}

Deno.test("golden packets are what the encoder writes, byte for byte", () => {
  for (const { header, payload, packet } of packets) {
    equal(encodeHex(encodePacket(header, bytes(payload))), packet, String(header.kind));
  }
});

Deno.test("golden packets are read back, and their messages are accepted", () => {
  for (const { language, header, payload, packet } of packets) {
    const kind = String(header.kind);
    const read = decode(bytes(packet));
    deepEqual(read && { ...read.header }, header, kind);
    deepEqual(read?.payload, bytes(payload), kind);
    const definition = DEFINITIONS[language].find((one) => one.kind === kind);
    const { kind: _kind, request: _request, ...fields } = header;
    deepEqual(definition?.read(read?.header ?? {}, bytes(payload)), fields, kind);
  }
});

Deno.test("golden packets show every kind of message", () => {
  for (const [language, definitions] of Object.entries(DEFINITIONS)) {
    const shown = packets.filter((vector) => vector.language === language);
    const kinds = new Set(shown.map(({ header }) => header.kind));
    for (const { kind } of definitions) {
      equal(kinds.has(kind), true, `${language} ${kind} has no golden packet`);
    }
  }
});

Deno.test("golden packets that nobody may send are refused, each by its code", () => {
  for (const { what, bytes: hex, code } of refused) {
    throws(
      () => decode(bytes(hex)),
      (error) => error instanceof ProtocolError && error.code === code,
      what,
    );
  }
});
