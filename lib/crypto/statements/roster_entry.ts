/**
 * Roster entries (SR-06): an account's own signed word on its id, name and identity key, which the server announces.
 * An entry never replaces a pin: another key for a pinned account is an identity change.
 */

import { parseAccountName } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import { type Identity, type IdentityKey, importIdentityKey } from "../keys/identity.ts";
import { signStatement, type StatementRefusal } from "./statement.ts";
import { BYTES, NUMBER, openFacts, SHORT, TEXT, writeFields } from "./statement_fields.ts";

/** An account as it announces itself. */
export interface RosterEntry {
  readonly accountId: AccountId;
  readonly accountName: AccountName;
  readonly identity: IdentityKey;
  /** Counts up with each entry of this identity; a lower one than seen before is old. */
  readonly sequence: number;
}

const FIELDS = {
  algorithm: SHORT,
  accountId: TEXT,
  accountName: TEXT,
  spki: BYTES,
  sequence: NUMBER,
} as const;

/** An entry, or why it is none. */
export type VerifiedRosterEntry =
  | { readonly ok: true; readonly entry: RosterEntry }
  | { readonly ok: false; readonly code: StatementRefusal };

/** The signed entry, for the server to announce. */
export function makeRosterEntry(
  identity: Identity,
  facts: {
    readonly serverId: Fingerprint;
    readonly accountId: AccountId;
    readonly accountName: AccountName;
    readonly sequence: number;
  },
): Promise<Bytes> {
  const fields = writeFields(FIELDS, { ...identity.key, ...facts });
  return signStatement("roster-entry", facts.serverId, fields, identity.sign);
}

/** The entry is signed by the key that it names; whether that is the right key is for the pin to say. */
export async function verifyRosterEntry(
  bytes: Bytes,
  serverId: Fingerprint,
): Promise<VerifiedRosterEntry> {
  const opened = openFacts("roster-entry", serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  const { algorithm, accountId, accountName, spki, sequence } = opened.facts;
  const parsed = parseAccountName(accountName);
  // A name that means another account would let one account announce itself as a second one.
  if (!parsed.ok || parsed.id !== accountId || parsed.name !== accountName) {
    return { ok: false, code: "bad-field" };
  }
  const identity = await importIdentityKey(algorithm, spki);
  if (identity === undefined) return { ok: false, code: "unknown-algorithm" };
  if (!await opened.isSignedBy(identity.verify)) return { ok: false, code: "bad-signature" };
  return {
    ok: true,
    entry: { accountId: parsed.id, accountName: parsed.name, identity, sequence },
  };
}
