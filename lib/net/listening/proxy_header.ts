/**
 * The header by which a proxy says for whom it connects: the PROXY protocol, version 2 only
 * (haproxy.org/download/3.0/doc/proxy-protocol.txt, §2.2). It stands before everything else, TLS too.
 */

import { ProtocolError } from "../../base/errors.ts";
import type { HostPort } from "../addresses/address.ts";
import type { ByteStream } from "../streams/byte_stream.ts";

/** §2.2: no text that a client of another protocol begins with. */
const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
/** Signature, version and command, family, length of the rest. */
const FIXED_BYTES = 16;
/** Addresses of IPv6 take 36; what proxies say besides (TLVs) some hundred. */
const REST_MAX_BYTES = 2048;

const LOCAL = 0x20;
const PROXY = 0x21;

/** Over which family and transport the client came, and where its address and port lie. */
const FAMILIES: Readonly<Record<number, { addressBytes: number; restBytes: number }>> = {
  /** TCP over IPv4: both addresses, then both ports. */
  0x11: { addressBytes: 4, restBytes: 12 },
  /** TCP over IPv6. */
  0x21: { addressBytes: 16, restBytes: 36 },
};
/** The proxy does not know, e.g. for a client on a socket of its own machine. */
const UNSPECIFIED = 0x00;

/** Who connects: a client, or the proxy itself, e.g. to see whether we are there. */
export type Introduced = HostPort | "proxy";

/**
 * Reads the header and no byte beyond it. Throws ProtocolError `bad-proxy-header` for anything else, version 1 too, and what
 * reading throws.
 */
export async function readProxyHeader(stream: Pick<ByteStream, "read">): Promise<Introduced> {
  const fixed = new Uint8Array(FIXED_BYTES);
  await fill(stream, fixed);
  const restBytes = restOf(fixed);
  const rest = new Uint8Array(restBytes);
  await fill(stream, rest);
  return sourceIn(fixed, rest);
}

/** How many bytes follow. Throws ProtocolError. */
function restOf(fixed: Uint8Array): number {
  if (!SIGNATURE.every((byte, i) => fixed[i] === byte)) throw bad("it does not begin with one");
  const restBytes = fixed[14] << 8 | fixed[15];
  if (restBytes > REST_MAX_BYTES) {
    throw bad(`${restBytes} bytes follow, limit is ${REST_MAX_BYTES}`);
  }
  return restBytes;
}

/** Throws ProtocolError. What stands behind the addresses (TLVs) is skipped. */
function sourceIn(fixed: Uint8Array, rest: Uint8Array): Introduced {
  const [command, familyCode] = [fixed[12], fixed[13]];
  // §2.2: whatever family and addresses it names, the connection is the proxy's own.
  if (command === LOCAL) return "proxy";
  if (command !== PROXY) throw bad("its version or command is unknown");
  if (familyCode === UNSPECIFIED) return "proxy";
  const family = FAMILIES[familyCode];
  if (family === undefined) throw bad("it is for another transport than TCP");
  const { addressBytes, restBytes } = family;
  if (rest.length < restBytes) throw bad("its addresses are cut off");
  const port = rest[2 * addressBytes] << 8 | rest[2 * addressBytes + 1];
  return { host: hostOf(rest.subarray(0, addressBytes)), port };
}

function hostOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, i) => (bytes[2 * i] << 8 | bytes[2 * i + 1]).toString(16),
  );
  return groups.join(":");
}

/** Exactly so many bytes. Throws ProtocolError when there are fewer. */
async function fill(stream: Pick<ByteStream, "read">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const count = await stream.read(bytes.subarray(at));
    if (count === null) throw bad("it is cut off");
    at += count;
  }
}

function bad(why: string): ProtocolError {
  return new ProtocolError("bad-proxy-header", `Cannot read PROXY header: ${why}`);
}
