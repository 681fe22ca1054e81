/** What the server remembers of devices and their keys. Part of the store; see `store.ts` for what every call must promise. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, DeviceId, Fingerprint } from "../../base/ids.ts";

/** Id and certificate MUST be new: `device-refused` when one was ever used, by a removed device too. */
export interface NewDevice {
  readonly device: DeviceId;
  /** The whole certificate, and its hash. */
  readonly certificate: Bytes;
  readonly certificateHash: Fingerprint;
}

/** One installation of an account, not removed. */
export interface Device {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly certificate: Bytes;
  readonly certificateHash: Fingerprint;
  /** What its owner calls it; only the account's devices can open it. */
  readonly sealedName: Bytes | undefined;
  /** False after a sign-out or a change of password: this device must sign in by password first (SR-47). */
  readonly signedIn: boolean;
  readonly createdMs: number;
  readonly lastSeenMs: number;
}

/** The calls about devices and their key packages. */
export interface DeviceStore {
  /**
   * `known` when the account has this very device already. Refused with `unknown-account`, with `too-many` for more than
   * `DEVICES_MAX`, and with `device-refused` when the account has another identity than the one, if one is named, that
   * certified the device (SR-03).
   */
  addDevice(
    options: { account: AccountId; device: NewDevice; nowMs: number; identity?: Fingerprint },
  ): Promise<
    "added" | "known"
  >;
  findDevice(account: AccountId, device: DeviceId): Promise<Device | undefined>;
  listDevices(account: AccountId): Promise<readonly Device[]>;
  /** One that was removed, by itself or with all the others. */
  findRemovedDevice(account: AccountId, device: DeviceId): Promise<Device | undefined>;
  /**
   * Keeps the account's next list of removed devices and removes those of them that are there: their key packages, mailboxes
   * and places in conversations (SR-10). `stale`, and nothing happens, when the sequence is not `present` any more.
   */
  removeDevices(
    options: {
      account: AccountId;
      devices: readonly DeviceId[];
      revocation: Bytes;
      present: number;
      sequence: number;
    },
  ): Promise<"removed" | "stale">;
  /** Refused with `device-refused` when it is removed. */
  nameDevice(options: { device: DeviceId; name: Bytes }): Promise<void>;
  setSignedIn(options: { account: AccountId; device: DeviceId; signedIn: boolean }): Promise<void>;
  findCertificate(hash: Fingerprint): Promise<Bytes | undefined>;
  /**
   * Adds one-time packages, of which the newest 100 are kept; a last-resort one replaces the one before. Returns how many
   * one-time ones there are.
   */
  publishKeyPackages(
    options: { device: DeviceId; packages: readonly Bytes[]; lastResort: boolean; nowMs: number },
  ): Promise<number>;
  countKeyPackages(device: DeviceId): Promise<{ oneTime: number; lastResort: boolean }>;
  /**
   * Takes one package of the account's most recently seen device that has any: a one-time one, which is then gone, else
   * the last-resort one, which stays (SR-30). None of the devices `except`.
   */
  takeKeyPackage(account: AccountId, except?: readonly DeviceId[]): Promise<
    { device: DeviceId; certificate: Bytes; keyPackage: Bytes; lastResort: boolean } | undefined
  >;
}
