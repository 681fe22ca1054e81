/** What a person calls their devices, sealed for their own devices alone. */

import { type Bytes, decodeUtf8, utf8 } from "../base/bytes.ts";
import { UsageError } from "../base/errors.ts";
import { type AccountId, type DeviceId, idBytes } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { DEVICE_NAME_MAX_BYTES } from "../protocol/limits.ts";
import { openOwn, type OwnBox, sealOwn } from "./own_box.ts";

const PURPOSE = "Heliograph v1 device name\0";

/** Whose name it is. A name is of no use for another device. */
export interface NamedDevice {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** The identity's private key. */
  readonly pkcs8: Bytes;
}

/** Throws UsageError for a name that is empty or longer than 64 bytes. */
export async function sealDeviceName(
  about: NamedDevice,
  name: string,
  random: Random,
): Promise<Bytes> {
  const plaintext = utf8(name);
  if (plaintext.length === 0 || plaintext.length > DEVICE_NAME_MAX_BYTES) {
    throw new UsageError("bad-name", "The name of a device has 1 to 64 bytes");
  }
  return await sealOwn(boxOf(about), plaintext, random);
}

/** Undefined for what this identity did not seal for this device. */
export async function openDeviceName(
  about: NamedDevice,
  sealed: Bytes,
): Promise<string | undefined> {
  const name = await openOwn(boxOf(about), sealed);
  return name && decodeUtf8(name);
}

function boxOf({ account, device, pkcs8 }: NamedDevice): OwnBox {
  return { account, pkcs8, purpose: PURPOSE, which: idBytes(device) };
}
