/**
 * KeyPackages (RFC 9420 §10): what others need to add a device while it is away. The private parts are bytes for the
 * caller to seal and to erase: a one-time package after the join that used it, a last-resort one seven days after it was
 * replaced (SR-30).
 */

import {
  type CiphersuiteImpl,
  generateKeyPackageWithKey,
  type KeyPackage,
  type PrivateKeyPackage,
} from "ts-mls";
import {
  decodeKeyPackage,
  encodeKeyPackage,
  makeKeyPackageRef,
  verifyKeyPackage,
} from "ts-mls/keyPackage.js";
import { asBytes, ByteReader, type Bytes, ByteWriter, encodeHex } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import { type DeviceCertificate, isValidAt } from "../statements/device_certificate.ts";
import type { SigningKeyPair } from "../keys/ed25519.ts";
import { type CertificateVerifier, makeCredential } from "./certificates.ts";
import { lifetimeFrom, MAX_LIFETIME_SECONDS } from "./group_config.ts";
import {
  decodeMessage,
  encodeMessage,
  type Failure,
  refused,
  withoutThrowing,
} from "./messages.ts";
import { leafExtensions, REMOVED_DEVICES, type SignedRemovals } from "./removed_devices.ts";
import { type SuiteName, suiteOf, SUITES } from "./suite.ts";

/** This device, as it joins groups. */
export interface OwnDevice {
  readonly accountId: AccountId;
  readonly certificateHash: Fingerprint;
  readonly mlsKeys: SigningKeyPair;
}

/** A KeyPackage of this device with its private parts. */
export interface OwnKeyPackage {
  /** The RFC's KeyPackageRef in hex: which Welcome is for which package (`welcomeRefs`). */
  readonly ref: string;
  /** For the server's directory. */
  readonly publicBytes: Bytes;
  readonly isLastResort: boolean;
  readonly suite: SuiteName;
  /** For lib/crypto/mls only. */
  readonly keyPackage: KeyPackage;
  /** For lib/crypto/mls only; without the device's signature key. */
  readonly privateKeys: Omit<PrivateKeyPackage, "signaturePrivateKey">;
}

/** The `last_resort` KeyPackage extension, draft-ietf-mls-extensions: signed, so the server cannot pass off one as the other. */
const LAST_RESORT = 0x000a;
/** Leading format number of stored private parts (SR-31). */
const FORMAT = 1;

/** Makes a package that runs 28 days. A last-resort one is marked so, under its signature. */
export async function generateKeyPackage(
  device: OwnDevice,
  options: {
    readonly suite: SuiteName;
    readonly nowMs: number;
    readonly isLastResort?: boolean;
    /** What its leaf carries; none in a package that is published. */
    readonly removals?: readonly SignedRemovals[];
  },
): Promise<OwnKeyPackage> {
  const { suite, nowMs, isLastResort = false, removals = [] } = options;
  const implementation = await suiteOf(suite);
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    makeCredential(device),
    // Nothing that v1 does not use: no proposals of others, no other credentials.
    {
      versions: ["mls10"],
      ciphersuites: [...SUITES],
      extensions: [REMOVED_DEVICES],
      proposals: [],
      credentials: ["basic"],
    },
    lifetimeFrom(nowMs),
    isLastResort ? [{ extensionType: LAST_RESORT, extensionData: new Uint8Array(0) }] : [],
    { signKey: device.mlsKeys.privateKey, publicKey: device.mlsKeys.publicKey },
    implementation,
    leafExtensions(removals),
  );
  return ownKeyPackage(publicPackage, privatePackage, implementation);
}

async function ownKeyPackage(
  keyPackage: KeyPackage,
  privateKeys: OwnKeyPackage["privateKeys"],
  implementation: CiphersuiteImpl,
): Promise<OwnKeyPackage> {
  const suite = SUITES.find((name) => name === keyPackage.cipherSuite) ?? SUITES[0];
  return {
    ref: encodeHex(await makeKeyPackageRef(keyPackage, implementation.hash)),
    publicBytes: encodeMessage({ wireformat: "mls_key_package", keyPackage }),
    isLastResort: isMarkedLastResort(keyPackage),
    suite,
    keyPackage,
    privateKeys: {
      initPrivateKey: privateKeys.initPrivateKey,
      hpkePrivateKey: privateKeys.hpkePrivateKey,
    },
  };
}

function isMarkedLastResort(keyPackage: KeyPackage): boolean {
  return keyPackage.extensions.some((extension) => extension.extensionType === LAST_RESORT);
}

/** Secret bytes, to be stored sealed. The device's signature key is not in them. */
export function encodeOwnKeyPackage(own: OwnKeyPackage): Bytes {
  return new ByteWriter().u16(FORMAT).blob(encodeKeyPackage(own.keyPackage))
    .field(own.privateKeys.initPrivateKey).field(own.privateKeys.hpkePrivateKey).finish();
}

