/**
 * Statements that a device signs with its statement key (SR-01) for whoever comes to read them. They name the account and
 * the certificate; who reads one finds the certificate by its hash and asks whether its key signed.
 */

import { type Bytes, decodeUtf8, encodeHex, utf8 } from "../base/bytes.ts";
import { parseAccountId } from "../base/account_name.ts";
import { type AccountId, type Fingerprint, idBytes, parseFingerprint } from "../base/ids.ts";
import type { DeviceCertificate } from "./device_certificate.ts";
import { signEd25519, verifyEd25519 } from "./ed25519.ts";
import {
  openStatement,
  signStatement,
  type StatementKind,
  type StatementRefusal,
} from "./statement.ts";

/** Whose device signs. */
export interface StatementSigner {
  readonly serverId: Fingerprint;
  readonly account: AccountId;
  readonly certificateHash: Fingerprint;
  /** Of the statement key, never of the MLS key. */
  readonly privateKey: Bytes;
}

/** A statement taken apart. Nothing in it may be believed before `isSignedBy` says so. */
export interface OpenedDeviceStatement {
  readonly ok: true;
  readonly account: AccountId;
  readonly certificateHash: Fingerprint;
  /** Those behind account and certificate. */
  readonly fields: readonly Bytes[];
  /** Whether this verified certificate is the one that is named, of this account, and its statement key signed. */
  isSignedBy(certificate: DeviceCertificate): Promise<boolean>;
}

/** Signs and packs a statement of `fields`, with account and certificate before them. */
export function signDeviceStatement(
  kind: StatementKind,
  signer: StatementSigner,
  fields: readonly Uint8Array[],
): Promise<Bytes> {
  const { serverId, account, certificateHash, privateKey } = signer;
  const all = [utf8(account), idBytes(certificateHash), ...fields];
  return signStatement(kind, serverId, all, (message) => signEd25519(privateKey, message));
}

/** Takes a statement of exactly `fieldCount` fields, besides account and certificate, apart. */
export function openDeviceStatement(
  kind: StatementKind,
  serverId: Fingerprint,
  bytes: Bytes,
  fieldCount: number,
): OpenedDeviceStatement | { readonly ok: false; readonly code: StatementRefusal } {
  const opened = openStatement(kind, serverId, bytes, fieldCount + 2);
  if (!opened.ok) return opened;
  const [accountBytes, hash, ...fields] = opened.fields;
  const account = parseAccountId(decodeUtf8(accountBytes) ?? "");
  const certificateHash = parseFingerprint(encodeHex(hash));
  if (account === undefined || certificateHash === undefined) {
    return { ok: false, code: "bad-field" };
  }
  return {
    ok: true,
    account,
    certificateHash,
    fields,
    isSignedBy: async ({ hash, accountId, statementKey }) =>
      hash === certificateHash && accountId === account &&
      await opened.isSignedBy((message, signature) =>
        verifyEd25519(statementKey, message, signature)
      ),
  };
}
