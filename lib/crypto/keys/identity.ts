/**
 * Account identities: one RSA-PSS-3072 key pair per account (SHA-256, salt 32 bytes), made by its first device. It signs
 * rarely: device certificates, roster entries, its own replacement. An algorithm id stands wherever the key does, so that
 * another algorithm can be added without a new format.
 */

import { asBytes, type Bytes, compareBytes, utf8 } from "../../base/bytes.ts";
import { type Fingerprint, fingerprint } from "../../base/ids.ts";

/** Algorithm ids as written into signed statements. 1 is RSA-PSS-3072 with SHA-256 and a salt of 32 bytes. */
export const RSA_PSS_3072 = 1;

/** The public half: what peers pin. */
export interface IdentityKey {
  readonly algorithm: number;
  /** SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7). */
  readonly spki: Bytes;
  /** SHA-256 of `spki`. */
  readonly fingerprint: Fingerprint;
  /** False for a wrong signature, never an error. */
  verify(message: Bytes, signature: Bytes): Promise<boolean>;
}

/** An identity that this program holds. */
export interface Identity {
  readonly key: IdentityKey;
  sign(message: Bytes): Promise<Bytes>;
}

const MODULUS_BITS = 3072;
const PUBLIC_EXPONENT = new Uint8Array([1, 0, 1]);
const IMPORT = { name: "RSA-PSS", hash: "SHA-256" } as const;
const SIGN = { name: "RSA-PSS", saltLength: 32 } as const;

/** Other sizes and exponents are refused: weak keys, and a second spelling of the same strength. */
function isRightSize(key: CryptoKey): boolean {
  // WebCrypto gives RSA keys an RsaHashedKeyAlgorithm (Web Crypto API §20.6); the static type is its base.
  const algorithm = key.algorithm as RsaHashedKeyAlgorithm;
  return algorithm.modulusLength === MODULUS_BITS &&
    compareBytes(algorithm.publicExponent, PUBLIC_EXPONENT) === 0;
}

async function identityKey(key: CryptoKey): Promise<IdentityKey> {
  const spki = asBytes(new Uint8Array(await crypto.subtle.exportKey("spki", key)));
  return {
    algorithm: RSA_PSS_3072,
    spki,
    fingerprint: await fingerprint(spki),
    verify: (message, signature) => crypto.subtle.verify(SIGN, key, signature, message),
  };
}

function identityOf(privateKey: CryptoKey, key: IdentityKey): Identity {
  return {
    key,
    sign: async (message) =>
      asBytes(new Uint8Array(await crypto.subtle.sign(SIGN, privateKey, message))),
  };
}

/**
 * Makes a new identity; takes about a second (measured 0.3–1.7 s). `pkcs8` is its only copy of the private key: the caller
 * seals it into the key store and the recovery copy. The key inside `identity` cannot be exported.
 */
export async function generateIdentity(): Promise<{ identity: Identity; pkcs8: Bytes }> {
  const pair = await crypto.subtle.generateKey(
    { ...IMPORT, modulusLength: MODULUS_BITS, publicExponent: PUBLIC_EXPONENT },
    true,
    ["sign", "verify"],
  );
  const pkcs8 = asBytes(new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
  const locked = await crypto.subtle.importKey("pkcs8", pkcs8, IMPORT, false, ["sign"]);
  return { identity: identityOf(locked, await identityKey(pair.publicKey)), pkcs8 };
}

/** Reads a private key back. Returns undefined when the bytes are not a whole identity of ours. */
export async function importIdentity(pkcs8: Bytes): Promise<Identity | undefined> {
  try {
    const open = await crypto.subtle.importKey("pkcs8", pkcs8, IMPORT, true, ["sign"]);
    if (!isRightSize(open)) return undefined;
    const { kty, n, e } = await crypto.subtle.exportKey("jwk", open);
    const half = await crypto.subtle.importKey("jwk", { kty, n, e }, IMPORT, true, ["verify"]);
    const locked = await crypto.subtle.importKey("pkcs8", pkcs8, IMPORT, false, ["sign"]);
    const identity = identityOf(locked, await identityKey(half));
    // A damaged copy can still parse; signatures made with it would be refused by everyone else.
    const probe = utf8("Heliograph identity self-test");
    return await identity.key.verify(probe, await identity.sign(probe)) ? identity : undefined;
  } catch {
    // WebCrypto reports every kind of bad key by throwing; bad keys are an expected outcome here.
    return undefined;
  }
}

/**
 * Reads a foreign public key. Returns undefined for an unknown algorithm, another size or exponent, or an encoding that is
 * not the canonical one (one key must have exactly one fingerprint).
 */
export async function importIdentityKey(
  algorithm: number,
  spki: Bytes,
): Promise<IdentityKey | undefined> {
  if (algorithm !== RSA_PSS_3072) return undefined;
  try {
    const key = await crypto.subtle.importKey("spki", spki, IMPORT, true, ["verify"]);
    if (!isRightSize(key)) return undefined;
    const identity = await identityKey(key);
    return compareBytes(identity.spki, spki) === 0 ? identity : undefined;
  } catch {
    // As above: not a key.
    return undefined;
  }
}
