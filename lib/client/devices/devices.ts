/** The devices of accounts: one's own with what they are called, those of others with what shows which they are. */

import { Refusal, TransportError, TrustError, UsageError } from "../../base/errors.ts";
import { type AccountId, type DeviceId, type Fingerprint, parseDeviceId } from "../../base/ids.ts";
import { verifyDeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import { openDeviceName, sealDeviceName } from "../../crypto/keys/own_box.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { readIdentityKey } from "../profile/account_secrets.ts";
import { REVOKED_DEVICES_MAX } from "../../protocol/limits.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import { proveAgain } from "../account/sign_in.ts";
import {
  fetchOwnRevocations,
  handIn,
  learnOwnRevocations,
  noMoreRemovals,
  ownList,
} from "./own_revocations.ts";

/** A device of an account, as the server lists it. */
export interface ListedDevice {
  readonly device: DeviceId;
  /** Of its certificate. Undefined when the account's identity never certified this device: the server made it up. */
  readonly fingerprint: Fingerprint | undefined;
  readonly isThis: boolean;
  /** The rest is told of one's own devices only. */
  readonly name: string | undefined;
  readonly createdMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  readonly isOnline: boolean | undefined;
  readonly isSignedIn: boolean | undefined;
}

/** Fewer digits may mean any device. */
const MIN_ID_DIGITS = 4;

/** Asks for devices over one connection. */
export class Devices {
  readonly #messenger: Messenger;
  readonly #link: Link;

  constructor(messenger: Messenger, link: Link) {
    this.#messenger = messenger;
    this.#link = link;
  }

  /** One's own. */
  async own(): Promise<readonly ListedDevice[]> {
    const { own } = this.#messenger.profile;
    return await this.#list(own.account, own.identity.key.fingerprint);
  }

  /** Those of somebody else, by the identity that is pinned for them. */
  async of(contact: {
    readonly account: AccountId;
    readonly pinned: Fingerprint;
  }): Promise<readonly ListedDevice[]> {
    return await this.#list(contact.account, contact.pinned);
  }

  /** What this device is called, for one's other devices. Throws UsageError for a name that is too long. */
  async nameThis(name: string): Promise<void> {
    const { profile } = this.#messenger;
    const { account, device } = profile.own;
    const pkcs8 = await readIdentityKey(profile.database, profile.vault);
    const sealed = await sealDeviceName({ account, device, pkcs8 }, name, profile.random);
    await this.#link.ask("device.name", {}, sealed);
  }

  async #list(account: AccountId, identity: Fingerprint): Promise<readonly ListedDevice[]> {
    const { profile: { own } } = this.#messenger;
    const asked = account === own.account ? {} : { account };
    const { fields, payload } = await this.#link.ask("device.list", asked);
    const parts = splitSections(payload, fields.sizes, 2 * fields.devices.length + 1);
    const pkcs8 = account === own.account ? await this.#identityKey() : undefined;
    return await Promise.all(fields.devices.map(async (listed, i) => {
      const device = parseDeviceId(listed.device);
      if (device === undefined) throw badList();
      const [certificate, sealedName] = parts.slice(2 * i, 2 * i + 2);
      const { createdMs, lastSeenMs, online, signedIn } = listed;
      return {
        device,
        fingerprint: await this.#prove({ account, device, identity }, certificate.slice()),
        isThis: device === own.device,
        name: pkcs8 && await openDeviceName({ account, device, pkcs8 }, sealedName.slice()),
        createdMs,
        lastSeenMs,
        isOnline: online,
        isSignedIn: signedIn,
      };
    }));
  }

  async #prove(
    about: { account: AccountId; device: DeviceId; identity: Fingerprint },
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Fingerprint | undefined> {
    const verified = await verifyDeviceCertificate(bytes, this.#messenger.profile.own.serverId);
    if (!verified.ok) return undefined;
    const { accountId, deviceId, identity, hash } = verified.certificate;
    const isIts = accountId === about.account && deviceId === about.device &&
      identity.fingerprint === about.identity;
    return isIts ? hash : undefined;
  }

  #identityKey() {
    const { database, vault } = this.#messenger.profile;
    return readIdentityKey(database, vault);
  }
}

/** The one that a person means: by its name, or by the first digits of its id. Throws Refusal `unknown-device`, UsageError. */
export function chooseDevice(devices: readonly ListedDevice[], text: string): ListedDevice {
  const byName = devices.filter(({ name }) => name === text);
  const digits = text.toLowerCase();
  const byId = digits.length < MIN_ID_DIGITS
    ? []
    : devices.filter(({ device }) => device.startsWith(digits));
  const found = byName.length > 0 ? byName : byId;
  if (found.length === 1) return found[0];
  if (found.length === 0) {
    throw new Refusal("unknown-device", `No device ${text}: device list shows their names`);
  }
  throw new UsageError(
    "which-device",
    `${text} fits several devices: give more digits of the id`,
  );
}

function badList(): TrustError {
  return new TrustError("bad-directory", "The server's list of devices is not valid");
}

// Removing one of one's own devices (SR-10).

/** Two devices that remove at the same moment come one after the other. */
const MAX_TRIES = 5;

/**
 * Signs in by password over `handshake` and removes the device: the server drops its sessions, key packages and mailbox at
 * once. That its leaves go out of all groups is for the devices that are left (`sweeping.ts`). Throws Refusal, and
 * UsageError `this-device`.
 */
export async function removeDevice(
  messenger: Messenger,
  handshake: HandshakeResult,
  { device, password }: { device: DeviceId; password: string },
): Promise<void> {
  const { own } = messenger.profile;
  if (device === own.device) {
    throw new UsageError(
      "this-device",
      "You cannot remove the device that you are using: logout --wipe signs it out",
    );
  }
  const signedIn = await proveAgain(handshake, own, password);
  const { link, incarnation } = handshake;
  await learnOwnRevocations(messenger, link, { ...signedIn, incarnation });
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    if (await tryRemove(messenger, link, device)) return;
  }
  throw new TransportError("timeout", "Your other devices keep removing devices: try again");
}

async function tryRemove(
  messenger: Messenger,
  link: HandshakeResult["link"],
  device: DeviceId,
): Promise<boolean> {
  const { devices } = ownList(messenger);
  // Known here, but does the server have it?
  if (devices.includes(device)) return await fetchOwnRevocations(messenger, link);
  if (devices.length >= REVOKED_DEVICES_MAX) throw noMoreRemovals();
  if (await handIn(messenger, link, [...devices, device])) return true;
  await fetchOwnRevocations(messenger, link);
  return false;
}
