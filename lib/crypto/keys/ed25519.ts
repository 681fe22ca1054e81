/** Ed25519 key pairs and signatures (RFC 8032) as plain bytes, by WebCrypto. */

import { asBytes, type Bytes, concatBytes, decodeHex, encodeHex } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";

/** Of public keys and of seeds. */
export const ED25519_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** The private key is the 32-byte seed. It never leaves the device. */
export interface SigningKeyPair {
  readonly publicKey: Bytes;
  readonly privateKey: Bytes;
}

/** PKCS #8 around a seed (RFC 8410 §7): WebCrypto takes private keys in this wrapper only. */
const PKCS8_PREFIX = decodeHex("302e020100300506032b657004220420") ?? new Uint8Array(0);

function importSeed(seed: Bytes, extractable: boolean): Promise<CryptoKey> {
  if (seed.length !== ED25519_KEY_BYTES) {
    throw new Bug(`Cannot use Ed25519 private key: ${seed.length} bytes, must be 32`);
  }
  const pkcs8 = concatBytes(PKCS8_PREFIX, seed);
  return crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", extractable, ["sign"]);
}

/** The pair that belongs to a seed of 32 bytes. */
export async function ed25519KeyPair(seed: Bytes): Promise<SigningKeyPair> {
  // The JWK of a private key carries the public key as `x` (RFC 8037 §2); no other export of WebCrypto does.
  const jwk = await crypto.subtle.exportKey("jwk", await importSeed(seed, true));
  const base64 = (jwk.x ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const publicKey = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return { publicKey, privateKey: seed };
}

/** A new pair; `random` must be fit for keys. */
export function generateEd25519(random: Random): Promise<SigningKeyPair> {
  return ed25519KeyPair(random.bytes(ED25519_KEY_BYTES));
}

/** 64 bytes. */
export async function signEd25519(privateKey: Bytes, message: Bytes): Promise<Bytes> {
  const key = await importSeed(privateKey, false);
  return asBytes(new Uint8Array(await crypto.subtle.sign("Ed25519", key, message)));
}

/**
 * The y of every point of small order, and of the two that are written a second way, without the sign of x: the list of
 * libsodium (`ge25519_has_small_order`).
 */
const SMALL_ORDER = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
]);

/**
 * Whether this may be a public key: of the right length, and not of small order. For those anybody makes signatures that
 * WebCrypto takes (measured: every second message and more, without any private key).
 */
export function isEd25519Key(publicKey: Bytes): boolean {
  if (publicKey.length !== ED25519_KEY_BYTES) return false;
  const withoutSign = publicKey.slice();
  withoutSign[ED25519_KEY_BYTES - 1] &= 0x7f;
  return !SMALL_ORDER.has(encodeHex(withoutSign));
}

/** False for a wrong signature and for anything that is no key or no signature. */
export async function verifyEd25519(
  publicKey: Bytes,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  if (!isEd25519Key(publicKey) || signature.length !== SIGNATURE_BYTES) return false;
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature, message);
}
