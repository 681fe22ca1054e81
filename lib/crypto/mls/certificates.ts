/**
 * Which device a leaf is. A credential only names a certificate by hash; here it is found, verified and tied to the leaf's
 * signature key. Refusals are for reasons that all members share (SR-12): pins, revocations and clocks are not asked.
 */

import type { AuthenticationService, Credential } from "ts-mls";
import {
  asBytes,
  ByteReader,
  type Bytes,
  ByteWriter,
  compareBytes,
  encodeHex,
} from "../../base/bytes.ts";
import {
  type AccountId,
  type DeviceId,
  type Fingerprint,
  fingerprint,
  idBytes,
  parseFingerprint,
} from "../../base/ids.ts";
import {
  type DeviceCertificate,
  verifyDeviceCertificate,
} from "../statements/device_certificate.ts";
import { readRemovals, type RemovalsReader, type SignedRemovals } from "./removed_devices.ts";
import { parseAccountId } from "../../base/account_name.ts";

/** The caller's cache of certificates. What it returns is checked against the hash, so it may be filled by the server. */
export interface CertificateSource {
  find(hash: Fingerprint): Bytes | undefined;
}

/** A device as its verified certificate states it. */
export interface GroupDevice {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  /** Fingerprint of the account's identity key. */
  readonly identity: Fingerprint;
  readonly certificateHash: Fingerprint;
  /** The leaf's Ed25519 signature key. */
  readonly mlsKey: Bytes;
}

/** A verified certificate; or the hash of one that is not there; or, with neither, a credential that nobody may accept. */
export type VerifiedCredential =
  | { readonly ok: true; readonly certificate: DeviceCertificate }
  | { readonly ok: false; readonly missing: Fingerprint }
  | { readonly ok: false; readonly missing?: undefined };

/** Answers kept. A process that meets more devices than this verifies the oldest again. */
const CACHE_LIMIT = 10_000;

/** Verifies credentials for one server. One object serves all groups; positive answers are kept (an RSA check is 0.5 ms). */
export class CertificateVerifier implements RemovalsReader {
  readonly serverId: Fingerprint;
  readonly #source: CertificateSource;
  readonly #verified = new Map<string, DeviceCertificate>();
  readonly #removals = new Map<string, SignedRemovals | undefined>();

  constructor(serverId: Fingerprint, source: CertificateSource) {
    this.serverId = serverId;
    this.#source = source;
  }

  /** `mlsKey` is the signature key of the leaf or KeyPackage that carries the credential. */
  async verify(credential: Credential, mlsKey: Uint8Array): Promise<VerifiedCredential> {
    const named = readCredential(credential);
    if (named === undefined) return { ok: false };
    const certificate = await this.find(named.certificateHash);
    if (certificate === undefined) return { ok: false, missing: named.certificateHash };
    if (certificate === "refused") return { ok: false };
    const bound = certificate.accountId === named.accountId &&
      compareBytes(certificate.mlsKey, mlsKey) === 0;
    return bound ? { ok: true, certificate } : { ok: false };
  }

  /** The certificate of a hash; undefined when it is to be fetched first, `refused` when nobody may accept it. */
  async find(hash: Fingerprint): Promise<DeviceCertificate | "refused" | undefined> {
    return this.#verified.get(hash) ?? await this.#load(hash);
  }

  /** A list that a leaf carries, checked; also what is none is remembered, since a tree may hold it for long. */
  async readRemovals(bytes: Bytes): Promise<SignedRemovals | undefined> {
    const hash = await fingerprint(bytes);
    if (this.#removals.has(hash)) return this.#removals.get(hash);
    const list = await readRemovals(bytes, this.serverId);
    makeRoom(this.#removals);
    this.#removals.set(hash, list);
    return list;
  }

  async #load(certificateHash: Fingerprint): Promise<DeviceCertificate | "refused" | undefined> {
    const bytes = this.#source.find(certificateHash);
    // Other bytes under this hash are no certificate at all: the caller must fetch the right ones.
    if (bytes === undefined || await fingerprint(bytes) !== certificateHash) return undefined;
    const verified = await verifyDeviceCertificate(bytes, this.serverId);
    if (!verified.ok) return "refused";
    makeRoom(this.#verified);
    this.#verified.set(certificateHash, verified.certificate);
    return verified.certificate;
  }
}

function makeRoom(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size < CACHE_LIMIT) return;
    map.delete(oldest);
  }
}

