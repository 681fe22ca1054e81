/** Packets under every split, and under mutations of every class. `SLOW=1` runs a hundred times as many. */

import { deepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../lib/base/bytes.ts";
import { ProtocolError } from "../../lib/base/errors.ts";
import { SIGNED_IN_PACKET_LIMITS, STRANGER_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../lib/protocol/packet.ts";

const runs = Deno.env.get("SLOW") === "1" ? 20_000 : 200;
const seed = 20_251_121;

interface Outcome {
  readonly packets: readonly Packet[];
  readonly refused?: string;
}

/** Decodes `bytes` cut at `cuts`; every chunk is wiped once it was taken, as a reused read buffer would be. */
function decode(
  bytes: Uint8Array,
  cuts: readonly number[],
  limits = SIGNED_IN_PACKET_LIMITS,
): Outcome {
  const decoder = new PacketDecoder(limits);
  const packets: Packet[] = [];
  const edges = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  try {
    for (const to of [...edges, bytes.length]) {
      const chunk = bytes.slice(from, to);
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) packets.push(next);
      chunk.fill(0xaa);
      ok(decoder.heldBytes <= Math.max(8, 2 * to), "held more than twice what has arrived");
      from = to;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { packets, refused: error.code };
  }
  return { packets };
}

const header = fc.dictionary(
  fc.string({ maxLength: 12 }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 4, noNullPrototype: true },
).map((value) => JSON.parse(JSON.stringify(value)));
const packet = fc.record({ header, payload: fc.uint8Array({ maxLength: 3000 }) });
const stream = fc.array(packet, { minLength: 1, maxLength: 6 });
const cuts = fc.array(fc.nat(20_000), { maxLength: 40 });

Deno.test("packets come out as they went in, however the stream is split", () => {
  fc.assert(
    fc.property(stream, cuts, (sent, cuts) => {
      const bytes = concatBytes(...sent.map((one) => encodePacket(one.header, one.payload)));
      const { packets, refused } = decode(bytes, cuts);
      deepEqual(refused, undefined);
      deepEqual(
        packets.map((one) => ({ header: one.header, payload: [...one.payload] })),
        sent.map((one) => ({ header: one.header, payload: [...one.payload] })),
      );
    }),
    { numRuns: runs, seed },
  );
});

/** What noise does to a stream of valid packets. */
const MUTATIONS = {
  flip: (bytes: Uint8Array, at: number, value: number) => bytes[at] ^= 1 << value % 8,
  replace: (bytes: Uint8Array, at: number, value: number) => bytes[at] = value,
  length: (bytes: Uint8Array, _at: number, value: number) => bytes[value % 3] = value,
  headerLength: (bytes: Uint8Array, _at: number, value: number) => bytes[4 + value % 2] = value,
  headerText: (bytes: Uint8Array, at: number, value: number) => bytes[6 + at % 4] = value,
} as const;
const names = Object.keys(MUTATIONS) as (keyof typeof MUTATIONS)[];
const mutation = fc.record({
  name: fc.constantFrom(...names),
  at: fc.nat(20_000),
  value: fc.nat(255),
});

Deno.test("mutated packets end in ProtocolError or in packets, the same however they are split", () => {
  const hit = new Map<string, number>();
  const note = (what: string) => hit.set(what, (hit.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(
      stream,
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      cuts,
      (sent, changes, cuts) => {
        const bytes = concatBytes(...sent.map((one) => encodePacket(one.header, one.payload)));
        for (const { name, at, value } of changes) {
          MUTATIONS[name](bytes, at % bytes.length, value);
          note(name);
        }
        const whole = decode(bytes, [], STRANGER_PACKET_LIMITS);
        deepEqual(decode(bytes, cuts, STRANGER_PACKET_LIMITS), whole);
        note(whole.refused ?? "accepted");
      },
    ),
    { numRuns: 5 * runs, seed },
  );
  const expected = [
    ...names,
    "accepted",
    "packet-too-long",
    "header-too-long",
    "header-past-end",
    "header-not-utf8",
    "header-not-json",
  ];
  for (const what of expected) ok(hit.has(what), `no run hit ${what}: ${JSON.stringify([...hit])}`);
});

Deno.test("noise ends in ProtocolError or in nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, (noise, cuts) => {
      deepEqual(decode(noise, cuts), decode(noise, []));
    }),
    { numRuns: runs, seed },
  );
});
