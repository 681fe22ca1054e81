/**
 * What a person calls their devices, sealed for their own devices alone: the key comes from the identity, which each of them
 * has. The server keeps the name and cannot read it.
 *
 *     nonce(12) ‖ AES-256-GCM(name in UTF-8)
 */

import { asBytes, type Bytes, ByteWriter, concatBytes, decodeUtf8, utf8 } from "../base/bytes.ts";
import { UsageError } from "../base/errors.ts";
import { type AccountId, type DeviceId, idBytes } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { DEVICE_NAME_MAX_BYTES } from "../protocol/limits.ts";
import { deriveSealKey, importRootKey } from "./kdf.ts";

const PURPOSE = "Heliograph v1 device name\0";
const NONCE_BYTES = 12;

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
  const nonce = random.bytes(NONCE_BYTES);
  const sealed = await crypto.subtle.encrypt(
    algorithm(about, nonce),
    await keyOf(about),
    plaintext,
  );
  return concatBytes(nonce, new Uint8Array(sealed));
}

/** Undefined for what this identity did not seal for this device. */
export async function openDeviceName(
  about: NamedDevice,
  sealed: Bytes,
): Promise<string | undefined> {
  if (sealed.length <= NONCE_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  try {
    const key = await keyOf(about);
    const body = sealed.subarray(NONCE_BYTES);
    return decodeUtf8(
      new Uint8Array(await crypto.subtle.decrypt(algorithm(about, nonce), key, body)),
    );
  } catch {
    // WebCrypto throws for every box that does not open; that is an expected outcome here.
    return undefined;
  }
}

async function keyOf({ pkcs8 }: NamedDevice): Promise<CryptoKey> {
  return await deriveSealKey(await importRootKey(pkcs8), { purpose: PURPOSE });
}

function algorithm({ account, device }: NamedDevice, nonce: Uint8Array): AesGcmParams {
  const additionalData = new ByteWriter().raw(utf8(PURPOSE)).text(account).raw(idBytes(device))
    .finish();
  return { name: "AES-GCM", iv: asBytes(nonce), additionalData };
}