/** `newer-format`: a later version wrote it; leave it alone. */
export type DecodedKeyPackage =
  | { readonly ok: true; readonly keyPackage: OwnKeyPackage }
  | { readonly ok: false; readonly code: "newer-format" | "malformed" };

/** Reads what `encodeOwnKeyPackage` wrote. */
export async function decodeOwnKeyPackage(bytes: Bytes): Promise<DecodedKeyPackage> {
  const reader = new ByteReader(bytes);
  const format = reader.u16();
  if (!reader.failed && format > FORMAT) return { ok: false, code: "newer-format" };
  const encoded = reader.blob();
  const initPrivateKey = reader.field();
  const hpkePrivateKey = reader.field();
  const decoded = withoutThrowing(() => decodeKeyPackage(encoded, 0));
  const suite = SUITES.find((name) => name === decoded?.[0].cipherSuite);
  if (
    format !== FORMAT || !reader.done || decoded === undefined || suite === undefined ||
    decoded[1] !== encoded.length
  ) return { ok: false, code: "malformed" };
  const privateKeys = { initPrivateKey, hpkePrivateKey };
  return {
    ok: true,
    keyPackage: await ownKeyPackage(decoded[0], privateKeys, await suiteOf(suite)),
  };
}

/** Overwrites the private parts in memory, after the join that used a one-time package (SR-30). */
export function wipeOwnKeyPackage(own: OwnKeyPackage): void {
  own.privateKeys.initPrivateKey.fill(0);
  own.privateKeys.hpkePrivateKey.fill(0);
}

/** What I know about whom I am about to add (SR-13). These are my own grounds; they never judge other people's commits. */
export interface AddChecks {
  readonly verifier: CertificateVerifier;
  /** The account that is meant to be added. */
  readonly accountId: AccountId;
  /** Its pinned identity. */
  readonly pinned: Fingerprint;
  readonly nowMs: number;
  isRevoked(certificate: DeviceCertificate): boolean;
}

/** A foreign KeyPackage that may be added. */
export interface CheckedKeyPackage {
  readonly kind: "checked";
  readonly certificate: DeviceCertificate;
  readonly isLastResort: boolean;
  /** For lib/crypto/mls only. */
  readonly keyPackage: KeyPackage;
}

/** Reads a KeyPackage from the directory and checks all that SR-13 asks before its owner is added. */
export async function checkKeyPackage(
  bytes: Bytes,
  suite: SuiteName,
  checks: AddChecks,
): Promise<CheckedKeyPackage | Failure> {
  const message = decodeMessage(bytes);
  if (message === undefined) return refused("malformed");
  if (message.wireformat !== "mls_key_package") return refused("unexpected-type");
  const { keyPackage } = message;
  if (keyPackage.cipherSuite !== suite) return refused("wrong-suite");
  const { credential, signaturePublicKey, lifetime } = keyPackage.leafNode;
  const verified = await checks.verifier.verify(credential, asBytes(signaturePublicKey));
  if (!verified.ok) {
    return verified.missing === undefined
      ? refused("bad-credential")
      : { kind: "missing-certificates", hashes: [verified.missing] };
  }
  const { certificate } = verified;
  if (certificate.accountId !== checks.accountId) return refused("wrong-account");
  if (certificate.identity.fingerprint !== checks.pinned) return refused("wrong-pin");
  if (!isValidAt(certificate, checks.nowMs)) return refused("expired");
  if (checks.isRevoked(certificate)) return refused("revoked");
  const nowSeconds = BigInt(Math.floor(checks.nowMs / 1000));
  if (lifetime.notAfter - lifetime.notBefore > BigInt(MAX_LIFETIME_SECONDS)) {
    return refused("lifetime");
  }
  if (lifetime.notBefore > nowSeconds || lifetime.notAfter < nowSeconds) return refused("expired");
  const implementation = await suiteOf(suite);
  if (!await verifyKeyPackage(keyPackage, implementation.signature)) return refused("unreadable");
  const isLastResort = isMarkedLastResort(keyPackage);
  return { kind: "checked", certificate, isLastResort, keyPackage };
}

/** The refs of the KeyPackages that a Welcome was made for; undefined when the bytes are no Welcome. */
export function welcomeRefs(welcome: Bytes): readonly string[] | undefined {
  const message = decodeMessage(welcome);
  if (message?.wireformat !== "mls_welcome") return undefined;
  return message.welcome.secrets.map((secrets) => encodeHex(secrets.newMember));
}

/** For lib/crypto/mls only: the private half as ts-mls takes it. */
export function privatePackageOf(own: OwnKeyPackage, device: OwnDevice): PrivateKeyPackage {
  return { ...own.privateKeys, signaturePrivateKey: device.mlsKeys.privateKey };
}
