/** Keys from secrets: HKDF-SHA-256 (RFC 5869) by WebCrypto, one purpose string for each use. */

import { type Bytes, utf8 } from "../../base/bytes.ts";

/**
 * A secret of full strength that other keys are derived from. It cannot be exported. Two different purposes, or salts, give
 * keys that say nothing about each other.
 */
export type RootKey = CryptoKey;

/** What separates the keys that come from one root. */
export interface Derivation {
  /** ASCII, `Heliograph v1 …`. Never used for two things. */
  readonly purpose: string;
  /** For roots that are used more than once for the same purpose, such as a slot of the key store. */
  readonly salt?: Bytes;
}

function hkdf({ purpose, salt = new Uint8Array(0) }: Derivation): HkdfParams {
  return { name: "HKDF", hash: "SHA-256", salt, info: utf8(purpose) };
}

/** `secret` must have at least 128 bits of its own: HKDF stretches nothing (RFC 5869 §4). */
export function importRootKey(secret: Bytes): Promise<RootKey> {
  return crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
}

/** A key for AES-256-GCM. */
export function deriveSealKey(root: RootKey, derivation: Derivation): Promise<CryptoKey> {
  const usages: KeyUsage[] = ["encrypt", "decrypt"];
  return crypto.subtle.deriveKey(
    hkdf(derivation),
    root,
    { name: "AES-GCM", length: 256 },
    false,
    usages,
  );
}

/** A key for HMAC-SHA-256. */
export function deriveMacKey(root: RootKey, derivation: Derivation): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256", length: 256 };
  return crypto.subtle.deriveKey(hkdf(derivation), root, algorithm, false, ["sign", "verify"]);
}
