/** Two who meet over a stream in memory, with ready identities. */

import { systemRandom } from "../../../../lib/base/random.ts";
import { parseAccountName } from "../../../../lib/base/account_name.ts";
import { type Fingerprint, fingerprint } from "../../../../lib/base/ids.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import type { OwnSide } from "../../../../lib/client/p2p/handshake.ts";
import { makeOwnPeer, type OwnPeer } from "../../../../lib/client/p2p/peer_identity.ts";
import { readyIdentity } from "../../../kit/profiles.ts";

/** When all of it happens. */
export const NOW_MS = Date.UTC(2026, 10, 21);

/** A certificate that nobody has, by its name. */
export function certificateOf(name: string): Promise<Fingerprint> {
  return fingerprint(utf8(`certificate of ${name}`));
}

/** Somebody with the ready identity `which`. */
export async function ownPeer(name: string, which: number): Promise<OwnPeer> {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new Error(parsed.message);
  const makeIdentity = () => readyIdentity(which);
  const { own } = await makeOwnPeer(parsed, { random: systemRandom, nowMs: NOW_MS, makeIdentity });
  return own;
}

/** The same, ready to meet. */
export async function ownSide(name: string, which: number): Promise<OwnSide> {
  return {
    own: await ownPeer(name, which),
    tlsFingerprint: await certificateOf(name),
    port: 8090,
    random: systemRandom,
    nowMs: NOW_MS,
    judge: () => {},
  };
}
