/**
 * What one device of an account seals for the others: the key comes from the identity, which each of them has. The server
 * keeps it and cannot read it.
 *
 *     nonce(12) ‖ AES-256-GCM(plaintext)
 */

import { asBytes, type Bytes, ByteWriter, concatBytes, utf8 } from "../base/bytes.ts";
import type { AccountId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { deriveSealKey, importRootKey } from "./kdf.ts";

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
export async function sealOwn(box: OwnBox, plaintext: Bytes, random: Random): Promise<Bytes> {
  const nonce = random.bytes(NONCE_BYTES);
  const key = await keyOf(box);
  const sealed = await crypto.subtle.encrypt(algorithm(box, nonce), key, plaintext);
  return concatBytes(nonce, new Uint8Array(sealed));
}

/** Undefined for what this identity did not seal as this. */
export async function openOwn(box: OwnBox, sealed: Bytes): Promise<Bytes | undefined> {
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
