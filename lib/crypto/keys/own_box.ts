/**
 * What one device of an account seals for the others: the key comes from the identity, which each of them has. The server
 * keeps it and cannot read it.
 *
 *     nonce(12) ‖ AES-256-GCM(plaintext)
 */

import {
  asBytes,
  type Bytes,
  ByteWriter,
  concatBytes,
  decodeUtf8,
  utf8,
} from "../../base/bytes.ts";
import { type AccountId, type DeviceId, idBytes } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { deriveSealKey, importRootKey } from "./kdf.ts";
import { UsageError } from "../../base/errors.ts";
import { DEVICE_NAME_MAX_BYTES } from "../../protocol/limits.ts";

const NONCE_BYTES = 12;

/** What a box is; it opens as nothing else. */
export interface OwnBox {
  readonly account: AccountId;
  /** The identity's private key. */
  readonly pkcs8: Bytes;
  /** ASCII, with NUL at its end. */
  readonly purpose: string;
  /** Which of that purpose. */
  readonly which: Bytes;
}

/** Seals with a fresh random nonce. */
async function sealOwn(box: OwnBox, plaintext: Bytes, random: Random): Promise<Bytes> {
  const nonce = random.bytes(NONCE_BYTES);
  const key = await keyOf(box);
  const sealed = await crypto.subtle.encrypt(algorithm(box, nonce), key, plaintext);
  return concatBytes(nonce, new Uint8Array(sealed));
}

/** Undefined for what this identity did not seal as this. */
async function openOwn(box: OwnBox, sealed: Bytes): Promise<Bytes | undefined> {
  if (sealed.length <= NONCE_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  try {
    const key = await keyOf(box);
    const body = sealed.subarray(NONCE_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(box, nonce), key, body));
  } catch {
    // WebCrypto throws for every box that does not open; that is an expected outcome here.
    return undefined;
  }
}

async function keyOf({ pkcs8, purpose }: OwnBox): Promise<CryptoKey> {
  return await deriveSealKey(await importRootKey(pkcs8), { purpose });
}

function algorithm({ account, purpose, which }: OwnBox, nonce: Uint8Array): AesGcmParams {
  const additionalData = new ByteWriter().raw(utf8(purpose)).text(account).raw(which).finish();
  return { name: "AES-GCM", iv: asBytes(nonce), additionalData };
}

// The pages that the devices of an account keep in common, sealed for these devices alone.

const PAGE_PURPOSE = "Heliograph v1 notebook\0";
/** What nonce and tag add to the text. */
export const PAGE_OVERHEAD_BYTES = 28;

/** Which page of whose account data. */
export interface PagePlace {
  readonly account: AccountId;
  readonly page: string;
  /** The identity's private key. */
  readonly pkcs8: Bytes;
}

/** Its length is told by the box: whoever does not want that pads the text. */
export function sealPage(place: PagePlace, text: Bytes, random: Random): Promise<Bytes> {
  return sealOwn(pageBox(place), text, random);
}

/** Undefined for what this identity did not seal as this page. */
export function openPage(place: PagePlace, sealed: Bytes): Promise<Bytes | undefined> {
  return openOwn(pageBox(place), sealed);
}

function pageBox({ account, page, pkcs8 }: PagePlace): OwnBox {
  return { account, pkcs8, purpose: PAGE_PURPOSE, which: utf8(page) };
}

// What a person calls their devices, sealed for their own devices alone.

const NAME_PURPOSE = "Heliograph v1 device name\0";

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
  return await sealOwn(nameBox(about), plaintext, random);
}

/** Undefined for what this identity did not seal for this device. */
export async function openDeviceName(
  about: NamedDevice,
  sealed: Bytes,
): Promise<string | undefined> {
  const name = await openOwn(nameBox(about), sealed);
  return name && decodeUtf8(name);
}

function nameBox({ account, device, pkcs8 }: NamedDevice): OwnBox {
  return { account, pkcs8, purpose: NAME_PURPOSE, which: idBytes(device) };
}
