/**
 * Identity rotation (SR-07): the old identity names the new one. For an unverified contact it turns the change into a
 * notice; a verified contact blocks all the same.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import { type Identity, type IdentityKey, importIdentityKey } from "../keys/identity.ts";
import { signStatement, type StatementRefusal } from "./statement.ts";
import { ACCOUNT, BYTES, NUMBER, openFacts, SHORT, TEXT, writeFields } from "./statement_fields.ts";

/** One identity of an account named another as its successor. */
export interface IdentityRotation {
  readonly accountId: AccountId;
  readonly from: Fingerprint;
  readonly to: IdentityKey;
  readonly atMs: number;
}

const FIELDS = {
  accountId: ACCOUNT,
  from: TEXT,
  algorithm: SHORT,
  spki: BYTES,
  atMs: NUMBER,
} as const;

/** A rotation, or why it is none. */
export type VerifiedRotation =
  | { readonly ok: true; readonly rotation: IdentityRotation }
  | { readonly ok: false; readonly code: StatementRefusal };

/** The statement of the old identity about the new key. */
export function makeRotation(
  oldIdentity: Identity,
  facts: {
    readonly serverId: Fingerprint;
    readonly accountId: AccountId;
    readonly newKey: IdentityKey;
    readonly nowMs: number;
  },
): Promise<Bytes> {
  const { accountId, newKey: { algorithm, spki }, nowMs: atMs } = facts;
  const from = oldIdentity.key.fingerprint;
  const fields = writeFields(FIELDS, { accountId, from, algorithm, spki, atMs });
  return signStatement("identity-rotation", facts.serverId, fields, oldIdentity.sign);
}

/** `oldKey` is the pinned one: a rotation is believed only when the key that we know signed it. */
export async function verifyRotation(
  bytes: Bytes,
  serverId: Fingerprint,
  oldKey: IdentityKey,
): Promise<VerifiedRotation> {
  const opened = openFacts("identity-rotation", serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  const { accountId, from, algorithm, spki, atMs } = opened.facts;
  if (from !== oldKey.fingerprint) return { ok: false, code: "bad-field" };
  const to = await importIdentityKey(algorithm, spki);
  if (to === undefined) return { ok: false, code: "unknown-algorithm" };
  if (!await opened.isSignedBy(oldKey.verify)) return { ok: false, code: "bad-signature" };
  return { ok: true, rotation: { accountId, from: oldKey.fingerprint, to, atMs } };
}
