/**
 * Statements that a device signs with its statement key (SR-01) for whoever comes to read them. They name the account and
 * the certificate; who reads one finds the certificate by its hash and asks whether its key signed.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import type { DeviceCertificate } from "./device_certificate.ts";
import { signEd25519, verifyEd25519 } from "../keys/ed25519.ts";
import {
  openStatement,
  signStatement,
  type StatementKind,
  type StatementRefusal,
} from "./statement.ts";
import {
  ACCOUNT,
  type FactsOf,
  fieldCount,
  FINGERPRINT,
  type Layout,
  readFields,
  writeFields,
} from "./statement_fields.ts";

/** The fields that say which device signed. */
export const SIGNER = { account: ACCOUNT, certificateHash: FINGERPRINT } as const;

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
  /** Whether this verified certificate is the one that is named, of this account, and its statement key signed. */
  isSignedBy(certificate: DeviceCertificate): Promise<boolean>;
}

/** One that cannot be taken apart. */
export interface RefusedStatement {
  readonly ok: false;
  readonly code: StatementRefusal;
}

/** Signs and packs a statement of `fields`, with account and certificate before them. */
export function signDeviceStatement(
  kind: StatementKind,
  signer: StatementSigner,
  fields: readonly Uint8Array[],
): Promise<Bytes> {
  const { serverId, privateKey } = signer;
  const all = [...writeFields(SIGNER, signer), ...fields];
  return signStatement(kind, serverId, all, (message) => signEd25519(privateKey, message));
}

/** Takes a statement of these fields, besides account and certificate, apart. */
export function openDeviceStatement<Fields extends Layout>(
  kind: StatementKind,
  serverId: Fingerprint,
  bytes: Bytes,
  layout: Fields,
): (OpenedDeviceStatement & { readonly facts: FactsOf<Fields> }) | RefusedStatement {
  const signerFields = fieldCount(SIGNER);
  const opened = openStatement(kind, serverId, bytes, signerFields + fieldCount(layout));
  if (!opened.ok) return opened;
  const signer = readFields(SIGNER, opened.fields);
  const facts = readFields(layout, opened.fields.slice(signerFields));
  if (signer === undefined || facts === undefined) return { ok: false, code: "bad-field" };
  const { account, certificateHash } = signer;
  return {
    ...{ ok: true, account, certificateHash, facts },
    isSignedBy: async ({ hash, accountId, statementKey }) =>
      hash === certificateHash && accountId === account &&
      await opened.isSignedBy((message, signature) =>
        verifyEd25519(statementKey, message, signature)
      ),
  };
}
