/** The address to give to others when the server listens on all of its machine's. */

import { type HostPort, isLoopback, parseIp } from "./address.ts";

/** A part of `Deno.networkInterfaces()`. */
export interface NetworkAddress {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/** True for 0.0.0.0 and ::. */
export function isWildcard(host: string): boolean {
  return parseIp(host)?.every((byte) => byte === 0) ?? false;
}

/** The machine's first IPv4 address that others can reach, else its loopback. Behind a router it is the inner one. */
export function reachableAddress(
  { host, port }: HostPort,
  interfaces: readonly NetworkAddress[],
): HostPort {
  if (!isWildcard(host)) return { host, port };
  const outer = interfaces.find(({ family, address }) =>
    family === "IPv4" && !isLoopback(address) && !address.startsWith("169.254.")
  );
  return { host: outer?.address ?? "127.0.0.1", port };
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
