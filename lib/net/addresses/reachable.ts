/** The address to give to others when the server listens on all of its machine's. */

import { type HostPort, isLoopback, parseHostPort, parseIp } from "./address.ts";

/** A part of `Deno.networkInterfaces()`. */
export interface NetworkAddress {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/** The same with its network's length. */
export interface NetworkCidr extends NetworkAddress {
  readonly cidr: string;
}

/** True for 0.0.0.0 and ::. */
export function isWildcard(host: string): boolean {
  return parseIp(host)?.every((byte) => byte === 0) ?? false;
}

/**
 * The machine's first address that others can reach, IPv4 before IPv6, else its loopback. Behind a router it is the inner one.
 */
export function reachableAddress(
  { host, port }: HostPort,
  interfaces: readonly NetworkAddress[],
): HostPort {
  if (!isWildcard(host)) return { host, port };
  const outer = (wanted: NetworkAddress["family"]) =>
    interfaces.find(({ family, address }) =>
      family === wanted && !isLoopback(address) && !isLinkLocal(address)
    )?.address;
  const v6 = host.includes(":") ? outer("IPv6") : undefined;
  return { host: outer("IPv4") ?? v6 ?? "127.0.0.1", port };
}

/** What invites say: `given` by the operator, whose port may be left out, else the address that others can reach. */
export function invitedAddress(
  listened: HostPort,
  given: string | undefined,
  interfaces: readonly NetworkAddress[],
): HostPort {
  const chosen = given === undefined ? undefined : parseHostPort(given, listened.port);
  return chosen ?? reachableAddress(listened, interfaces);
}

/**
 * The own address of the network that `host` is in; of another network or of a name, the first that others reach. Loopback
 * for loopback, and where there is no other. It is of the kind of `host`: IPv6 for IPv6.
 */
export function addressTowards(host: string, interfaces: readonly NetworkCidr[]): string {
  const target = parseIp(host);
  const isV6 = target?.length === 16;
  const loopback = isV6 ? "::1" : "127.0.0.1";
  if (isLoopback(host) || host.toLowerCase() === "localhost") return loopback;
  const own = interfaces.filter(({ family, address }) =>
    family === (isV6 ? "IPv6" : "IPv4") && !isLoopback(address) && !isLinkLocal(address)
  );
  const near = own.find(({ address, cidr }) =>
    address === host || target !== undefined && isWithin(target, cidr)
  );
  return (near ?? own[0])?.address ?? loopback;
}

function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}

/** `cidr`: e.g. `192.168.0.21/24`. */
function isWithin(target: Uint8Array, cidr: string): boolean {
  const [address, length] = cidr.split("/");
  const network = parseIp(address);
  const bits = Number(length);
  if (network?.length !== target.length || !Number.isInteger(bits)) return false;
  return target.every((byte, i) => {
    const ours = Math.min(8, Math.max(0, bits - 8 * i));
    return (byte ^ network[i]) >> (8 - ours) === 0;
  });
}

/** Where this machine itself reaches the server. */
export function localAddress({ host, port }: HostPort): HostPort {
  if (!isWildcard(host)) return { host, port };
  return { host: host.includes(":") ? "::1" : "127.0.0.1", port };
}

/** A port near `from` that is free on this host now, for a suggestion; undefined when none of the next ones is. */
export function findFreePort({ host, port }: HostPort): HostPort | undefined {
  for (let next = port + 1; next <= Math.min(port + 20, 65_535); next++) {
    try {
      Deno.listen({ hostname: host, port: next }).close();
      return { host, port: next };
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) return undefined;
    }
  }
  return undefined;
}
