/** Lists of addresses and networks, as an operator writes them: `10.0.0.2, 10.1.0.0/16, fd00::/8`. Pure. */

import { embeddedIpv4, parseIp } from "./address.ts";

const MAX_ENTRIES = 256;
/** The widest that somebody has for themselves: 10.0.0.0/8 and fd00::/8. Wider would be strangers. */
const LEAST_PREFIX_BITS = 8;

interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Some addresses. */
export interface AddressList {
  /** Of an address as the system names it; IPv4 in IPv6 is IPv4. */
  has(ip: string): boolean;
}

/** Reads a list; undefined, with which entry is wrong, when one is. Separated by commas or blanks, at least one. */
export function parseAddressList(
  text: string,
): { readonly ok: true; readonly list: AddressList } | {
  readonly ok: false;
  readonly wrong: string;
} {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0 || words.length > MAX_ENTRIES) return { ok: false, wrong: text };
  const networks: Network[] = [];
  for (const word of words) {
    const network = parseNetwork(word);
    if (network === undefined) return { ok: false, wrong: word };
    networks.push(network);
  }
  const has = (ip: string) => {
    const parsed = parseIp(ip);
    const bytes = parsed && (embeddedIpv4(parsed) ?? parsed);
    return bytes !== undefined && networks.some((network) => isIn(network, bytes));
  };
  return { ok: true, list: { has } };
}

/** An address, or a network whose address has no bits behind its prefix: those would be a slip. */
function parseNetwork(word: string): Network | undefined {
  const [, host, prefix] = /^([0-9a-fA-F:.]+)(?:\/([0-9]{1,3}))?$/.exec(word) ?? [];
  const parsed = host === undefined ? undefined : parseIp(host);
  if (parsed === undefined) return undefined;
  const bytes = embeddedIpv4(parsed) ?? parsed;
  if (prefix === undefined) return { bytes, bits: bytes.length * 8 };
  const bits = Number(prefix);
  // Of IPv4 in IPv6 it would be unclear which bits are meant.
  if (bytes !== parsed || bits < LEAST_PREFIX_BITS || bits > bytes.length * 8) return undefined;
  const isBare = bytes.every((byte, i) => (byte & ~maskOf(bits, i)) === 0);
  return isBare ? { bytes, bits } : undefined;
}

function isIn({ bytes, bits }: Network, ip: Uint8Array): boolean {
  return bytes.length === ip.length &&
    bytes.every((byte, i) => byte === (ip[i] & maskOf(bits, i)));
}

/** Of the byte at `i`, the bits that belong to a prefix. */
function maskOf(bits: number, i: number): number {
  const own = Math.max(0, Math.min(8, bits - i * 8));
  return 0xff << 8 - own & 0xff;
}
