/**
 * A filter for a listening socket, in the system's own packet language (classic BPF, Documentation/networking/filter.rst of
 * Linux): beginnings of connections from some sources are dropped before they cost this program anything. Pure.
 */

import { parseIp } from "../addresses/address.ts";

/**
 * So much fits, with the list before it beside it, into the 20 KiB for filters of a socket (net.core.optmem_max before Linux 6.9):
 * 256 of IPv4 or 128 of IPv6, which cost twice as much (measured on 6.18 with that limit).
 */
export const FILTER_ROOM = 256;
/** `struct sock_filter`. */
export const INSTRUCTION_BYTES = 8;
/** Instructions of the longest filter. */
export const FILTER_MAX_INSTRUCTIONS: number = 24 + 5 * FILTER_ROOM / 2;

/** Classes, sizes and modes that are used, as one number each. */
const LOAD_WORD = 0x20;
const LOAD_BYTE = 0x30;
const LOAD_KEPT = 0x60;
const STORE = 0x02;
const AND = 0x54;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

const KEEP = 0xffff_ffff;
const DROP = 0;
/** Offsets from here on are of the IP header; others of the TCP header, where the data of a TCP socket's filter begins. */
const IP_HEADER = 0xfff0_0000;
/** SYN and ACK: a connection begins with the first alone (RFC 9293 §3.1). */
const FLAGS_AT = 13;
const SYN_AND_ACK = 0x12;
const SYN = 0x02;
const SOURCE_IPV4_AT = IP_HEADER + 12;
const SOURCE_IPV6_AT = IP_HEADER + 8;

/** Where the filter keeps what it has loaded. */
const [FIRST_WORD, SECOND_WORD, SECOND_WORD_OF_48] = [0, 1, 2];

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];
const KEPT: Instruction = [RETURN, 0, 0, KEEP];
const DROPPED: Instruction = [RETURN, 0, 0, DROP];

/** What a source or network takes of `FILTER_ROOM`. */
export function filterCost(source: string): number {
  return source.includes(":") ? 2 : 1;
}

/**
 * Drops what begins a connection from one of `sources`, as `sourceOf` and `networkOf` name them, and keeps everything else. What finds
 * no room is left out.
 */
export function synFilter(sources: readonly string[]): Uint8Array<ArrayBuffer> {
  const hosts: Instruction[] = [];
  const nets: Instruction[] = [];
  const v6: Instruction[] = [];
  let used = 0;
  for (const source of sources) {
    used += filterCost(source);
    if (used > FILTER_ROOM) break;
    const [ip, length] = source.split("/");
    const bytes = parseIp(ip);
    if (bytes === undefined) continue;
    const words = new DataView(bytes.buffer, bytes.byteOffset);
    if (bytes.length === 4) {
      const list = length === undefined ? hosts : nets;
      list.push([JUMP_IF_EQUAL, 0, 1, words.getUint32(0)], DROPPED);
    } else {
      v6.push([LOAD_KEPT, 0, 0, FIRST_WORD], [JUMP_IF_EQUAL, 0, 3, words.getUint32(0)]);
      v6.push([LOAD_KEPT, 0, 0, length === "48" ? SECOND_WORD_OF_48 : SECOND_WORD]);
      v6.push([JUMP_IF_EQUAL, 0, 1, words.getUint32(4)], DROPPED);
    }
  }
  const v4 = [...hosts, [AND, 0, 0, 0xffff_ff00] as const, ...nets];
  return encode([
    [LOAD_BYTE, 0, 0, FLAGS_AT],
    [AND, 0, 0, SYN_AND_ACK],
    [JUMP_IF_EQUAL, 1, 0, SYN],
    KEPT,
    [LOAD_BYTE, 0, 0, IP_HEADER],
    [AND, 0, 0, 0xf0],
    // The way of a conditional jump is one byte: IPv6 lies too far away.
    [JUMP_IF_EQUAL, 1, 0, 0x40],
    [JUMP, 0, 0, v4.length + 2],
    [LOAD_WORD, 0, 0, SOURCE_IPV4_AT],
    ...v4,
    KEPT,
    // Loading from the packet costs the system eight of its own instructions, from here one: once for all sources.
    [LOAD_WORD, 0, 0, SOURCE_IPV6_AT],
    [STORE, 0, 0, FIRST_WORD],
    [LOAD_WORD, 0, 0, SOURCE_IPV6_AT + 4],
    [STORE, 0, 0, SECOND_WORD],
    [AND, 0, 0, 0xffff_0000],
    [STORE, 0, 0, SECOND_WORD_OF_48],
    ...v6,
    KEPT,
  ]);
}

/**
 * Gives the system a filter of as many of `sources` as it takes, those of IPv4 first, which cost it less; returns how many that are.
 * `attach`: false when it does not take one. Then the one before is removed, which needs room too.
 */
export function attachFilter(
  sources: readonly string[],
  attach: (filter: Uint8Array<ArrayBuffer>) => boolean,
  detach: () => void,
): number {
  const cheapFirst = sources.toSorted((left, right) => filterCost(left) - filterCost(right));
  if (sources.length > 0 && attach(synFilter(cheapFirst))) return sources.length;
  detach();
  for (let count = sources.length; count > 0; count = Math.floor(count * 3 / 4)) {
    if (attach(synFilter(cheapFirst.slice(0, count)))) return count;
  }
  return 0;
}

/** In the machine's order, which is little-endian wherever this runs. */
function encode(program: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(INSTRUCTION_BYTES * program.length);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, ifTrue, ifFalse, value]] of program.entries()) {
    const at = INSTRUCTION_BYTES * i;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, value, true);
  }
  return bytes;
}
