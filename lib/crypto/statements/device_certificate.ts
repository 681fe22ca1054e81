/**
 * Device certificates (SR-01, SR-03): the account's identity says which two Ed25519 keys a device has. Only this adds a
 * device. MLS credentials name a certificate by its hash, so that a group does not carry RSA keys.
 */

import { type Bytes, compareBytes } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import { type AccountId, type DeviceId, type Fingerprint, fingerprint } from "../../base/ids.ts";
import { isEd25519Key } from "../keys/ed25519.ts";
import { type Identity, type IdentityKey, importIdentityKey } from "../keys/identity.ts";
import { signStatement, type StatementRefusal } from "./statement.ts";
import {
  ACCOUNT,
  BYTES,
  bytesWhere,
  DEVICE,
  NUMBER,
  openFacts,
  SHORT,
  writeFields,
} from "./statement_fields.ts";

/** A certificate whose signature holds. */
export interface DeviceCertificate {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly identity: IdentityKey;
  /** Ed25519; signs MLS structures only. */
  readonly mlsKey: Bytes;
  /** Ed25519; signs statements only. */
  readonly statementKey: Bytes;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly bytes: Bytes;
  /** SHA-256 of `bytes`. */
  readonly hash: Fingerprint;
}

/** What the identity certifies. */
export interface DeviceFacts {
  readonly serverId: Fingerprint;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly mlsKey: Bytes;
  readonly statementKey: Bytes;
  readonly nowMs: number;
}

const YEAR_MS = 365.25 * 86_400_000;
/** SR-09 asks for five years or more: only the identity's holder could renew, and one expired leaf must not stop others. */
export const CERTIFICATE_VALIDITY_MS = 10 * YEAR_MS;
/** Shorter ones are refused, by every member alike. */
export const MIN_CERTIFICATE_VALIDITY_MS = 5 * YEAR_MS;
/** Certificates start a day early, since the clocks of those who check them may be behind. */
const BACKDATE_MS = 86_400_000;

const FIELDS = {
  algorithm: SHORT,
  accountId: ACCOUNT,
  deviceId: DEVICE,
  spki: BYTES,
  mlsKey: bytesWhere(isEd25519Key),
  statementKey: bytesWhere(isEd25519Key),
  notBeforeMs: NUMBER,
  notAfterMs: NUMBER,
} as const;

/** A certificate, or why it is none. */
export type VerifiedDeviceCertificate =
  | { readonly ok: true; readonly certificate: DeviceCertificate }
  | { readonly ok: false; readonly code: StatementRefusal };

/** Throws UsageError when the two keys are equal (SR-01). */
export async function makeDeviceCertificate(
  identity: Identity,
  facts: DeviceFacts,
): Promise<DeviceCertificate> {
  if (compareBytes(facts.mlsKey, facts.statementKey) === 0) {
    throw new UsageError(
      "equal-keys",
      "Cannot certify device: its MLS key and its statement key are the same",
    );
  }
  const notBeforeMs = Math.max(0, facts.nowMs - BACKDATE_MS);
  const notAfterMs = notBeforeMs + BACKDATE_MS + CERTIFICATE_VALIDITY_MS;
  const { serverId, accountId, deviceId, mlsKey, statementKey } = facts;
  const said = { accountId, deviceId, mlsKey, statementKey, notBeforeMs, notAfterMs };
  const fields = writeFields(FIELDS, { ...identity.key, ...said });
  const bytes = await signStatement("device-certificate", serverId, fields, identity.sign);
  return { ...said, identity: identity.key, bytes, hash: await fingerprint(bytes) };
}

/**
 * Checks everything that all who read a certificate agree on: layout, server, keys, signature. Whether it is valid now
 * (`isValidAt`), pinned or revoked is judged only where a device is added (SR-09, SR-12).
 */
export async function verifyDeviceCertificate(
  bytes: Bytes,
  serverId: Fingerprint,
): Promise<VerifiedDeviceCertificate> {
  const opened = openFacts("device-certificate", serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  const { algorithm, spki, ...facts } = opened.facts;
  const isTooShort = facts.notAfterMs - facts.notBeforeMs < MIN_CERTIFICATE_VALIDITY_MS;
  if (isTooShort || compareBytes(facts.mlsKey, facts.statementKey) === 0) {
    return { ok: false, code: "bad-field" };
  }
  const identity = await importIdentityKey(algorithm, spki);
  if (identity === undefined) return { ok: false, code: "unknown-algorithm" };
  if (!await opened.isSignedBy(identity.verify)) return { ok: false, code: "bad-signature" };
  const hash = await fingerprint(bytes);
  return { ok: true, certificate: { ...facts, identity, bytes: bytes.slice(), hash } };
}

/** Whether the certificate may be used to add its device at this time. */
export function isValidAt(certificate: DeviceCertificate, atMs: number): boolean {
  return certificate.notBeforeMs <= atMs && atMs <= certificate.notAfterMs;
}
