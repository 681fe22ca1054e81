/** Which addresses are told to a contact, and which of a contact's are dialled (SR-77). Pure. */

import { type HostPort, isLoopback, parseIp } from "../../net/addresses/address.ts";
import { MAX_DIRECT_ADDRESSES } from "../../protocol/peer/direct.ts";

/** A part of `Deno.networkInterfaces()`. */
export interface Interface {
  readonly address: string;
}

/**
 * An address that a person typed: told instead of what the machine has, and dialled though it means something on this machine
 * or line only. Port 0 is the socket's own.
 */
export type TypedAddress = HostPort;

/** What others may reach this machine at, each once: what the person typed, else what the machine has. */
export function ownAddresses(
  interfaces: readonly Interface[],
  port: number,
  typed: readonly TypedAddress[],
): readonly HostPort[] {
  if (typed.length > 0) {
    const all = typed.map((one) => one.port === 0 ? { ...one, port } : one);
    return all.slice(0, MAX_DIRECT_ADDRESSES);
  }
  const hosts = new Set(interfaces.map(({ address }) => address).filter(isOrdinary));
  return [...hosts].slice(0, MAX_DIRECT_ADDRESSES).map((host) => ({ host, port }));
}

/** Those with the one that the server sees this socket at, in place of the last when there are too many. */
export function withSeenAddress(
  own: readonly HostPort[],
  seen: HostPort | undefined,
): readonly HostPort[] {
  if (seen === undefined || !isOrdinary(seen.host)) return own;
  if (own.some(({ host, port }) => host === seen.host && port === seen.port)) return own;
  return [...own.slice(0, MAX_DIRECT_ADDRESSES - 1), seen];
}

/**
 * What of a contact's list is dialled: addresses, not names, of one machine each. A contact cannot make this client knock at its
 * own services or at everybody on its line.
 */
export function dialable(
  addresses: readonly HostPort[],
  typed: readonly TypedAddress[],
): readonly HostPort[] {
  const isTyped = (host: string) => typed.some((one) => one.host === host);
  return addresses.slice(0, MAX_DIRECT_ADDRESSES)
    .filter(({ host, port }) => port > 0 && (isOrdinary(host) || isTyped(host)));
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
