import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { networkOf, parseIp, sourceOf } from "../../../../lib/net/addresses/address.ts";
import {
  attachFilter,
  FILTER_MAX_INSTRUCTIONS,
  FILTER_ROOM,
  filterCost,
  INSTRUCTION_BYTES,
  synFilter,
} from "../../../../lib/net/listening/syn_filter.ts";

const [SYN, SYN_ACK, ACK, RST] = [0x02, 0x12, 0x10, 0x04];

/** What the system's interpreter does with the instructions that are used; anything else is an error. */
function isKept(filter: Uint8Array, ip: string, flags: number): boolean {
  const source = parseIp(ip) ?? new Uint8Array();
  const header = new Uint8Array(40);
  header[0] = source.length === 4 ? 0x45 : 0x60;
  header.set(source, source.length === 4 ? 12 : 8);
  const tcp = new Uint8Array(20);
  tcp[13] = flags;
  const view = new DataView(filter.buffer);
  let accumulator = 0;
  const kept: (number | undefined)[] = [];
  const load = (at: number, bytes: number) => {
    const [from, offset] = at >= 0xfff0_0000 ? [header, at - 0xfff0_0000] : [tcp, at];
    ok(offset + bytes <= from.length);
    const words = new DataView(from.buffer);
    return bytes === 1 ? words.getUint8(offset) : words.getUint32(offset);
  };
  for (let i = 0;; i++) {
    ok(i * INSTRUCTION_BYTES < filter.length, "ran off its end");
    const at = i * INSTRUCTION_BYTES;
    const value = view.getUint32(at + 4, true);
    switch (view.getUint16(at, true)) {
      case 0x20:
        accumulator = load(value, 4);
        break;
      case 0x30:
        accumulator = load(value, 1);
        break;
      case 0x60: {
        const word = kept[value];
        ok(word !== undefined, "loads what it has not stored");
        accumulator = word;
        break;
      }
      case 0x02:
        kept[value] = accumulator;
        break;
      case 0x54:
        accumulator = (accumulator & value) >>> 0;
        break;
      case 0x05:
        i += value;
        break;
      case 0x15:
        i += view.getUint8(accumulator === value ? at + 2 : at + 3);
        break;
      case 0x06:
        return value !== 0;
      default:
        throw new Error("no such instruction");
    }
  }
}

const NEIGHBOURS: readonly string[] = [
  "192.0.2.1",
  "192.0.2.7",
  "127.0.0.1",
  "2001:db8::1",
  "2001:db8:0:1::1",
  "::1",
];

Deno.test("syn filter drops the beginnings of named sources and keeps those of all others", () => {
  for (
    const named of [
      [],
      ["192.0.2.7"],
      [sourceOf("2001:db8::7")],
      ["::1"].map(sourceOf),
      NEIGHBOURS.map(sourceOf),
    ]
  ) {
    const filter = synFilter(named);
    const kept = NEIGHBOURS.filter((ip) => isKept(filter, ip, SYN));
    deepEqual(kept, NEIGHBOURS.filter((ip) => !named.includes(sourceOf(ip))), named.join());
  }
});

Deno.test("syn filter keeps all that belongs to connections that are there", () => {
  const filter = synFilter(NEIGHBOURS.map(sourceOf));
  for (const ip of NEIGHBOURS) {
    for (const flags of [ACK, SYN_ACK, RST, 0]) ok(isKept(filter, ip, flags));
  }
});

Deno.test("syn filter drops the beginnings of whole networks beside those of sources", () => {
  const ips = [
    ...["192.0.2.1", "192.0.2.255", "192.0.3.1", "198.51.100.1", "198.51.100.2", "203.0.113.9"],
    ...["2001:db8:1::1", "2001:db8:1:ffff::1", "2001:db8:2::1", "2001:db8:2:1::1"],
    ...["f001:8000:9000:1::1", "f001:8000:9000:2::1"],
  ];
  const sources = ["198.51.100.1", "2001:db8:2:1::1", "f001:8000:9000:1::7"].map(sourceOf);
  const networks = ["192.0.2.7", "203.0.113.1", "2001:db8:1:7::1"].map(sourceOf).map(networkOf);
  const named = [...sources, ...networks];
  const filter = synFilter(named);
  const kept = ips.filter((ip) => isKept(filter, ip, SYN));
  const isNamed = (ip: string) =>
    named.includes(sourceOf(ip)) || named.includes(networkOf(sourceOf(ip)));
  deepEqual(kept, ips.filter((ip) => !isNamed(ip)));
  equal(kept.length, 4);
});

Deno.test("syn filter has room for 256 sources of IPv4 or 128 of IPv6, leaves out more, and what is no address", () => {
  const v4 = Array.from({ length: 257 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const v6 = Array.from({ length: 129 }, (_, i) => `2001:db8:${i.toString(16)}:1::`);
  for (const ips of [v4, v6]) {
    const filter = synFilter(ips.map(sourceOf));
    ok(filter.length <= INSTRUCTION_BYTES * FILTER_MAX_INSTRUCTIONS);
    const dropped = ips.filter((ip) => !isKept(filter, ip, SYN));
    deepEqual(dropped, ips.slice(0, -1));
    equal(dropped.length * filterCost(ips[0]), FILTER_ROOM);
  }
  equal(synFilter(["", "name"]).length, synFilter([]).length);
  throws(() => isKept(new Uint8Array(8), "10.0.0.1", SYN));
});

/** A system that takes filters of so many bytes together, the one before and the next, as Linux does. */
function openSystem(roomBytes: number) {
  let filter: Uint8Array | undefined;
  const attach = (next: Uint8Array) => {
    if ((filter?.length ?? 0) + next.length > roomBytes) return false;
    filter = next;
    return true;
  };
  const block = (sources: readonly string[]) =>
    attachFilter(sources, attach, () => filter = undefined);
  const drops = (ip: string) => filter !== undefined && !isKept(filter, ip, SYN);
  return { block, drops };
}

Deno.test("a filter that the system does not take beside the one before is taken in its place", () => {
  const { block, drops } = openSystem(synFilter(["192.0.2.1"]).length);
  equal(block(["192.0.2.1"]), 1);
  equal(block(["192.0.2.2"]), 1);
  deepEqual(["192.0.2.1", "192.0.2.2"].map(drops), [false, true]);
  equal(block([]), 0);
  deepEqual(drops("192.0.2.2"), false);
});

Deno.test("of a list that the system does not take the longest that it does is blocked, IPv4 first, and is what is counted", () => {
  const v4 = ["192.0.2.1", "192.0.2.2"];
  const v6 = Array.from({ length: 16 }, (_, i) => `2001:db8:${i.toString(16)}:1::`);
  const sources = [...v6, ...v4].map(sourceOf);
  const { block, drops } = openSystem(synFilter(sources).length - 1);
  const count = block(sources);
  equal([...v4, ...v6].filter(drops).length, count);
  ok(count >= 12);
  deepEqual(v4.map(drops), [true, true]);
  equal(openSystem(0).block(sources), 0);
});
