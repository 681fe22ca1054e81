/** Which addresses are told to a contact, and which of a contact's are dialled (SR-77). Pure. */

import { type HostPort, isLoopback, parseIp } from "../../net/address.ts";
import { MAX_DIRECT_ADDRESSES } from "../../protocol/peer/direct.ts";

/** A part of `Deno.networkInterfaces()`. */
export interface Interface {
  readonly address: string;
}

/** What a person typed, and so wants told or dialled though it means something on this machine or line only. */
export interface TypedHosts {
  readonly hosts: readonly string[];
}

/** The addresses of this machine that others may reach, each once, with what the person typed first. */
export function ownAddresses(
  interfaces: readonly Interface[],
  port: number,
  { hosts }: TypedHosts,
): readonly HostPort[] {
  const found = interfaces.map(({ address }) => address).filter(isOrdinary);
  const all = [...hosts, ...found].filter((host, i, list) => list.indexOf(host) === i);
  return all.slice(0, MAX_DIRECT_ADDRESSES).map((host) => ({ host, port }));
}

/** Those with the one that the server sees this socket at, in place of the last when there are too many. */
export function withSeenAddress(
  own: readonly HostPort[],
  seen: HostPort | undefined,
  { hosts }: TypedHosts,
): readonly HostPort[] {
  if (seen === undefined || !(isOrdinary(seen.host) || hosts.includes(seen.host))) return own;
  if (own.some(({ host, port }) => host === seen.host && port === seen.port)) return own;
  return [...own.slice(0, MAX_DIRECT_ADDRESSES - 1), seen];
}

/**
 * What of a contact's list is dialled: addresses, not names, of one machine each. A contact cannot make this client knock at its
 * own services or at everybody on its line.
 */
export function dialable(
  addresses: readonly HostPort[],
  { hosts }: TypedHosts,
): readonly HostPort[] {
  return addresses.slice(0, MAX_DIRECT_ADDRESSES)
    .filter(({ host, port }) => port > 0 && (isOrdinary(host) || hosts.includes(host)));
}

/** An address of one machine that means the same to its neighbours: no loopback, link-local, multicast, broadcast. */
function isOrdinary(host: string): boolean {
  const bytes = host.includes("%") ? undefined : parseIp(host);
  if (bytes === undefined || isLoopback(host)) return false;
  return bytes.length === 4 ? isOrdinaryV4(bytes) : isOrdinaryV6(bytes);
}

function isOrdinaryV4([first, second, third, fourth]: Uint8Array): boolean {
  // 0.0.0.0/8 (RFC 791), 169.254.0.0/16 (RFC 3927), 224.0.0.0/4 and 240.0.0.0/4 (RFC 1112).
  const isNetwork = fourth === 255 && third === 255;
  return first !== 0 && first < 224 && !(first === 169 && second === 254) && !isNetwork;
}

function isOrdinaryV6(bytes: Uint8Array): boolean {
  // ::/96 holds the unspecified and old embedded ones, ::ffff:0:0/96 is written as IPv4 (RFC 4291 §2.5.5).
  const isEmbedded = bytes.subarray(0, 10).every((byte) => byte === 0);
  const isLinkLocal = bytes[0] === 0xfe && (bytes[1] & 0xc0) === 0x80;
  return !isEmbedded && !isLinkLocal && bytes[0] !== 0xff;
}
