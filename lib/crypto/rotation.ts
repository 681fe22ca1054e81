/**
 * Identity rotation (SR-07): the old identity names the new one. For an unverified contact it turns the change into a
 * notice; a verified contact blocks all the same.
 */

import { parseAccountId } from "../base/account_name.ts";
import { type Bytes, decodeUtf8, utf8 } from "../base/bytes.ts";
import type { AccountId, Fingerprint } from "../base/ids.ts";
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

/** One identity of an account named another as its successor. */
export interface IdentityRotation {
  readonly accountId: AccountId;
  readonly from: Fingerprint;
  readonly to: IdentityKey;
  readonly atMs: number;
}

const FIELD_COUNT = 5;

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
  const { newKey } = facts;
  return signStatement("identity-rotation", facts.serverId, [
    utf8(facts.accountId),
    utf8(oldIdentity.key.fingerprint),
    shortField(newKey.algorithm),
    newKey.spki,
    numberField(facts.nowMs),
  ], oldIdentity.sign);
}

/** `oldKey` is the pinned one: a rotation is believed only when the key that we know signed it. */
export async function verifyRotation(
  bytes: Bytes,
  serverId: Fingerprint,
  oldKey: IdentityKey,
): Promise<VerifiedRotation> {
  const opened = openStatement("identity-rotation", serverId, bytes, FIELD_COUNT);
  if (!opened.ok) return opened;
  const [account, from, algorithmBytes, spki, at] = opened.fields;
  const accountId = parseAccountId(decodeUtf8(account) ?? "");
  const atMs = readNumberField(at);
  const algorithm = readShortField(algorithmBytes);
  if (accountId === undefined || atMs === undefined || algorithm === undefined) {
    return { ok: false, code: "bad-field" };
  }
  if (decodeUtf8(from) !== oldKey.fingerprint) return { ok: false, code: "bad-field" };
  const to = await importIdentityKey(algorithm, spki);
  if (to === undefined) return { ok: false, code: "unknown-algorithm" };
  if (!await opened.isSignedBy(oldKey.verify)) return { ok: false, code: "bad-signature" };
  return { ok: true, rotation: { accountId, from: oldKey.fingerprint, to, atMs } };
}
