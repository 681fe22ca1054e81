/** A new device of an identity: its keys, its certificate, and how both are kept before the server is told. */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import { type AccountId, type AccountName, type DeviceId, newDeviceId } from "../../base/ids.ts";
import { makeDeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import { type DeviceKeys, generateDeviceKeys } from "../../crypto/statements/device_keys.ts";
import { generateIdentity, type Identity } from "../../crypto/keys/identity.ts";
import {
  formatRecoveryCode,
  newRecoverySecret,
  sealIdentityCopy,
} from "../../crypto/keys/recovery.ts";
import { makeRosterEntry } from "../../crypto/statements/roster_entry.ts";
import { formatHostPort } from "../../net/addresses/address.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { ProfileKeeper } from "../profile/keeper.ts";
import type { Profile } from "../profile/profile.ts";
import { DEVICE_NAME_MAX_BYTES } from "../../protocol/limits.ts";

/** Called with the recovery code before the account exists, so that it can never exist without. */
export type KeepRecoveryCode = (code: string) => Promise<void>;

/** Makes an identity; it takes about a second. */
export type MakeIdentity = typeof generateIdentity;

/** Whose device it is, and where it is made. */
export interface Owner {
  readonly handshake: HandshakeResult;
  readonly keeper: ProfileKeeper;
  readonly account: AccountId;
  readonly name: AccountName;
  readonly password: string;
  readonly opaqueKey: string;
  readonly random: Profile["random"];
  readonly clock: Profile["clock"];
}

/** Certified, and not known to the server yet. */
export interface NewDevice {
  readonly device: DeviceId;
  readonly keys: DeviceKeys;
  readonly certificate: Bytes;
  readonly certificateHash: Profile["own"]["certificateHash"];
}

/** A new identity with its first device, and what the server is to keep of both. */
export interface NewIdentity {
  readonly identity: Identity;
  readonly pkcs8: Bytes;
  readonly device: NewDevice;
  readonly rosterEntry: Bytes;
  readonly recoveryCopy: Bytes;
}

/**
 * Makes an identity with its first device and its recovery copy. The code is kept by the caller before anything goes out.
 */
export async function makeNewIdentity(
  owner: Owner,
  options: { keepRecoveryCode: KeepRecoveryCode; makeIdentity?: MakeIdentity },
): Promise<NewIdentity> {
  const { keepRecoveryCode, makeIdentity = generateIdentity } = options;
  const { identity, pkcs8 } = await makeIdentity();
  const device = await makeDevice(owner, identity);
  const rosterEntry = await makeRosterEntry(identity, {
    serverId: owner.handshake.serverId,
    accountId: owner.account,
    accountName: owner.name,
    sequence: 1,
  });
  const secret = newRecoverySecret(owner.random);
  const { account, random } = owner;
  const recoveryCopy = await sealIdentityCopy(secret, { account, pkcs8, random });
  await keepRecoveryCode(formatRecoveryCode(secret));
  return { identity, pkcs8, device, rosterEntry, recoveryCopy };
}

/** A device of an identity that this machine has. */
export async function makeDevice(owner: Owner, identity: Identity): Promise<NewDevice> {
  const { random, clock } = owner;
  const device = newDeviceId(random);
  const keys = await generateDeviceKeys(random);
  const certificate = await makeDeviceCertificate(identity, {
    serverId: owner.handshake.serverId,
    accountId: owner.account,
    deviceId: device,
    mlsKey: keys.mls.publicKey,
    statementKey: keys.statement.publicKey,
    nowMs: clock.nowMs(),
  });
  return { device, keys, certificate: certificate.bytes, certificateHash: certificate.hash };
}

/** Before the server is told: an account whose keys are nowhere could not be used again. */
export async function keepDevice(
  owner: Owner,
  made: { pkcs8: Bytes; device: NewDevice; people?: Bytes },
): Promise<Profile> {
  const { handshake, keeper, account, name, opaqueKey } = owner;
  const { device } = made;
  return await keeper.store(owner.password, {
    facts: {
      account,
      name,
      device: device.device,
      certificateHash: device.certificateHash,
      serverId: handshake.serverId,
      serverAddress: formatHostPort(handshake.address),
      opaqueKey,
    },
    identityPkcs8: made.pkcs8,
    deviceKeys: device.keys,
    certificate: device.certificate,
    ...(made.people === undefined ? {} : { people: made.people }),
  });
}

// What a device is called until its owner says otherwise.

/** The host's name. They are short and in ASCII; one that is not would not fit. */
export function machineName(): string {
  const name = Deno.hostname();
  return name !== "" && utf8(name).length <= DEVICE_NAME_MAX_BYTES ? name : "unnamed";
}
