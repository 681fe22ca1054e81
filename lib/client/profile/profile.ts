/** What a signed-in client works with: its database, what opens it, and who it is. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId, AccountName, DeviceId, Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { DeviceKeys } from "../../crypto/statements/device_keys.ts";
import type { Identity } from "../../crypto/keys/identity.ts";
import type { OwnDevice } from "../../crypto/mls/key_package.ts";
import type { Database } from "../../storage/database.ts";
import type { Vault } from "./vault.ts";
import type { ProfileWrites } from "./writes.ts";

/** Who one is, at a server or without one: an identity and the one device that speaks for it here. */
export interface OwnIdentity {
  readonly account: AccountId;
  readonly name: AccountName;
  readonly identity: Identity;
  readonly device: DeviceId;
  readonly deviceKeys: DeviceKeys;
  readonly certificate: Bytes;
  readonly certificateHash: Fingerprint;
}

/** This profile's account and device. */
export interface OwnAccount extends OwnIdentity {
  readonly serverId: Fingerprint;
  /** `HOST:PORT` where the account was made, or where its owner last signed in. */
  readonly serverAddress: string;
  /** The server's OPAQUE public key, pinned at registration (SR-43). */
  readonly opaqueKey: string;
}

/** An unlocked profile. Whoever opened it closes its database. */
export interface Profile {
  readonly database: Database;
  readonly writes: ProfileWrites;
  readonly vault: Vault;
  readonly own: OwnAccount;
  readonly clock: Clock;
  readonly random: Random;
}

/** The own device as MLS takes it. */
export function ownDevice({ own }: Profile): OwnDevice {
  return {
    accountId: own.account,
    certificateHash: own.certificateHash,
    mlsKeys: own.deviceKeys.mls,
  };
}
