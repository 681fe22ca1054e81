/** What a signed-in client works with: its database, what opens it, and who it is. */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId, AccountName, DeviceId, Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { DeviceKeys } from "../../crypto/device_keys.ts";
import type { Identity } from "../../crypto/identity.ts";
import type { OwnDevice } from "../../crypto/mls/key_package.ts";
import type { Database } from "../../storage/database.ts";
import type { RootKey } from "../../crypto/kdf.ts";
import { RecordSealer } from "../../crypto/sealed_record.ts";
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

// Seals and opens what a profile keeps (SR-80), under the keys of one unlocked key store.

/** Seals values by what they are and whose they are. */
export class Vault {
  readonly #records: RecordSealer;
  readonly #history: RecordSealer;

  private constructor(records: RecordSealer, history: RecordSealer) {
    this.#records = records;
    this.#history = history;
  }

  static async open(root: RootKey, random: Random): Promise<Vault> {
    return new Vault(
      await RecordSealer.create(root, "profile", random),
      await RecordSealer.create(root, "history", random),
    );
  }

  /** A record of one table and row, which cannot be opened as another. */
  seal(table: string, row: string, plaintext: Bytes): Promise<Bytes> {
    return this.#records.seal({ table, row }, plaintext);
  }

  /** Throws CryptoError when it was not sealed here and for this place. */
  open(table: string, row: string, sealed: Bytes): Promise<Bytes> {
    return this.#records.open({ table, row }, sealed);
  }

  /** A value in place of a plaintext. */
  sealValue(table: string, row: string, value: unknown): Promise<Bytes> {
    return this.seal(table, row, utf8(JSON.stringify(value)));
  }

  /** What `sealValue` was given for this place, which the caller knows the type of. Throws as `open`. */
  async openValue<Value>(table: string, row: string, sealed: Bytes): Promise<Value> {
    // This profile wrote it: that is authenticated.
    return JSON.parse(decodeUtf8(await this.open(table, row, sealed)) ?? "null") as Value;
  }

  /** History has a key of its own, so that it can be given away or destroyed alone. */
  sealHistory(table: string, place: number, plaintext: Bytes): Promise<Bytes> {
    return this.#history.seal({ table, row: place }, plaintext);
  }

  openHistory(table: string, place: number, sealed: Bytes): Promise<Bytes> {
    return this.#history.open({ table, row: place }, sealed);
  }
}