/** What a group keeps of a verified certificate. */
function deviceOf(certificate: DeviceCertificate): GroupDevice {
  return {
    accountId: certificate.accountId,
    deviceId: certificate.deviceId,
    identity: certificate.identity.fingerprint,
    certificateHash: certificate.hash,
    mlsKey: certificate.mlsKey,
  };
}

/** Devices by certificate hash. */
export type DeviceTable = ReadonlyMap<Fingerprint, GroupDevice>;

/**
 * What ts-mls asks about each credential during one operation. A certificate that is not there is noted and let pass, so
 * that one run names all that are missing; the caller MUST throw the operation's result away when `missing` is not empty.
 */
export class CredentialCheck implements AuthenticationService {
  readonly missing = new Set<Fingerprint>();
  readonly devices: Map<Fingerprint, GroupDevice>;
  /** Set when a credential was refused, to tell that from other failures. */
  refused = false;
  /** Reads what leaves carry beside their credentials. */
  readonly removals: RemovalsReader;
  readonly #verifier: CertificateVerifier;

  /** `known`: devices verified before, as stored with the group. */
  constructor(verifier: CertificateVerifier, known: DeviceTable = new Map()) {
    this.#verifier = verifier;
    this.removals = verifier;
    this.devices = new Map(known);
  }

  async validateCredential(credential: Credential, mlsKey: Uint8Array): Promise<boolean> {
    if (findDevice(this.devices, credential, mlsKey) !== undefined) return true;
    const verified = await this.#verifier.verify(credential, asBytes(mlsKey));
    if (verified.ok) {
      this.devices.set(verified.certificate.hash, deviceOf(verified.certificate));
      return true;
    }
    if (verified.missing !== undefined) {
      this.missing.add(verified.missing);
      return true;
    }
    this.refused = true;
    return false;
  }
}

/** The device behind a leaf's credential; undefined when the table does not hold it with this account and key. */
export function findDevice(
  devices: DeviceTable,
  credential: Credential,
  mlsKey: Uint8Array,
): GroupDevice | undefined {
  const hash = certificateHashOf(credential);
  const device = hash && devices.get(hash);
  if (device === undefined) return undefined;
  const isIts = credentialNames(credential, device) && compareBytes(device.mlsKey, mlsKey) === 0;
  return isIts ? device : undefined;
}

/** Same account, identity, device and signature key: what a leaf must stay as long as it exists (SR-16, SR-17). */
export function isSameDevice(left: GroupDevice, right: GroupDevice): boolean {
  return left.accountId === right.accountId && left.deviceId === right.deviceId &&
    left.identity === right.identity && encodeHex(left.mlsKey) === encodeHex(right.mlsKey);
}

// MLS credentials: `version(2) ‖ account id ‖ SHA-256(device certificate)`, in a basic credential (RFC 9420 §5.3).

/** What a credential says. */
export interface DeviceCredential {
  readonly accountId: AccountId;
  readonly certificateHash: Fingerprint;
}

const VERSION = 1;
const HASH_BYTES = 32;

function identityBytes({ accountId, certificateHash }: DeviceCredential): Bytes {
  return new ByteWriter().u16(VERSION).text(accountId).raw(idBytes(certificateHash)).finish();
}

/** The credential of this account and certificate. */
export function makeCredential(device: DeviceCredential): Credential {
  return { credentialType: "basic", identity: identityBytes(device) };
}

/** Whether the credential is exactly the one of this account and certificate. */
function credentialNames(credential: Credential, device: DeviceCredential): boolean {
  return credential.credentialType === "basic" &&
    compareBytes(credential.identity, identityBytes(device)) === 0;
}

/** The hash at the credential's end, without a look at the rest: a key to look up by, no more. */
function certificateHashOf(credential: Credential): Fingerprint | undefined {
  if (credential.credentialType !== "basic") return undefined;
  return parseFingerprint(encodeHex(credential.identity.subarray(-HASH_BYTES)));
}

/** Undefined when it is not a credential of ours. It proves nothing before its certificate is verified. */
function readCredential(credential: Credential): DeviceCredential | undefined {
  if (credential.credentialType !== "basic") return undefined;
  const reader = new ByteReader(asBytes(credential.identity));
  const version = reader.u16();
  const account = reader.text();
  const certificateHash = parseFingerprint(encodeHex(reader.raw(HASH_BYTES)));
  if (!reader.done || version !== VERSION || certificateHash === undefined) return undefined;
  const accountId = parseAccountId(account);
  return accountId === undefined ? undefined : { accountId, certificateHash };
}
