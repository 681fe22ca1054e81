/** From the name of a machine to its addresses. */

import process from "node:process";
import { parseIp } from "./address.ts";

/**
 * The addresses of a host, in the order in which the system says to try them; an address is its own. Where Deno resolves names
 * for QUIC it holds up the whole program, so names are resolved here first. Rejects with the system's error for an unknown name.
 */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (parseIp(host) !== undefined) return [host];
  // Loaded when the first name comes.
  const { lookup } = await import("node:dns/promises");
  // That of Deno 2.4.2 warns of its own inside on the person's screen (`punycode`).
  Object.assign(process, { noDeprecation: true });
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
