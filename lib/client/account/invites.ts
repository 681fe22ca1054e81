/** Invites for others: where the server is, what proves that it is the one, and what lets them register (SR-44). */

import { encodeBase64 } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { hashToken, newToken } from "../../crypto/keys/token.ts";
import { type HostPort, isLoopback, parseHostPort } from "../../net/addresses/address.ts";
import { formatInvite } from "../../net/addresses/invite.ts";
import { type NetworkAddress, reachableAddress } from "../../net/addresses/reachable.ts";
import type { HandshakeResult } from "../link/handshake.ts";

/** For how many, and for how long. */
export interface InviteTerms {
  readonly uses: number;
  readonly forSeconds: number;
  /** Where others reach the server, if the person knows better; else as its operator says, else as it was reached from here. */
  readonly address: string | undefined;
}

/** An invite, and what it is good for. */
export interface MadeInvite {
  /** `heliograph://…`; a secret if it has a token. */
  readonly invite: string;
  /** Undefined where everybody may register. */
  readonly expiresMs: number | undefined;
  /** Whether it leads to the server from its own machine only. */
  readonly isLocal: boolean;
}

/**
 * Has the server take in a new token, and makes the invite. `interfaces`: of this machine, for a server that was reached by
 * loopback. Throws Refusal `registration-closed`, `not-permitted`, `rate-limited`, UsageError `bad-address`, and what `Link.ask` throws.
 */
export async function makeInvite(
  { link, address: reachedAt, certificate }: HandshakeResult,
  terms: InviteTerms,
  { random, interfaces }: { random: Random; interfaces: readonly NetworkAddress[] },
): Promise<MadeInvite> {
  const { uses, forSeconds } = terms;
  const own = terms.address === undefined ? undefined : readAddress(terms.address, reachedAt.port);
  const token = newToken(random);
  const { fields } = await link.ask("invite.make", {
    hash: encodeBase64(await hashToken(token)),
    uses,
    forSeconds,
  });
  const { expiresMs, address: operators, local } = fields;
  const said = operators === undefined ? undefined : parseHostPort(operators, reachedAt.port);
  const address = own ?? said ?? asOthersReach(reachedAt, local ? [] : interfaces);
  const { fingerprint } = certificate;
  return {
    invite: formatInvite({
      address,
      fingerprint,
      ...(expiresMs === undefined ? {} : { token }),
    }),
    expiresMs,
    isLocal: isLoopback(address.host) || address.host === "localhost",
  };
}

/** Throws UsageError. */
function readAddress(text: string, port: number): HostPort {
  const address = parseHostPort(text, port);
  if (address !== undefined && address.port !== 0) return address;
  throw new UsageError("bad-address", `Cannot use --address ${text}: it is not HOST:PORT`);
}

/** A server that was reached by loopback is on this machine, which others find by another address. */
function asOthersReach(reached: HostPort, interfaces: readonly NetworkAddress[]): HostPort {
  const isHere = isLoopback(reached.host) || reached.host === "localhost";
  return isHere ? reachableAddress({ ...reached, host: "0.0.0.0" }, interfaces) : reached;
}
