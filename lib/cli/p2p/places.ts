/** Where people without a server are, and where one listens oneself. */

import { UsageError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { type HostPort, parseHostPort } from "../../net/addresses/address.ts";
import { looksLikeInvite, parseInvite } from "../../net/addresses/invite.ts";
import { addressTowards, findFreePort } from "../../net/addresses/reachable.ts";

/** Where somebody listens, and whom one expects there if an invite said so. */
export interface Place {
  readonly address: HostPort;
  readonly expected: Fingerprint | undefined;
}

/** Tried before others, so that people who come back are where they were. */
const USUAL_PORT = 8090;

/** Where to listen for somebody who was not asked: in the network of `place`, else in all. */
export function listeningPlace(place: Place | undefined): HostPort {
  const host = place === undefined
    ? "0.0.0.0"
    : addressTowards(place.address.host, Deno.networkInterfaces());
  return findFreePort({ host, port: USUAL_PORT - 1 }) ?? { host, port: 0 };
}

/** An invite, or an address with its port. Throws UsageError. */
export function readPlace(host: string, port: string | undefined): Place {
  const invited = port === undefined ? parseInvite(host) : undefined;
  if (invited !== undefined) return { address: invited.address, expected: invited.fingerprint };
  if (looksLikeInvite(host)) {
    throw new UsageError(
      "bad-invite",
      `This invite is not complete: ${host}. It ends with #SHA256: and 43 letters and digits; copy all of it`,
    );
  }
  const bare = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const text = port === undefined ? host : `${bare}:${port}`;
  const address = port === undefined && !/:\d+$/.test(host) ? undefined : parseHostPort(text);
  if (address === undefined || address.port === 0) {
    throw new UsageError(
      "bad-address",
      `Cannot connect to ${text}. Example: conn 192.168.0.1 8085`,
    );
  }
  return { address, expected: undefined };
}
