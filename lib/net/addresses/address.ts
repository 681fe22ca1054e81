/** Network addresses as people type them and as the system reports them. Pure. */

/** Where servers listen when nothing else is said. */
export const DEFAULT_PORT = 9797;

/** A place on the network. */
export interface HostPort {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host`, `host:port`, `[v6]` or `[v6]:port`. Returns undefined for anything else, an IPv6 address without brackets
 * included, since its end could be a port. Port 0 is allowed: a listener then takes any.
 */
export function parseHostPort(text: string, defaultPort = DEFAULT_PORT): HostPort | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([0-9]{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [, v6, name, portText] = match;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (port > 65_535) return undefined;
  if (v6 !== undefined) return parseIpv6(v6) === undefined ? undefined : { host: v6, port };
  return isHostName(name) ? { host: name, port } : undefined;
}

/** The one text form of an address, which `parseHostPort` reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Letters, digits, hyphens and underscores in labels of at most 63 (RFC 1123 §2.1; underscores occur in the wild). */
function isHostName(text: string): boolean {
  if (text.length > 253) return false;
  const labels = (text.endsWith(".") ? text.slice(0, -1) : text).split(".");
  // Numbers at the end are meant as an address, and it is none (WHATWG URL, "ends in a number").
  if (/^\d+$/.test(labels.at(-1) ?? "") && parseIpv4(text) === undefined) return false;
  return labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

/** The four or sixteen bytes of an address, without its zone. Returns undefined when `text` is none. */
export function parseIp(text: string): Uint8Array | undefined {
  return parseIpv4(text) ?? parseIpv6(text);
}

/** True for 127.0.0.0/8 and ::1, also as IPv4 in IPv6. Give it a resolved address: a name says nothing (SR-49). */
export function isLoopback(ip: string): boolean {
  const bytes = parseIp(ip);
  if (bytes === undefined) return false;
  const v4 = embeddedIpv4(bytes);
  if (v4 !== undefined) return v4[0] === 127;
  return bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

/**
 * What counts as one source: an IPv4 address or an IPv6 /64, the least that a subscriber is given (RFC 6177 §2). What is no
 * address counts by its text.
 */
export function sourceOf(ip: string): string {
  const bytes = parseIp(ip);
  if (bytes === undefined) return ip;
  const v4 = embeddedIpv4(bytes);
  if (v4 !== undefined) return v4.join(".");
  const groups = [0, 2, 4, 6].map((at) => (bytes[at] << 8 | bytes[at + 1]).toString(16));
  return `${groups.join(":")}::/64`;
}

/**
 * The network around a source, as `sourceOf` names it: what one customer is given at most, and rents for the price of a machine. IPv4
 * /24, IPv6 /48 with its 65,536 sources. What is no address is its own network.
 */
export function networkOf(source: string): string {
  if (source.endsWith("::/64")) return `${source.split(":", 3).join(":")}::/48`;
  const v4 = /^(\d+\.\d+\.\d+)\.\d+$/.exec(source);
  return v4 === null ? source : `${v4[1]}.0/24`;
}

/** One text for each address, however it was written: IPv4 in IPv6 is IPv4. */
export function ipKey(bytes: Uint8Array): string {
  return (embeddedIpv4(bytes) ?? bytes).join(".");
}

/** IPv4, or IPv4 mapped into IPv6 (`::ffff:a.b.c.d`, RFC 4291 §2.5.5.2), as dual-stack listeners report it. */
export function embeddedIpv4(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 4) return bytes;
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff &&
    bytes[11] === 0xff;
  return isMapped ? bytes.subarray(12) : undefined;
}

/** Four decimal numbers; no leading zeros, which some read as octal. */
function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) {
    return undefined;
  }
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined;
}

/** RFC 4291 §2.2, with a zone (`%eth0`) that is left out. */
function parseIpv6(text: string): Uint8Array | undefined {
  const address = text.replace(/%[a-z0-9._-]{1,32}$/i, "");
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const zeros = new Array<number>(16 - head.length - tail.length).fill(0);
  return Uint8Array.from([...head, ...zeros, ...tail]);
}

/** The bytes of groups between colons; the last may be IPv4 when `isEnd`. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    const v4 = isEnd && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (v4 !== undefined) bytes.push(...v4);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}
