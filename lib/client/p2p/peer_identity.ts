/** Who one is without a server: what is shown to others, and what is kept to prove it. */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal, TrustError } from "../../base/errors.ts";
import { type AccountId, type AccountName, newDeviceId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import {
  type DeviceCertificate,
  isValidAt,
  makeDeviceCertificate,
  verifyDeviceCertificate,
} from "../../crypto/statements/device_certificate.ts";
import { generateDeviceKeys } from "../../crypto/statements/device_keys.ts";
import { generateIdentity } from "../../crypto/keys/identity.ts";
import { NO_SERVER } from "../../crypto/statements/peer_proof.ts";
import {
  makeRosterEntry,
  type RosterEntry,
  verifyRosterEntry,
} from "../../crypto/statements/roster_entry.ts";
import type { OwnIdentity } from "../profile/profile.ts";

/** An own identity with its one device. */
export interface OwnPeer extends OwnIdentity {
  readonly rosterEntry: Bytes;
}

/** What another one shows, checked: it belongs together. Whether it is theirs is for the proof to say. */
export interface ShownPeer {
  readonly entry: RosterEntry;
  readonly certificate: DeviceCertificate;
  readonly rosterEntry: Bytes;
}

/** Makes an identity; it takes about a second. */
export type MakePeerIdentity = typeof generateIdentity;

/** A new identity, with the bytes of its private key. */
export async function makeOwnPeer(
  { id: account, name }: { readonly id: AccountId; readonly name: AccountName },
  { random, nowMs, makeIdentity = generateIdentity }: {
    random: Random;
    nowMs: number;
    makeIdentity?: MakePeerIdentity;
  },
): Promise<{ own: OwnPeer; identityPkcs8: Bytes }> {
  const { identity, pkcs8: identityPkcs8 } = await makeIdentity();
  const device = newDeviceId(random);
  const deviceKeys = await generateDeviceKeys(random);
  const { bytes: certificate, hash: certificateHash } = await makeDeviceCertificate(identity, {
    serverId: NO_SERVER,
    accountId: account,
    deviceId: device,
    mlsKey: deviceKeys.mls.publicKey,
    statementKey: deviceKeys.statement.publicKey,
    nowMs,
  });
  const entry = { serverId: NO_SERVER, accountId: account, accountName: name, sequence: 1 };
  const rosterEntry = await makeRosterEntry(identity, entry);
  const keys = { identity, device, deviceKeys, certificate, certificateHash };
  return { own: { account, name, rosterEntry, ...keys }, identityPkcs8 };
}

/** Checks that entry and certificate are of one account and one identity. Throws TrustError `bad-peer`. */
export async function readShownPeer(
  rosterEntry: Bytes,
  certificateBytes: Bytes,
  nowMs: number,
): Promise<ShownPeer> {
  const entry = await verifyRosterEntry(rosterEntry, NO_SERVER);
  const shown = await verifyDeviceCertificate(certificateBytes, NO_SERVER);
  if (!entry.ok || !shown.ok) throw notWhoTheySay();
  const { certificate } = shown;
  const isOne = entry.entry.accountId === certificate.accountId &&
    entry.entry.identity.fingerprint === certificate.identity.fingerprint;
  if (!isOne || !isValidAt(certificate, nowMs)) throw notWhoTheySay();
  return { entry: entry.entry, certificate, rosterEntry };
}

/** One error for all causes: nothing can be learned by trying. */
export function notWhoTheySay(): TrustError {
  return new TrustError(
    "bad-peer",
    "The program that answers there cannot prove who it is: nothing was sent",
  );
}

/** Two of one name cannot be told apart, nor put into one group. Throws Refusal. */
export function requireOther(own: OwnPeer, { entry }: ShownPeer): void {
  if (entry.identity.fingerprint === own.identity.key.fingerprint) {
    throw new Refusal("not-allowed", "That is you: you cannot connect to yourself");
  }
  if (entry.accountId === own.account) {
    throw new Refusal(
      "name-taken",
      `Both of you are called ${own.name}: one of you needs another name`,
    );
  }
}
