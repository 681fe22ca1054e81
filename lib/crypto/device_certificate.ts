/**
 * Device certificates (SR-01, SR-03): the account's identity says which two Ed25519 keys a device has. Only this adds a
 * device. MLS credentials name a certificate by its hash, so that a group does not carry RSA keys.
 */

import { type Bytes, compareBytes, decodeUtf8, encodeHex, utf8 } from "../base/bytes.ts";
import { parseAccountId } from "../base/account_name.ts";
import { UsageError } from "../base/errors.ts";
import {
  type AccountId,
  type DeviceId,
  type Fingerprint,
  fingerprint,
  idBytes,
  parseDeviceId,
} from "../base/ids.ts";
import { isEd25519Key } from "./ed25519.ts";
import { type Identity, type IdentityKey, importIdentityKey } from "./identity.ts";
import {
  numberField,
  openStatement,
  readNumberField,
  readShortField,
  shortField,
  signStatement,
  type StatementRefusal,
} from "./statement.ts";

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

const FIELD_COUNT = 8;

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
  const bytes = await signStatement("device-certificate", facts.serverId, [
    shortField(identity.key.algorithm),
    utf8(facts.accountId),
    idBytes(facts.deviceId),
    identity.key.spki,
    facts.mlsKey,
    facts.statementKey,
    numberField(notBeforeMs),
    numberField(notAfterMs),
  ], identity.sign);
  return {
    accountId: facts.accountId,
    deviceId: facts.deviceId,
    identity: identity.key,
    mlsKey: facts.mlsKey,
    statementKey: facts.statementKey,
    notBeforeMs,
    notAfterMs,
    bytes,
    hash: await fingerprint(bytes),
  };
}

/**
 * Checks everything that all who read a certificate agree on: layout, server, keys, signature. Whether it is valid now
 * (`isValidAt`), pinned or revoked is judged only where a device is added (SR-09, SR-12).
 */
export async function verifyDeviceCertificate(
  bytes: Bytes,
  serverId: Fingerprint,
): Promise<VerifiedDeviceCertificate> {
  const opened = openStatement("device-certificate", serverId, bytes, FIELD_COUNT);
  if (!opened.ok) return opened;
  const [algorithmBytes, account, device, spki, mlsKey, statementKey, notBefore, notAfter] =
    opened.fields;
  const algorithm = readShortField(algorithmBytes);
  const facts = readFacts({ account, device, mlsKey, statementKey, notBefore, notAfter });
  if (facts === undefined || algorithm === undefined) return { ok: false, code: "bad-field" };
  const identity = await importIdentityKey(algorithm, spki);
  if (identity === undefined) return { ok: false, code: "unknown-algorithm" };
  if (!await opened.isSignedBy(identity.verify)) return { ok: false, code: "bad-signature" };
  const hash = await fingerprint(bytes);
  return {
    ok: true,
    certificate: { ...facts, identity, mlsKey, statementKey, bytes: bytes.slice(), hash },
  };
}

function readFacts(fields: Readonly<Record<string, Bytes>>) {
  const { account, device, mlsKey, statementKey, notBefore, notAfter } = fields;
  const accountId = parseAccountId(decodeUtf8(account) ?? "");
  const deviceId = parseDeviceId(encodeHex(device));
  const notBeforeMs = readNumberField(notBefore);
  const notAfterMs = readNumberField(notAfter);
  if (accountId === undefined || deviceId === undefined) return undefined;
  if (notBeforeMs === undefined || notAfterMs === undefined) return undefined;
  if (notAfterMs - notBeforeMs < MIN_CERTIFICATE_VALIDITY_MS) return undefined;
  if (!isEd25519Key(mlsKey) || !isEd25519Key(statementKey)) return undefined;
  if (compareBytes(mlsKey, statementKey) === 0) return undefined;
  return { accountId, deviceId, notBeforeMs, notAfterMs };
}

/** Whether the certificate may be used to add its device at this time. */
export function isValidAt(certificate: DeviceCertificate, atMs: number): boolean {
  return certificate.notBeforeMs <= atMs && atMs <= certificate.notAfterMs;
}
