/** The devices of accounts: one's own with what they are called, those of others with what shows which they are. */

import { Refusal, TrustError, UsageError } from "../../base/errors.ts";
import { type AccountId, type DeviceId, type Fingerprint, parseDeviceId } from "../../base/ids.ts";
import { verifyDeviceCertificate } from "../../crypto/device_certificate.ts";
import { openDeviceName, sealDeviceName } from "../../crypto/device_name.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { readIdentityKey } from "../profile/account_secrets.ts";

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
  constructor(private readonly messenger: Messenger, private readonly link: Link) {}

  /** One's own. */
  async own(): Promise<readonly ListedDevice[]> {
    const { own } = this.messenger.profile;
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
    const { profile } = this.messenger;
    const { account, device } = profile.own;
    const pkcs8 = await readIdentityKey(profile.database, profile.vault);
    const sealed = await sealDeviceName({ account, device, pkcs8 }, name, profile.random);
    await this.link.ask("device.name", {}, sealed);
  }

  async #list(account: AccountId, identity: Fingerprint): Promise<readonly ListedDevice[]> {
    const { profile: { own } } = this.messenger;
    const asked = account === own.account ? {} : { account };
    const { fields, payload } = await this.link.ask("device.list", asked);
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
    const verified = await verifyDeviceCertificate(bytes, this.messenger.profile.own.serverId);
    if (!verified.ok) return undefined;
    const { accountId, deviceId, identity, hash } = verified.certificate;
    const isIts = accountId === about.account && deviceId === about.device &&
      identity.fingerprint === about.identity;
    return isIts ? hash : undefined;
  }

  #identityKey() {
    const { database, vault } = this.messenger.profile;
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
    throw new Refusal("unknown-device", `You have no device ${text}: device list names them`);
  }
  throw new UsageError(
    "which-device",
    `Several devices are meant by ${text}: give more digits of the id`,
  );
}

function badList(): TrustError {
  return new TrustError("bad-directory", "The server's list of devices is not valid");
}
